"""A bridge on a platform that exists only in memory: it can refuse, be slow, and remembers all that it ever showed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from typing import Any, Self

from adapters.sandbox.qwen import StandIn
from bridge import Author, Controls, ConversationKey, Incoming, Intake, Invocation, Press, Said, Turn
from bridge.backends.base import Backend
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.errors import ShowLater
from bridge.store import Store
from bridge.streaming.chunks import MORE
from tests.waiting import eventually

LIMIT = 120
TRIAL = Policy()

KEY = ConversationKey("test", "here")
THERE = ConversationKey("test", "there")
ANN, BOB, ADMIN = Author("a", "Ann"), Author("b", "Bob"), Author("c", "Cleo", admin=True)


class FakeReply:
    """The platform: messages by id, with all that each has shown; `refusals` are raised in turn."""

    limit = LIMIT
    most = 100
    begins_short = False

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = {}
        self.refusals: list[Exception] = []
        self.permitted = False
        self.marks: list[bool] = []
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

    async def waiting(self, on: bool) -> None:
        self.marks.append(on)

    async def sent(self) -> list[str]:
        return self.below

    @asynccontextmanager
    async def permit(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
        assert not self.permitted, "one at a time"
        self.permitted = True
        try:
            if not final:
                await self.open.wait()
            yield
        finally:
            self.permitted = False

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
        return self.measured > measured

    def shows(self, text: str) -> bool:
        return text in "".join(self.now())

    def has_shown(self, text: str) -> bool:
        return text in "".join([*self.now(), *self.previewed])

    def now(self) -> list[str]:
        return [texts[-1] for texts in self.shown.values()]


class FaultyReply(FakeReply):
    """A reply that fails in a way that nobody foresaw, `faults` times."""

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
    """A platform whose replies are all one."""

    platform = "test"

    def __init__(self, reply: FakeReply) -> None:
        self.reply = reply
        self.told: list[tuple[str, str]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing was opened."""

    async def listen(self, intake: Intake) -> None:
        """Nothing comes by itself."""

    async def tell(self, user: str, text: str) -> None:
        self.told.append((user, text))

    def open(self, turn: Turn) -> FakeReply:
        return self.reply


class Harness:
    """One bridge, and one reply in which all its answers are shown."""

    def __init__(self, store: Store, backend: Backend, standin: StandIn) -> None:
        self.bridge = Bridge(store, backend)
        self.backend = backend
        self.store = store
        self.standin = standin
        self.reply = FakeReply()
        self.reply.limit = 10_000
        self.count = 0

    async def begin(self, policy: Policy = TRIAL) -> None:
        """Serve the platform, as the operator wants it."""
        self.bridge = Bridge(self.store, self.backend, policy)
        await self.bridge.serve(FakeAdapter(self.reply))

    async def ask(self, text: str, key: ConversationKey = KEY, **more: object) -> str:
        """Ask, and return the message's id."""
        message = f"q{self.count}"
        self.count += 1
        await self.bridge.receive(Incoming(key, message, ANN, text, **more))  # type: ignore[arg-type]
        return message

    async def hears(self, text: str, place: int = -1) -> str:
        """Wait until the answer at a place holds this text and is whole; return its message's id."""
        await eventually(lambda: self.shows(text, place))
        await eventually(lambda: self.bridge.idle)
        return list(self.reply.shown)[place]

    def shows(self, text: str, place: int) -> bool:
        shown = self.reply.now()
        at = place if place >= 0 else len(shown) + place
        return 0 <= at < len(shown) and text in shown[at] and MORE.strip() not in shown[at]

    async def press(self, message: str, action: str, turn: int, who: Author = ANN) -> str:
        return (await self.bridge.press(Press(KEY, message, who, action, turn))).text  # type: ignore[arg-type]

    async def command(self, name: str, argument: str = "", key: ConversationKey = KEY, who: Author = ANN) -> Said:
        return await self.bridge.command(Invocation(key, who, name, argument, shared=who is not ANN))

    def bodies(self) -> list[Any]:
        """The bodies of the requests that reached Qwen."""
        return [request.body for request in self.standin.requests if isinstance(request.body, dict)]

    def prompts(self) -> list[str]:
        """What Qwen was asked, word for word."""
        return [body["messages"][0]["content"] for body in self.bodies() if "messages" in body]

    async def shown_turn(self, message: str) -> Turn:
        found = await self.store.versions.find(KEY, message)
        assert found
        return await self.store.turns.get(found.turn)


async def forget(place: int, message: str | None) -> None:
    """Nothing is remembered."""


class Clock:
    """The time of a store, moved by hand."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def rows(database: str, statement: str) -> list[tuple[object, ...]]:
    """What stands in the database's file."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        return connection.execute(statement).fetchall()
