"""Starting and leaving while servers are silent or refuse: refused tokens are named, and leaving is in time."""

import asyncio
import time
from collections.abc import MutableMapping, Sequence

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from structlog.testing import capture_logs

from adapters.cli.serve import serve
from adapters.discord.adapter import DiscordAdapter
from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.adapter import TelegramAdapter
from bridge import Adapter, Intake
from bridge.backends.qwen import QwenClient
from bridge.core.bridge import Bridge
from bridge.errors import CannotStart
from bridge.store import Store
from tests.harness import FakeAdapter, FakeReply
from tests.raw_server import raw_server
from tests.waiting import eventually

DRAIN_SECONDS = 0.5
WRONG = "1:wrong"


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


def named(logs: Sequence[MutableMapping[str, object]], token: str) -> bool:
    return any(f"refuses {token}" in str(line["event"]) for line in logs)


async def served(bridge: Bridge, adapters: Sequence[Adapter]) -> tuple[asyncio.Task[None], asyncio.Event]:
    leaving = asyncio.Event()
    return asyncio.create_task(serve(bridge, adapters, DRAIN_SECONDS, leaving)), leaving


async def left_in_time(running: asyncio.Task[None], leaving: asyncio.Event) -> None:
    began = time.monotonic()
    leaving.set()
    await asyncio.wait_for(running, 5)
    assert time.monotonic() - began < DRAIN_SECONDS + 0.5


async def test_both_tokens_that_are_refused_are_named_though_one_comes_late(
    store: Store, qwen: QwenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        discord.fault("GET", "/users/@me", delay=0.3)
        adapters: list[Adapter] = [
            DiscordAdapter(WRONG, discord.api_url, discord.gateway_url),
            TelegramAdapter(WRONG, telegram.url),
        ]
        with capture_logs() as logs:
            running, _ = await served(Bridge(store, qwen), adapters)
            with pytest.raises(CannotStart, match="refuses DISCORD_BOT_TOKEN"):
                await asyncio.wait_for(running, 5)
        assert named(logs, "TELEGRAM_BOT_TOKEN")


@pytest.mark.parametrize("refused", ["DISCORD_BOT_TOKEN", "TELEGRAM_BOT_TOKEN"])
async def test_a_refused_token_is_named_while_the_other_platform_is_silent(
    store: Store, qwen: QwenClient, refused: str
) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram, raw_server() as silent:
        adapters: list[Adapter] = (
            [DiscordAdapter(WRONG, discord.api_url, discord.gateway_url), TelegramAdapter("1:t", silent.url)]
            if refused == "DISCORD_BOT_TOKEN"
            else [DiscordAdapter("t", silent.url), TelegramAdapter(WRONG, telegram.url)]
        )
        with capture_logs() as logs:
            running, leaving = await served(Bridge(store, qwen), adapters)
            await eventually(lambda: named(logs, refused))
            await left_in_time(running, leaving)


@pytest.mark.parametrize("silent", ["Discord", "its gateway", "Telegram"])
async def test_leaving_does_not_wait_for_who_is_silent(store: Store, qwen: QwenClient, silent: str) -> None:
    async with FakeDiscord() as discord, raw_server() as server:
        adapters: dict[str, Adapter] = {
            "Telegram": TelegramAdapter("1:t", server.url),
            "Discord": DiscordAdapter("t", server.url),
        }
        if silent == "its gateway":  # the library keeps the addresses of the adapter that was made last
            adapters[silent] = DiscordAdapter(discord.token, discord.api_url, server.url.replace("http", "ws"))
        running, leaving = await served(Bridge(store, qwen), [adapters[silent]])
        await eventually(lambda: server.connections)
        await left_in_time(running, leaving)


class Stubborn(FakeAdapter):
    """A platform whose library drops the first cancelling, in its login or while it listens."""

    def __init__(self, drops: str) -> None:
        super().__init__(FakeReply())
        self.drops = drops
        self.waits = asyncio.Event()
        self.listened = self.ended = False

    async def __aenter__(self) -> "Stubborn":
        await self._wait("login")
        return self

    async def listen(self, intake: Intake) -> None:
        self.listened = True
        await self._wait("listening")

    async def _wait(self, what: str) -> None:
        if self.drops == what:
            self.waits.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if what == "login":
                    return
            try:
                await asyncio.Event().wait()
            finally:
                self.ended = True


async def test_nothing_begins_to_listen_once_the_program_leaves(store: Store, qwen: QwenClient) -> None:
    adapter = Stubborn("login")
    running, leaving = await served(Bridge(store, qwen), [adapter])
    await adapter.waits.wait()
    await left_in_time(running, leaving)
    assert not adapter.listened


async def test_a_listener_that_drops_a_cancelling_is_cancelled_again(store: Store, qwen: QwenClient) -> None:
    adapter = Stubborn("listening")
    running, leaving = await served(Bridge(store, qwen), [adapter])
    await adapter.waits.wait()
    await left_in_time(running, leaving)
    assert adapter.ended
