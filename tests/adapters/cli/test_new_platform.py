"""A platform that the bridge has never heard of: declared here, served like any other, with nothing else to change."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import pytest
import structlog
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from adapters.cli import composition
from adapters.cli.settings import Settings
from adapters.common.platform import Platform
from adapters.sandbox.qwen import StandIn
from bridge import Adapter, Author, CannotStart, Controls, ConversationKey, Declined, Incoming, Intake, Kinds, Turn
from bridge.access import Access
from tests.contract import Contract
from tests.stage import Stage


@dataclass
class Room:
    """A chat in memory: what was said to the bot, and the bot's messages by their ids."""

    said: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    messages: dict[str, str] = field(default_factory=dict)
    ids: "itertools.count[int]" = field(default_factory=itertools.count)


class RoomReply:
    """See bridge.Reply."""

    limit, most, begins_short = 1000, sys.maxsize, False

    def __init__(self, room: Room) -> None:
        self._room = room

    def measure(self, markdown: str) -> int:
        return len(markdown)

    def working(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def waiting(self, on: bool) -> bool:
        return False

    def permit(self, message: str | None, *, final: bool) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str:
        name = message or str(next(self._room.ids))
        self._room.messages[name] = markdown
        return name

    async def sent(self) -> list[str]:
        return []

    async def drop(self, messages: Sequence[str]) -> None:
        for message in messages:
            del self._room.messages[message]


class RoomAdapter:
    """See bridge.Adapter."""

    platform = "room"

    def __init__(self, room: Room) -> None:
        self._room = room

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing: the room stays."""

    async def tell(self, user: str, text: str) -> None:
        self._room.messages[f"to {user}"] = text

    async def decline(self, key: ConversationKey, message: str, why: Declined) -> None:
        self._room.messages[f"mark on {message}"] = why

    def open(self, turn: Turn) -> RoomReply:
        return RoomReply(self._room)

    async def listen(self, intake: Intake) -> None:
        here, ann = ConversationKey("room", "1"), Author("7", "Ann")
        while text := await self._room.said.get():
            await intake.receive(Incoming(here, f"said {next(self._room.ids)}", ann, text))


class RoomSettings(BaseSettings):
    """How the room is reached."""

    room_key: SecretStr | None = Field(default=None, description="The key of the room.", examples=["key"])
    room_name: str = Field(default="", description="Its name.", examples=["parlour"])


ROOMS: dict[str, Room] = {}


def _adapter(settings: RoomSettings, _proxy: str | None) -> Adapter | None:
    return RoomAdapter(ROOMS[settings.room_name]) if settings.room_key else None


ROOM = Platform(
    name="room",
    token="room_key",
    settings=RoomSettings,
    adapter=_adapter,
    kinds=Kinds(("user", "seat")),
    log_levels={"library_of_rooms": "CRITICAL"},
    secrets=(r"key-\w+",),
)


class WithRoom(Settings, RoomSettings):
    """As if the list of platforms had one more line."""

    platforms: ClassVar[Sequence[Platform[Any]]] = (*Settings.platforms, ROOM)


class RoomStage(Stage):
    """One person in a room that outlives the process."""

    def __init__(self, standin: StandIn, database: str, room: Room) -> None:
        super().__init__(standin, database)
        self.room = room

    def adapter(self) -> Adapter:
        (adapter,) = composition.platforms(WithRoom.read())
        return adapter

    async def listening(self) -> None:
        """At once: what is said waits in the room."""

    async def say(self, text: str) -> None:
        await self.room.said.put(text)

    def shown(self) -> list[str]:
        return list(self.room.messages.values())


@pytest.fixture
async def stage(standin: StandIn, database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RoomStage]:
    monkeypatch.setenv("ROOM_KEY", "key-of-the-room")
    monkeypatch.setitem(ROOMS, "", Room())
    async with RoomStage(standin, database, ROOMS[""]) as opened:
        yield opened


class TestRoom(Contract):
    """The contract, as every platform keeps it."""


def test_the_operators_words_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENY", "room:seat:3 discord:guild:4")
    assert WithRoom.read().access == Access(deny=frozenset({"room:seat:3", "discord:guild:4"}))
    monkeypatch.setenv("DENY", "room:guild:3")
    with pytest.raises(CannotStart, match=r"none of .*room:user:ID, room:seat:ID"):
        WithRoom.read()
    with pytest.raises(CannotStart, match="none of discord"):
        Settings.read()


def test_its_settings_are_told_from_misspelt_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOM_NAME", "parlour")
    monkeypatch.setenv("ROOM_KEYS", "key-1")
    assert WithRoom.misspelt() == ["ROOM_KEYS is not a setting of Qwen Bridge: did you mean ROOM_KEY?"]
    assert Settings.misspelt() == []


def test_a_room_with_a_key_needs_qwen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not WithRoom.read().has_platform
    monkeypatch.setenv("ROOM_KEY", "key-1")
    settings = WithRoom.read()
    assert settings.has_platform
    assert "key-1" in set(settings.secrets())
    with pytest.raises(CannotStart, match="QWEN_UMIDTOKEN is missing"):
        composition.uses_standin(settings)


@pytest.mark.usefixtures("logging_as_before")
def test_its_secrets_are_struck_out_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    composition.configure_log(WithRoom.read(), "DEBUG", stamped=False)
    structlog.get_logger("library_of_rooms").info("opened", by="key-2")
    structlog.get_logger("room").info("opened", by="key-3")
    said = capsys.readouterr().err
    assert "by=***" in said
    assert said.count("opened") == 1
