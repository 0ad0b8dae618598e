"""The stand-ins of the platforms, and a stage in the usual place of each."""

from collections.abc import AsyncIterator

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from tests.adapters.stages import DiscordStage, TelegramStage


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    # The library keeps both addresses in its classes; they are as before after the test.
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    # How long the words of a deleted question are waited for: most tests have no proxy that would say them again.
    monkeypatch.setattr("adapters.discord.proxies.WAIT_SECONDS", 0.3)
    async with FakeDiscord() as server:
        server.limit(sends=(1000, 1.0), edits=(1000, 1.0))
        yield server


@pytest.fixture
async def telegram(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTelegram]:
    # Most tests send words that nothing follows; tests/adapters/telegram/test_acts.py has the real pause.
    monkeypatch.setattr("adapters.telegram.grouping.WORDS_SECONDS", 0.02)
    # The menu in every language is most of what a start asks; tests/adapters/telegram/test_actions.py has it whole.
    monkeypatch.setattr("adapters.telegram.notices.LANGUAGES", ("",))
    async with FakeTelegram() as server:
        server.limits = None
        server.updates.hurry_seconds = 0
        yield server


@pytest.fixture
async def channel(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(standin, database, discord, "channel") as opened:
        yield opened


@pytest.fixture
async def private(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, "private") as opened:
        yield opened
