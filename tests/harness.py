"""A bridge on a platform in memory, which can refuse and delay messages and records all that it has shown."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from typing import Any, Self

from adapters.sandbox.qwen import StandIn
from bridge import Author, Controls, ConversationKey, Declined, Incoming, Intake, Invocation, Press, Said, Turn
from bridge.backends.base import Backend
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.errors import ShowLater
from bridge.store import Store
from bridge.streaming.chunks import MORE
from tests.waiting import eventually

LIMIT = 120
"""The most characters of one message of the platform."""

TRIAL = Policy()
"""The policy without any settings: everybody may ask, without a budget."""

KEY = ConversationKey("test", "here")
THERE = ConversationKey("test", "there")
ANN, BOB, ADMIN = Author("a", "Ann"), Author("b", "Bob"), Author("c", "Cleo", admin=True)


class FakeReply:
    """Implements Reply in memory.

    `shown`: every text of each message, by its id, oldest first. `refusals`: errors that the next calls of put() raise,
    one each. `open` and `slow`: events; while one is not set, unfinished texts get no permit, or put() does not return.
    `previews`: a new message's unfinished texts get no id, and are kept in `previewed`. `below`: what sent() returns.
    `marks_taken`: what waiting() returns.
    """

    limit = LIMIT
    most = 100
    begins_short = False

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = {}
        self.refusals: list[Exception] = []
        self.permitted: set[asyncio.Task[Any] | None] = set()
        self.marks: list[bool] = []
        self.marks_taken = True
        self.below: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.files: dict[str, str] = {}
        self.controls: dict[str, Controls] = {}
        self.slow = asyncio.Event()
        self.slow.set()
        self.putting = self.measured = self.puts = self.drop_refusals = 0
        self.working_now = False
        self.previews = False
        self.previewed: list[str] = []

    def measure(self, markdown: str) -> int:
        self.measured += 1
        return len(markdown)

    async def waiting(self, on: bool) -> bool:
        self.marks.append(on)
        return self.marks_taken

    async def sent(self) -> list[str]:
        return self.below

    @asynccontextmanager
    async def permit(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
        task = asyncio.current_task()
        assert task not in self.permitted, "one at a time"
        self.permitted.add(task)
        try:
            if not final:
                await self.open.wait()
            yield
        finally:
            self.permitted.discard(task)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        self.working_now = True
        try:
            yield
        finally:
            self.working_now = False

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str | None:
        assert not self.putting, "one edit at a time"
        assert self.permitted
        assert len(markdown) <= self.limit
        self.putting += 1
        try:
            await self.slow.wait()
            if self.refusals:
                raise self.refusals.pop(0)
        finally:
            self.putting -= 1
        self.puts += 1
        if self.previews and not final and message is None:
            self.previewed.append(markdown)
            return None
        message = message or f"m{len(self.shown)}"
        if controls:
            self.controls[message] = controls
        else:
            self.controls.pop(message, None)
        if whole:
            self.files[message] = whole
        self.shown.setdefault(message, []).append(markdown)
        return message

    async def drop(self, messages: Sequence[str]) -> None:
        if self.drop_refusals:
            self.drop_refusals -= 1
            raise ShowLater(0)
        for message in messages:
            del self.shown[message]

    def has_measured_since(self, measured: int) -> bool:
        """Tell whether measure() was called since it had been called `measured` times."""
        return self.measured > measured

    def shows(self, text: str) -> bool:
        """Tell whether `text` stands in the messages as they are now."""
        return text in "".join(self.now())

    def has_shown(self, text: str) -> bool:
        """Tell whether `text` stands in the messages as they are now, or in a preview that was shown."""
        return text in "".join([*self.now(), *self.previewed])

    def now(self) -> list[str]:
        """Return the newest text of each message, oldest message first."""
        return [texts[-1] for texts in self.shown.values()]


class FaultyReply(FakeReply):
    """A reply whose put() raises RuntimeError, which no reply is expected to raise, the first `faults` times."""

    def __init__(self, faults: int) -> None:
        super().__init__()
        self.faults = faults

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str | None:
        if self.faults:
            self.faults -= 1
            raise RuntimeError("what somebody wrote")
        return await super().put(markdown, message, final=final, controls=controls)


class FakeAdapter:
    """Implements Adapter in memory; every turn gets the same `reply`.

    `declined`: the messages that were declined, each with the reason. `marks`: an event; while it is not set, decline()
    does not return.
    """

    platform = "test"

    def __init__(self, reply: FakeReply) -> None:
        self.reply = reply
        self.told: list[tuple[str, str]] = []
        self.declined: list[tuple[str, str]] = []
        self.marks = asyncio.Event()
        self.marks.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing: nothing was opened."""

    async def listen(self, intake: Intake) -> None:
        """Return at once: tests call the bridge themselves."""

    async def tell(self, user: str, text: str) -> None:
        self.told.append((user, text))

    async def decline(self, key: ConversationKey, message: str, why: Declined) -> None:
        await self.marks.wait()
        self.declined.append((message, why))

    def open(self, turn: Turn) -> FakeReply:
        return self.reply


class Harness:
    """Runs one bridge, whose answers are all shown in one FakeReply, and asks it as people would."""

    def __init__(self, store: Store, backend: Backend, standin: StandIn) -> None:
        self.bridge = Bridge(store, backend)
        self.backend = backend
        self.store = store
        self.standin = standin
        self.reply = FakeReply()
        self.reply.limit = 10_000
        self.count = 0

    async def begin(self, policy: Policy = TRIAL) -> None:
        """Replace the bridge by one with this policy, and let it serve the platform."""
        self.bridge = Bridge(self.store, self.backend, policy)
        await self.bridge.serve(FakeAdapter(self.reply))

    async def ask(self, text: str, key: ConversationKey = KEY, **more: object) -> str:
        """Send a question of Ann, and return its message id; `more` are further fields of Incoming."""
        message = f"q{self.count}"
        self.count += 1
        await self.bridge.receive(Incoming(key, message, ANN, text, **more))  # type: ignore[arg-type]
        return message

    async def hears(self, text: str, number: int = -1) -> str:
        """Wait until message number `number` (from 0; negative from the end) is complete and contains `text`.

        Return its id. Raises AssertionError where that does not come.
        """
        await eventually(lambda: self.shows(text, number))
        await eventually(lambda: self.bridge.idle)
        return list(self.reply.shown)[number]

    def shows(self, text: str, number: int) -> bool:
        """Tell whether message number `number` is complete and contains `text`."""
        shown = self.reply.now()
        at = number if number >= 0 else len(shown) + number
        return 0 <= at < len(shown) and text in shown[at] and MORE.strip() not in shown[at]

    async def press(self, message: str, action: str, turn: int, who: Author = ANN) -> str:
        """Press a button of `turn` under `message`, and return the notice that only `who` sees."""
        return (await self.bridge.press(Press(KEY, message, who, action, turn))).text  # type: ignore[arg-type]

    async def command(self, name: str, argument: str = "", key: ConversationKey = KEY, who: Author = ANN) -> Said:
        """Type a command, and return the bridge's answer to it."""
        return await self.bridge.command(Invocation(key, who, name, argument, shared=who is not ANN))

    def bodies(self) -> list[Any]:
        """Return the JSON bodies of the requests that reached Qwen, oldest first."""
        return [request.body for request in self.standin.requests if isinstance(request.body, dict)]

    def prompts(self) -> list[str]:
        """Return the texts that Qwen was asked, oldest first."""
        return [body["messages"][0]["content"] for body in self.bodies() if "messages" in body]

    async def shown_turn(self, message: str) -> Turn:
        """Return the turn that a message of the bot shows. Raises AssertionError where it shows none."""
        found = await self.store.versions.find(KEY, message)
        assert found
        return await self.store.turns.get(found.turn)


async def forget(place: int, message: str | None) -> None:
    """Discard the id of a message that shows an answer, where a test needs no record of it."""


class Clock:
    """A clock for a store: `now`, in seconds, stays until a test sets it."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def rows(database: str, statement: str) -> list[tuple[object, ...]]:
    """Return the rows that a SQL statement selects from the file of a `sqlite:///` address."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        return connection.execute(statement).fetchall()
