"""How long the bridge takes until it is logged in, beside importing the platform's library."""

import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from tests.bench.crowd import CROWDS, Crowd
from tests.bench.program import BRIDGE
from tests.bench.qwen import ClockedApi, ClockedQwen
from tests.bench.report import Report, median
from tests.process import environment

LIBRARIES = {"Discord": "discord", "Telegram": "telegram"}
MOST = 1.5
"""Times the import at most."""


async def importing(library: str) -> float:
    """Seconds that a fresh interpreter takes for one import."""
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", f"import {library}")
    assert await process.wait() == 0
    return time.monotonic() - started


async def logging_in(crowd: Crowd, qwen: ClockedQwen | ClockedApi) -> float:
    """Seconds from the start of the process to the line that says so."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {**qwen.variables, **crowd.variables}
        env = environment(Path(folder), **variables)
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *BRIDGE, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, cwd=folder, env=env
        )
        assert process.stderr
        try:
            while b"logged in as" not in (line := await process.stderr.readline()):
                assert line, "it ended before it was logged in"
            return time.monotonic() - started
        finally:
            process.kill()
            await process.communicate()


async def _rounds(crowd: type[Crowd], rounds: int) -> list[tuple[float, float, float]]:
    """The import, and logging in with either backend."""
    library = LIBRARIES[crowd.name]
    async with ClockedQwen(settle=0) as web, ClockedApi() as api, crowd(1, lambda *_: None, limited=False) as people:

        async def once() -> tuple[float, float, float]:
            return await importing(library), await logging_in(people, web), await logging_in(people, api)

        await once()  # what the disk holds is then in memory
        return [await once() for _ in range(rounds)]


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    report.part("starting: from the start of the process to “logged in”")
    for crowd in CROWDS:
        rounds = asyncio.run(_rounds(crowd, 3 if quick else 5))
        least = median([each[0] for each in rounds])
        for backend, ours in (
            ("web", median([each[1] for each in rounds])),
            ("api", median([each[2] for each in rounds])),
        ):
            value = f"{ours:.2f} s, {ours / least:.2f}× of {least:.2f} s"
            name = f"{crowd.name}, {backend}, beside import {LIBRARIES[crowd.name]}"
            report.figure(name, value, f"≤ {MOST}×", reached=ours <= MOST * least)
