"""The program in front of pretended platforms, told by people who each say one thing with one field changed."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from adapters.sandbox.qwen import StandIn
from tests.mutations.odd import Json, changed, ways
from tests.process import PROGRAM, SECONDS, environment
from tests.waiting import eventually

BATCH = 100
"""After so many the next person asks."""

PATIENCE_SECONDS = 1.5
"""Without any progress for so long, who was not answered is not answered."""

SIGNS = ("Traceback", "unexpectedly", "cannot be reached")
"""What is never said in the log, whatever comes."""

VARIABLES = {
    "QWEN_UMIDTOKEN": "mutations",
    "QWEN_MAX_PARALLEL": "0",
    "QWEN_REQUESTS_PER_MINUTE": "0",
    "TELEGRAM_GROUP_RATE": "0",
    **{
        f"{name}_{kind}_RATE": "0" for name in ("DISCORD", "TELEGRAM") for kind in ("SEND", "EDIT", "TYPING", "OVERALL")
    },
}


@dataclass(frozen=True)
class Said:
    """Holds one act of somebody: the `kind` and `body` of its event, and whether the bot has reacted to it."""

    kind: str
    body: Json
    heard: Callable[[], object]


Act = Callable[[], Awaitable[Said]]
"""Lets somebody new do a thing; the event is not delivered."""


class World(Protocol):
    """A pretended platform and its people.

    `acts`: what people do, by name. `vital`: fields that it is lost without ("data.": with all inside).
    """

    acts: dict[str, Act]
    vital: frozenset[str]
    variables: dict[str, str]

    def deliver(self, kind: str, body: Json) -> None:
        """Deliver an event."""

    async def ready(self) -> None:
        """Wait until the program listens."""

    async def ask(self) -> Callable[[], object]:
        """Let somebody new ask; return what tells whether they were answered."""


@dataclass
class Figure:
    """Counts what came of the acts."""

    platform: str
    seed: int
    mutants: int = 0
    heard: int = 0
    vital: int = 0
    asked: int = 0
    seconds: float = 0.0
    silent: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"{self.platform}: {self.mutants} events, one field changed (seed {self.seed}), in {self.seconds:.0f} s\n"
            f"answered, or told: {self.heard}; silent: {sum(self.silent.values())}; "
            f"silent as the field says who or where: {self.vital}\n"
            f"the next person, after every {BATCH}: answered {self.asked} of {self.asked}; "
            f"odd lines in the log: {len(self.log)}\n"
            f"passed over in the log: {sum(self.passed_over.values())} at {len(self.passed_over)} places"
        )

    def add(self, other: "Figure") -> None:
        """Add what came of a further round."""
        self.mutants += other.mutants
        self.heard += other.heard
        self.vital += other.vital
        self.asked += other.asked
        self.seconds += other.seconds
        self.silent += other.silent
        self.log += other.log
        self.passed_over += other.passed_over

    @property
    def bad(self) -> list[str]:
        """Everything that must not be."""
        return [*(f"silent {count} times: {what}" for what, count in self.silent.most_common()), *self.log]


async def play(world: World, count: int, seed: int, home: Path, platform: str) -> Figure:
    """Play it to its end. Raises AssertionError where the next person is not answered."""
    figure, rng, began = Figure(platform, seed), random.Random(seed), time.monotonic()
    async with StandIn(settle=0) as standin:
        standin.pace = 0.0
        variables = VARIABLES | world.variables | {"QWEN_URL": standin.url}
        with (home / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                PROGRAM, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, cwd=home,
                env=environment(home, **variables),
            )  # fmt: skip
            try:
                await world.ready()
                mutants = _mutants(world, rng, {name: (await act()).body for name, act in world.acts.items()})
                while figure.mutants < count:
                    await _batch(world, mutants, min(BATCH, count - figure.mutants), figure)
                    standin.requests.clear()
                process.send_signal(signal.SIGTERM)
                code = await asyncio.wait_for(process.wait(), SECONDS)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
    lines = (home / "log").read_text(errors="replace").splitlines()
    figure.log = [line for line in lines if any(sign in line for sign in SIGNS)] + [f"exit code {code}"] * bool(code)
    for line in lines:
        if "passed over" in line or "came to nothing" in line:
            figure.passed_over[line[line.find("]") + 1 :].strip()] += 1
    figure.seconds = time.monotonic() - began
    return figure


Mutant = tuple[str, Act, Callable[[Json], Json]]


def _mutants(world: World, rng: random.Random, bodies: dict[str, Json]) -> Iterator[Mutant]:
    """Yield for ever what somebody does and how it is changed, by turns of all that people do."""
    endless = {name: ways(rng, body) for name, body in bodies.items()}
    while True:
        for name, every in endless.items():
            path, other = next(every)
            where = f"{name}: {'.'.join(str(each) for each in path if not isinstance(each, int))}"
            yield where, world.acts[name], lambda body, path=path, other=other: changed(body, path, other)  # type: ignore[misc]


async def _batch(world: World, mutants: Iterator[Mutant], size: int, figure: Figure) -> None:
    """Deliver so many, let the next person ask, and see who was answered; who was not says it once more."""
    every = [next(mutants) for _ in range(size)]
    waiting = [await _deliver(world, mutant) for mutant in every]
    await eventually(await world.ask(), 60.0)
    figure.asked += 1
    left = [mutant for mutant in await _patiently(waiting) if not mutant[0].startswith("-")]
    again = [await _deliver(world, mutant) for mutant in left if not _is_vital(world, mutant)]
    silent = await _patiently(again)
    figure.mutants += size
    figure.heard += sum(not mutant[0].startswith("-") for mutant in every) - len(left) + len(again) - len(silent)
    figure.vital += len(left) - len(again)
    figure.silent += Counter(where for where, _, _ in silent)


async def _deliver(world: World, mutant: Mutant) -> tuple[Mutant, Callable[[], object]]:
    """Let somebody do a thing with one field changed; return what tells whether they were answered."""
    _, act, change = mutant
    said = await act()
    world.deliver(said.kind, change(said.body))
    return mutant, said.heard


def _is_vital(world: World, mutant: Mutant) -> bool:
    """Tell whether the field, or one around it, says who wrote what where."""
    path = mutant[0].partition(": ")[2]
    return any(path == name or (name.endswith(".") and path.startswith(name)) for name in world.vital)


async def _patiently(waiting: Sequence[tuple[Mutant, Callable[[], object]]]) -> list[Mutant]:
    """Wait while there is progress; return those that were not answered."""
    left = list(waiting)
    while left:
        before = len(left)

        def fewer(left: list[tuple[Mutant, Callable[[], object]]] = left, before: int = before) -> bool:
            left[:] = [each for each in left if not each[1]()]
            return len(left) < before

        with suppress(AssertionError):
            await eventually(fewer, PATIENCE_SECONDS)
        if len(left) == before:
            break
    return [mutant for mutant, _ in left]
