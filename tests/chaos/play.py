"""All of it: people ask while the program is killed, then everything works again, and what is seen is checked."""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.check import Findings, check
from tests.chaos.faults import Delivery, Trouble
from tests.chaos.people import People
from tests.chaos.world import Backend, World

Lives = Sequence[tuple[float, float, float]]
"""How long a process may live: with what weight, and between how many seconds."""

LIVES: Lives = ((3, 0.1, 1.5), (5, 1.5, 5.0), (2, 5.0, 10.0))

PAUSE_SECONDS = (1.0, 20.0)
"""How long a process stands still: from less than its claims hold to much longer."""

PATIENCE_SECONDS = 90.0
"""Without any progress for so long, what is not answered is lost."""

EXPECTED = (
    "A part of an answer could not be read.",
    "could not be read and is left out.",
    "could not be read and is passed over.",
    "could not be read or handled, and is passed over.",
    "reason='404, code 10003'",
)
"""Is logged of an answer that a fault has garbled, and of malformed messages, whose channel may be none."""

SIGNS = ("Traceback", "unexpectedly", "came to nothing", "could not be read", "cannot be shown")
"""What is never said in the log where all is well."""


@dataclass(frozen=True)
class Plan:
    """What is played; the same seed makes the same choices, though not at the same moments.

    `introduced`: everybody has asked once before, and the program looks on Discord for what it misses; else what nobody
    heard there is not counted. `pauses`: how often a process is suspended, every other time while the next one takes
    over. `backend`: how Qwen is asked.
    """

    kills: int
    questions: int
    seed: int
    places: int = 20
    pauses: int = 0
    lives: Lives = LIVES
    fault_seconds: float = 0.3
    stalls: bool = True
    introduced: bool = True
    backend: Backend = "guest"
    home: Path | None = None


@dataclass
class Figure:
    """What came of it."""

    questions: int
    kills: int
    leavings: int
    pauses: int
    faults: int
    late: int
    doubled_updates: int
    unheard: int
    seconds: float
    found: Findings
    log: list[str]

    def __str__(self) -> str:
        found = self.found
        return (
            f"{self.questions} questions, {self.kills} kills, {self.leavings} orderly leavings, {self.pauses} pauses, "
            f"{self.faults} faults, {self.late} updates late, {self.doubled_updates} doubled, in {self.seconds:.0f} s\n"
            f"answered whole: {found.whole}, with a notice: {found.noticed}, by a sentence: {found.sentences}, "
            f"said on Discord while nobody listened: {self.unheard}\n"
            f"lost: {found.lost}, doubled: {found.doubled}, wrong: {found.wrong}, stubs: {found.stubs}, "
            f"odd lines in the log: {len(self.log)}"
        )

    @property
    def bad(self) -> list[str]:
        """Everything that must not be."""
        return [*self.found.details, *self.log]


async def play(plan: Plan) -> Figure:
    """Play it to its end."""
    began = time.monotonic()
    rng = random.Random(plan.seed)
    async with World(plan.home, backend=plan.backend) as world:
        people = People(world, plan.places, random.Random(plan.seed + 1))
        delivery = Delivery(people, random.Random(plan.seed + 2))
        trouble = Trouble(world, random.Random(plan.seed + 3), plan.fault_seconds, stalls=plan.stalls)
        world.set_arrival(delivery.send)
        await world.start()
        if plan.introduced:
            await people.introduce()
        asking = asyncio.create_task(people.ask(plan.questions))
        troubling = asyncio.create_task(trouble.run())
        await _lives(world, people, plan, rng)
        await asking
        troubling.cancel()
        with suppress(asyncio.CancelledError):
            await troubling
        trouble.end()
        await delivery.all_arrived()
        await _settled(world, people)
        unheard = people.unheard(world.recorded())
        while world.processes:
            await world.leave()
        found = _checked(world, people, unheard)
        lines = [line for line in world.log().splitlines() if not any(said in line for said in EXPECTED)]
        odd = [line for line in lines if any(sign in line for sign in SIGNS)]
        faults, seconds = sum(trouble.ordered.values()), time.monotonic() - began
        late = delivery.late, delivery.doubled
        return Figure(
            people.asked, world.kills, world.leavings, world.pauses, faults, *late, len(unheard), seconds, found, odd
        )


async def _lives(world: World, people: People, plan: Plan, rng: random.Random) -> None:
    """Kill the process that serves, again and again, while another one waits beside it; the last two live on."""
    await world.start()
    for life in range(1, plan.kills + 1):
        people.allowed = plan.questions * life // plan.kills
        _, least, most = rng.choices(plan.lives, [weight for weight, _, _ in plan.lives])[0]
        await asyncio.sleep(rng.uniform(least, most))
        await _pause(world, rng, plan.pauses * life // plan.kills - world.pauses)
        if rng.random() < 0.1:
            await world.leave()
            await world.start()
        await world.kill()
        await world.start()
        if life % 20 == 0:
            print(f"{life} kills, {people.asked} questions", file=sys.stderr)
    people.allowed = plan.questions


async def _pause(world: World, rng: random.Random, times: int) -> None:
    """Suspend the oldest process so many times, every other time while it leaves and the next one goes on."""
    for _ in range(times):
        if world.pauses % 2:
            await world.overlap(rng.uniform(0, 0.5), rng.uniform(*PAUSE_SECONDS))
        else:
            await world.pause(rng.uniform(*PAUSE_SECONDS))


async def _settled(world: World, people: People) -> None:
    """Returns when everything is answered, or nothing happens any more."""
    state, since = (-1, -1), time.monotonic()
    while time.monotonic() - since < PATIENCE_SECONDS:
        recorded = world.recorded()
        missing = sum(len(place.arrived) for place in people.places) - len(recorded) - len(people.unheard(recorded))
        now = missing, world.unfinished()
        if now == (0, 0):
            return
        if now != state:
            state, since = now, time.monotonic()
        await asyncio.sleep(0.1)


def _checked(world: World, people: People, unheard: set[int]) -> Findings:
    found = Findings()
    ambiguous = {str(identity) for identity in world.ambiguous}
    answers = world.answers()
    for place in people.places:
        asked = [number for number in place.arrived if number not in unheard]
        found.add(check(place.name, asked, place.seen(), ambiguous, answers, place.people, told=world.backend == "api"))
    return found
