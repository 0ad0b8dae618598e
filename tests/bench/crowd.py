"""Many people in front of the bot on one platform, and what they see."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from adapters.sandbox.discord import Event, FakeDiscord
from adapters.sandbox.telegram import FakeTelegram, Fault, Limits, Params, Request
from tests.waiting import eventually

Seen = Callable[[int, str, float], None]
"""Told of every text that the bot shows: in which chat, what, and when."""

NO_LIMIT = 1_000_000


class Crowd(ABC):
    """Each of `chats` is a conversation by itself. `limited`: the platform-wide limit holds, `rate` a second."""

    name: str
    rate: int

    def __init__(self, chats: int, seen: Seen, *, limited: bool) -> None:
        self.chats = chats
        self.seen = seen
        self.limited = limited

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Opens the platform, with everybody there."""

    @abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    @abstractmethod
    def variables(self) -> Mapping[str, str]:
        """What the program has to be told."""

    @abstractmethod
    async def heard(self) -> None:
        """Returns when the bot listens."""

    @abstractmethod
    async def ask(self, chat: int, text: str) -> None:
        """Somebody asks."""

    @abstractmethod
    def shown(self, chat: int) -> list[str]:
        """All messages of the bot as they are now, oldest first."""

    @property
    @abstractmethod
    def refused(self) -> int:
        """How many requests of the bot were too many."""


class DiscordCrowd(Crowd):
    """A channel each, in one server."""

    name = "Discord"
    rate = 50

    async def __aenter__(self) -> Self:
        self._discord = await FakeDiscord().__aenter__()
        self._discord.limit(global_per_second=self.rate if self.limited else NO_LIMIT)
        guild = self._discord.guild()
        self._person = self._discord.user("ann")
        self._channels = [guild.channel(f"chat-{number}") for number in range(self.chats)]
        self._numbers: dict[object, int] = {channel.id: number for number, channel in enumerate(self._channels)}
        self._discord.state.emit = self._emit
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._discord.__aexit__(kind, error, trace)

    @property
    def variables(self) -> Mapping[str, str]:
        return {
            "DISCORD_BOT_TOKEN": self._discord.token,
            "DISCORD_API_URL": self._discord.api_url,
            "DISCORD_GATEWAY_URL": self._discord.gateway_url,
            "DISCORD_OVERALL_RATE": f"{self.rate}/1" if self.limited else "0",
        }

    async def heard(self) -> None:
        await self._discord.connected()

    async def ask(self, chat: int, text: str) -> None:
        await self._discord.say(self._channels[chat], self._person, f"{self._discord.bot.mention} {text}")

    def shown(self, chat: int) -> list[str]:
        return [message.content for message in self._discord.answers(self._channels[chat])]

    @property
    def refused(self) -> int:
        return self._discord.rate_limited

    def _emit(self, event: Event) -> None:
        if event.name in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and event.payload["author"] == self._bot:
            self.seen(self._numbers[event.payload["channel_id"]], str(event.payload["content"]), time.monotonic())
        self._discord.gateway.emit(event)

    @property
    def _bot(self) -> object:
        return self._discord.bot.payload()


class _Telegram(FakeTelegram):
    seen: Seen
    numbers: Mapping[str, int]

    async def outcome(self, record: Request, params: Params, fault: Fault | None) -> web.Response:
        response = await super().outcome(record, params, fault)
        if record.status == 200 and record.method in ("sendMessage", "editMessageText"):
            self.seen(self.numbers[params.text("chat_id")], params.text("text"), time.monotonic())
        return response


class TelegramCrowd(Crowd):
    """Private chats."""

    name = "Telegram"
    rate = 30

    async def __aenter__(self) -> Self:
        self._telegram = await _Telegram().__aenter__()
        self._telegram.limits = Limits() if self.limited else Limits(overall=())
        self._people = [self._telegram.user(f"Person {number}") for number in range(self.chats)]
        self._places = [self._telegram.private(person) for person in self._people]
        self._telegram.seen = self.seen
        self._telegram.numbers = {str(chat.id): number for number, chat in enumerate(self._places)}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._telegram.__aexit__(kind, error, trace)

    @property
    def variables(self) -> Mapping[str, str]:
        return {
            "TELEGRAM_BOT_TOKEN": self._telegram.token,
            "TELEGRAM_API_URL": self._telegram.url,
            "TELEGRAM_OVERALL_RATE": f"{self.rate}/1" if self.limited else "0",
        }

    async def heard(self) -> None:
        await eventually(lambda: self._telegram.polling)

    async def ask(self, chat: int, text: str) -> None:
        await self._telegram.say(self._places[chat], self._people[chat], text)

    def shown(self, chat: int) -> list[str]:
        return [message.text for message in self._telegram.answers(self._places[chat])]

    @property
    def refused(self) -> int:
        return self._telegram.rate_limited


CROWDS: tuple[type[Crowd], ...] = (DiscordCrowd, TelegramCrowd)
