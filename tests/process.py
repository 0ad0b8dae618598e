"""Running the installed program `qwen-bridge` as a process of its own, without the settings of this machine."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from adapters.cli.main import cli

PROGRAM = Path(sys.executable).parent / "qwen-bridge"

SECONDS = 20.0
"""How long a process may take to end."""


UNTRUSTING = {"SSL_CERT_FILE": os.devnull}
"""Keeps OpenSSL from reading all authorities, for 50 ms of each start: no test speaks TLS."""


@dataclass(frozen=True)
class Ended:
    """Holds a finished process: its exit code (negative: the signal), standard output and standard error."""

    code: int
    out: str
    err: str


async def run(*arguments: str, said: str = "", home: Path, **variables: str) -> Ended:
    """Run the program in the folder `home`, with `said` as its standard input, and return how it ended.

    `variables` are added to its environment. Raises TimeoutError after SECONDS.
    """
    async with started(*arguments, home=home, **variables) as process:
        out, err = await asyncio.wait_for(process.communicate(said.encode()), SECONDS)
        return Ended(process.returncode or 0, out.decode(), err.decode())


async def called(*arguments: str, said: str = "", home: Path, **variables: str) -> Ended:
    """Run a command that ends by itself as run() does, but in a thread of this process: starting one takes a second.

    `home` is the working directory already. The test takes the fixture `logging_as_before`.
    """
    variables = {"DATABASE_URL": f"sqlite:///{home / 'bridge.db'}", **variables}
    ran = await asyncio.to_thread(CliRunner().invoke, cli, arguments, input=said, env=variables)
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return Ended(ran.exit_code, ran.stdout, ran.stderr)


@asynccontextmanager
async def started(*arguments: str, home: Path, **variables: str) -> AsyncIterator[Process]:
    """Start the program in the folder `home`; on leaving, kill it where it still runs."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=home,
        env=environment(home, **UNTRUSTING, **variables),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a machine on which nothing is set for the program but `variables`."""
    path = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {"HOME": str(home), "LANG": "C.UTF-8", **path, **variables}


async def ended(process: Process, number: signal.Signals) -> Ended:
    """Send the signal `number`, and return how the process ended. Raises TimeoutError after SECONDS."""
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    return Ended(process.returncode or 0, out.decode(), err.decode())
