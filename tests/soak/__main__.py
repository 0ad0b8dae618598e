"""`make soak`: 20 minutes of questions on both platforms; exit code 1 where anything grows or is not answered."""

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path
from statistics import median

from tests.chaos.people import Place, places_in
from tests.chaos.world import World
from tests.waiting import eventually

ANSWER_SECONDS = 120.0
WARM = 0.25
"""This part of the time is for caches to fill."""

MOST_GROWTH = 1.1
SLACK = {"memory": 4.0, "tasks": 10, "sockets": 4, "files": 4}
"""So much more is noise: MiB, or pieces."""


@dataclass(frozen=True)
class Sample:
    """What the program holds at a moment; `memory` in MiB."""

    memory: float
    tasks: int
    sockets: int
    files: int


class Soak:
    """`sessions` people ask without a pause, each in a place of their own."""

    def __init__(self, world: World, sessions: int) -> None:
        self._world = world
        self._places = places_in(world, sessions)
        self._numbers = count(1)
        self.answered = 0
        self.slowest = 0.0

    async def run(self, seconds: float, every: float) -> list[Sample]:
        """Ask for so long; the samples."""
        until = time.monotonic() + seconds
        asking = [asyncio.create_task(self._ask(place, until)) for place in self._places]
        samples: list[Sample] = []
        while time.monotonic() < until:
            await asyncio.sleep(every)
            samples.append(await asyncio.to_thread(sample, self._world.processes[0].pid, self._world.home / "tasks"))
            left, held = until - time.monotonic(), samples[-1]
            print(f"{left:5.0f} s left: {self.answered} answered, {held}", file=sys.stderr)
        await asyncio.gather(*asking)
        return samples

    async def _ask(self, place: Place, until: float) -> None:
        while time.monotonic() < until:
            number, asked_at = next(self._numbers), time.monotonic()
            await place.ask(number)
            await eventually(lambda number=number: _is_answered(place, number), ANSWER_SECONDS)  # type: ignore[misc]
            self.answered += 1
            self.slowest = max(self.slowest, time.monotonic() - asked_at)


def _is_answered(place: Place, number: int) -> bool:
    seen = place.seen()
    return bool(seen) and f"q{number}end" in seen[-1].text.split()


def sample(pid: int, tasks: Path) -> Sample:
    """What a process holds, as Linux tells."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    files = [_target(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = sum(target.startswith("socket:") for target in files)
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return Sample(round(memory, 1), int(tasks.read_text()), sockets, len(files))


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:  # closed meanwhile
        return ""


def grown(samples: Sequence[Sample]) -> list[str]:
    """What the last part of the time held more of than the first one after the warming up; a line for each kind."""
    warm = samples[int(len(samples) * WARM) :]
    third = max(1, len(warm) // 3)
    lines = []
    for each in fields(Sample):
        first, last = (median(getattr(one, each.name) for one in part) for part in (warm[:third], warm[-third:]))
        bad = last > first * MOST_GROWTH and last > first + SLACK[each.name]
        lines.append(f"{'GROWS ' if bad else ''}{each.name}: {first:g} -> {last:g} ({last / max(first, 1):.2f}x)")
    return lines


async def play(minutes: float, sessions: int, home: Path | None) -> bool:
    """Print the figure; whether all is flat."""
    async with World(home) as world:
        world.command = (sys.executable, "-m", "tests.soak.watched", str(world.home / "tasks"))
        world.set_arrival(lambda _number, arrive, *, late: arrive())
        random.seed(1)
        await world.start()
        await eventually(lambda: world.connected and (world.home / "tasks").exists(), 60)
        soak = Soak(world, sessions)
        samples = await soak.run(minutes * 60, every=max(1.0, minutes))
        lines = grown(samples)
        print(f"{soak.answered} questions in {minutes:g} min from {sessions} places, slowest {soak.slowest:.1f} s")
        print("\n".join(lines))
        await world.leave()
        return not any(line.startswith("GROWS") for line in lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--sessions", type=int, default=40, help="how many places ask at once")
    parser.add_argument("--home", type=Path, help="an empty folder for the database and the log, to look at them")
    given = parser.parse_args()
    print(f"python -m tests.soak --minutes {given.minutes:g} --sessions {given.sessions}")
    sys.exit(not asyncio.run(play(given.minutes, given.sessions, given.home)))


if __name__ == "__main__":
    main()
