"""`python -m tests.chaos.clock`: the machine's clock jumps while people ask; all is answered, whole, in order and soon.

Wants libfaketime (Debian: `apt install faketime`), which sets the clock that the program reads and leaves alone the one
by which it waits. Exit code 1 where an answer is missing, wrong or late; 2 where libfaketime is not there.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.chaos.check import Findings, check
from tests.chaos.people import Place, places_in
from tests.chaos.world import World
from tests.waiting import eventually

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

PLACES = 5
"""A private chat, a group and a topic of Telegram, a channel and a direct conversation of Discord."""

SECONDS = 20.0
"""How long five short answers may take, with the start of the program."""


NOTICED_SECONDS = 1.5
"""How long libfaketime may take to notice a jump."""


class Jump(NamedTuple):
    """Names what the clock does, as libfaketime writes it: at the start, while an answer grows, and after a restart."""

    name: str
    start: str
    growing: str
    restarted: str


JUMPS = (
    Jump("two days ahead at the start, then right", "+2d", "+0", "+0"),
    Jump("right, and two days ahead while an answer grows", "+0", "+2d", "+2d"),
    Jump("an hour back while an answer grows", "+0", "-1h", "-1h"),
    Jump("right, two days ahead while nothing runs, then right", "+0", "+0", "+2d"),
)


async def play(jump: Jump) -> tuple[Findings, float]:
    """Play one jump; return what is seen at the end, and how many seconds the slowest round of answers took."""
    async with World(None) as world:
        clock = world.home / "clock"
        world.environment = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_CACHE_DURATION": "1",  # it looks for a jump once a second
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        world.set_arrival(lambda _number, arrive, *, late: arrive())
        places = places_in(world, PLACES)
        asked: dict[Place, list[int]] = {place: [] for place in places}
        clock.write_text(jump.start)
        await world.start()
        await eventually(lambda: world.connected and "Telegram: logged in" in world.log(), SECONDS)
        rounds = [await _answered(world, asked)]
        world.standin.hold_after = 2
        await _ask(asked)
        await eventually(lambda: world.standin.held == PLACES, SECONDS)
        clock.write_text(jump.growing)
        await asyncio.sleep(NOTICED_SECONDS)
        world.standin.hold_after = None
        await _ask(asked)  # these wait behind those that grow
        world.standin.release()
        rounds += [await _until_answered(world, asked), await _answered(world, asked)]
        await world.kill()
        await _ask(asked)  # these come while nothing runs
        clock.write_text(jump.restarted)
        await world.start()
        rounds += [await _until_answered(world, asked), await _answered(world, asked)]
        found = Findings()
        for place, numbers in asked.items():
            found.add(check(place.name, numbers, place.seen(), (), world.answers(), place.people))
        return found, max(rounds)


async def _ask(asked: dict[Place, list[int]]) -> None:
    """Ask another question in every place."""
    for place, numbers in asked.items():
        numbers.append(1 + sum(map(len, asked.values())))
        await place.ask(numbers[-1])


async def _until_answered(world: World, asked: dict[Place, list[int]]) -> float:
    """Wait until everything is answered, and return how many seconds that took."""
    began = time.monotonic()
    due = {number for numbers in asked.values() for number in numbers}
    await eventually(lambda: world.answers().keys() >= due and not world.unfinished(), 2 * SECONDS)
    return time.monotonic() - began


async def _answered(world: World, asked: dict[Place, list[int]]) -> float:
    await _ask(asked)
    return await _until_answered(world, asked)


async def main(jumps: Sequence[Jump] = JUMPS) -> int:
    """Play all jumps, print the table, and return the exit code."""
    if LIBRARY is None:
        print("libfaketime is missing: apt install faketime", file=sys.stderr)
        return 2
    failed = 0
    for jump in jumps:
        try:
            found, slowest = await play(jump)
        except AssertionError as error:
            failed += 1
            print(f"WRONG {jump.name}: {error}", flush=True)
            continue
        good = not found.details and not found.sentences and slowest < SECONDS
        failed += not good
        print(f"{'ok   ' if good else 'WRONG'} {jump.name}: whole {found.whole}, slowest round {slowest:.1f} s")
        print("".join(f"      {line}\n" for line in found.details), end="", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    sys.exit(asyncio.run(main()))
