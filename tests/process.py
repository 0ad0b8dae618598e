"""The real program as a process of its own, in an empty environment."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "qwen-bridge"

SECONDS = 20.0


@dataclass(frozen=True)
class Ended:
    """What a program left behind."""

    code: int
    out: str
    err: str


async def run(*arguments: str, said: str = "", home: Path, **variables: str) -> Ended:
    """Run the program to its end, with `said` as its standard input."""
    async with started(*arguments, home=home, **variables) as process:
        out, err = await asyncio.wait_for(process.communicate(said.encode()), SECONDS)
        return Ended(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def started(*arguments: str, home: Path, **variables: str) -> AsyncIterator[Process]:
    """The program while it runs; what still runs at the end is killed."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=home, env=environment(home, **variables)
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def environment(home: Path, **variables: str) -> dict[str, str]:
    """An environment as on a machine that never heard of this program."""
    path = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {"HOME": str(home), "LANG": "C.UTF-8", **path, **variables}


async def ended(process: Process, number: signal.Signals) -> Ended:
    """Send a signal, and what the program leaves when it has ended."""
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    return Ended(process.returncode or 0, out.decode(), err.decode())
