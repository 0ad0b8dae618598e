"""`python -m tests.chaos.twins`: a process is suspended at each step of an answer, and the next one goes on with it.

The first process is asked to leave, so that the next one may listen, and stands still until everything is answered.
Then it is continued. Exit code 1 where what people see changes by that, or the database holds another answer.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.chaos.check import Findings, check
from tests.chaos.people import Place, places_in
from tests.chaos.world import World
from tests.waiting import eventually

PLACES, ON_TELEGRAM = 5, 3
"""A private chat, a group and a topic of Telegram, a channel and a direct conversation of Discord."""

FIRST = 33
"""The number of the first question; the answers to it and the next four have 32 words each."""

PACE_SECONDS = 0.1
"""The time between two pieces of an answer, so that it grows for three seconds."""

LATE_SECONDS = 20.0
"""How late the platforms answer in the steps in which they are asked: until the first process goes on."""

SECONDS = 60.0
"""How long everything may take that is waited for."""


class Step(NamedTuple):
    """Names a step of an answer, holds every answer there, and tells whether all have reached it."""

    name: str
    hold: Callable[[World], None]
    reached: Callable[[World, Sequence[Place]], bool]


def qwen_holds(pieces: int) -> Callable[[World], None]:
    """Let Qwen stop after so many pieces of each answer."""

    def hold(world: World) -> None:
        world.standin.hold_after = pieces

    return hold


def platforms_answer_late(send: bool, word: str = "") -> Callable[[World], None]:
    """Let the platforms answer sends, or edits, of texts with this word late, though they take effect at once."""

    def hold(world: World) -> None:
        telegram, discord = ("sendMessage", "POST") if send else ("editMessageText", "PATCH")
        path = "/channels/*/messages" if send else "/channels/*/messages/*"
        world.telegram.fault(
            telegram, delay=LATE_SECONDS, times=ON_TELEGRAM, match=lambda params: word in params.get("text", "")
        )
        world.discord.fault(
            discord,
            path,
            delay=LATE_SECONDS,
            times=PLACES - ON_TELEGRAM,
            effect=True,
            match=lambda body: word in str(body.get("content")),
        )

    return hold


def shows(text: str) -> Callable[[World, Sequence[Place]], bool]:
    """Tell whether this text stands in every place."""
    return lambda _, places: all(any(text in seen.text for seen in place.seen()) for place in places)


STEPS = (
    Step("Qwen is asked", qwen_holds(0), lambda world, _: world.standin.held == PLACES),
    Step("the first message is on its way", platforms_answer_late(send=True), shows("q")),
    Step("the answer grows", qwen_holds(3), shows("▍")),
    Step("an edit is on its way", platforms_answer_late(send=False), shows("w0")),
    Step("the last edit is on its way", platforms_answer_late(send=False, word="end"), shows("end")),
)


async def play(step: Step) -> tuple[Findings, bool]:
    """Play one step; return what is seen at the end, and whether it is what was seen before the first went on."""
    async with World(None) as world:
        world.drain_seconds = SECONDS
        world.set_arrival(lambda _number, arrive, *, late: arrive())
        places = places_in(world, PLACES)
        await world.start()
        await eventually(lambda: world.connected and "Telegram: logged in" in world.log(), SECONDS)
        world.standin.pace = PACE_SECONDS
        step.hold(world)
        numbers = {place: number for number, place in enumerate(places, FIRST)}
        for place, number in numbers.items():
            await place.ask(number)
        await eventually(lambda: step.reached(world, places), SECONDS)
        first = world.processes[0]
        first.send_signal(signal.SIGTERM)
        await eventually(lambda: "Leaving" in world.log(), SECONDS)
        world.suspend(first)
        world.standin.hold_after = None
        await world.start()
        await eventually(lambda: len(world.answers()) == PLACES and not world.unfinished(), SECONDS)
        before = [place.seen() for place in places]
        first.send_signal(signal.SIGCONT)
        world.standin.release()
        await asyncio.wait_for(first.wait(), SECONDS)
        after = [place.seen() for place in places]
        ambiguous = {str(identity) for identity in world.ambiguous}
        found = Findings()
        for place, number in numbers.items():
            found.add(check(place.name, [number], place.seen(), ambiguous, world.answers(), place.people))
        return found, before == after


async def main() -> int:
    """Play all steps, print the table, and return the exit code."""
    failed = 0
    for step in STEPS:
        found, unchanged = await play(step)
        good = unchanged and not found.details and found.whole == PLACES
        failed += not good
        print(f"{'ok   ' if good else 'WRONG'} {step.name}: whole {found.whole} of {PLACES}, stubs {found.stubs}")
        print("".join(f"      {line}\n" for line in found.details), end="")
        if not unchanged:
            print("      what people see changed when the first process went on")
    return int(failed > 0)


if __name__ == "__main__":
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    sys.exit(asyncio.run(main()))
