"""The program that is measured, as a process of its own: what it costs and how much memory it takes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.process import environment

BRIDGE = (sys.executable, "-m", "adapters", "run")
REFERENCE = (sys.executable, str(Path(__file__).with_name("reference.py")))

TICKS = os.sysconf("SC_CLK_TCK")


class Program:
    """One running process."""

    def __init__(self, pid: int) -> None:
        self._proc = Path("/proc") / str(pid)

    @property
    def cpu(self) -> float:
        """CPU seconds so far, in user and kernel mode (proc(5), stat, fields 14 and 15)."""
        fields = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def memory(self) -> float:
        """The most memory that it ever had, in MiB (proc(5), status, VmHWM)."""
        lines = dict(line.split(":", 1) for line in (self._proc / "status").read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024


@asynccontextmanager
async def running(command: tuple[str, ...], home: Path, variables: Mapping[str, str]) -> AsyncIterator[Program]:
    """A program while it runs; what it says goes into the file `log` in its home."""
    with (home / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home,
            env=environment(home, **variables),
        )
        try:
            yield Program(process.pid)
        finally:
            process.kill()
            await process.wait()
