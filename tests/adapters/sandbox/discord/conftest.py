"""The pretended Discord, and bots that join it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import discord
import pytest
import yarl

from adapters.sandbox.discord import FakeDiscord
from tests.adapters.sandbox.discord.recorder import PLAIN, Join, Recorder, running


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        monkeypatch.setattr("discord.http.Route.BASE", fake.api_url)
        monkeypatch.setattr("discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY", yarl.URL(fake.gateway_url))
        yield fake


@pytest.fixture
async def join(server: FakeDiscord) -> AsyncIterator[Join]:
    async with AsyncExitStack() as stack:

        async def start(intents: discord.Intents = PLAIN) -> Recorder:
            return await stack.enter_async_context(running(server, intents))

        yield start
