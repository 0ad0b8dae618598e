"""Servers of the platforms that accept and say nothing, or a byte now and then: each request has a deadline."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from structlog.testing import capture_logs
from telegram import InputFile
from telegram.error import TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.deadlines import DeadlineConnector
from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.request import AiohttpRequest
from bridge import Adapter
from tests.adapters.stages import DiscordStage
from tests.raw_server import HEAD, raw_server
from tests.waiting import eventually

SILENT, DRIPPING = b"", b" "


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.runtime.backoff.FIRST_SECONDS", 0.02)
    monkeypatch.setattr("bridge.runtime.backoff.SLOW_SECONDS", 0.05)
    monkeypatch.setattr("adapters.discord.deadlines.ANSWER_SECONDS", 0.2)
    monkeypatch.setattr("adapters.discord.outage.SESSION_SECONDS", 0.3)
    monkeypatch.setattr("adapters.telegram.request.ANSWER_SECONDS", 0.2)
    monkeypatch.setattr("adapters.telegram.request.CONNECT_SECONDS", 0.0)
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


@asynccontextmanager
async def logging_in(adapter: Adapter) -> AsyncIterator[None]:
    async def enter() -> None:
        async with adapter:
            pass

    task = asyncio.create_task(enter())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("body", [SILENT, DRIPPING])
@pytest.mark.parametrize("platform", ["Discord", "Telegram"])
async def test_a_login_without_an_answer_is_said_and_tried_again_on_a_fresh_connection(
    platform: str, body: bytes
) -> None:
    async with raw_server(body) as server:
        made = DiscordAdapter if platform == "Discord" else TelegramAdapter
        with capture_logs() as logs:
            async with logging_in(made("1:token", server.url)):
                await eventually(lambda: server.connections >= 2, 2)
                await eventually(lambda: any(f"{platform} cannot be reached" in line["event"] for line in logs), 2)
        assert f"{platform} does not answer yet; still trying." == logs[0]["event"]


async def test_a_gateway_that_says_nothing_is_said_and_left(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    logs: list[str] = []

    class Stage(DiscordStage):
        def adapter(self) -> DiscordAdapter:
            return DiscordAdapter(discord.token, discord.api_url, gateway.url.replace("http", "ws"))

        async def listening(self) -> None:
            await eventually(lambda: gateway.connections >= 2)

    async with raw_server() as gateway:
        with capture_logs() as logs_taken:
            async with Stage(standin, database, discord, "channel"):
                logs += [str(line["event"]) for line in logs_taken]
    assert "Discord's gateway does not answer yet; still trying." in logs
    assert any(line.startswith("Discord cannot be reached (no answer)") for line in logs)


async def test_a_connection_to_discord_that_died_costs_a_try_of_an_answer(channel: DiscordStage) -> None:
    channel.discord.fault("POST", "/channels/*/messages", delay=5.0)
    await channel.say("echo hello")
    await channel.hears("hello")


@pytest.mark.parametrize(("body", "head"), [(SILENT, HEAD), (DRIPPING, HEAD), (b"X: 1\r\n", b"HTTP/1.1 200 OK\r\n")])
async def test_a_request_to_telegram_without_an_answer_runs_out(body: bytes, head: bytes) -> None:
    async with raw_server(body, head=head) as server, aiohttp.ClientSession() as session:
        with pytest.raises(TimedOut):
            async with asyncio.timeout(2):
                await AiohttpRequest(session).post(f"{server.url}/getUpdates", read_timeout=0.2)


async def test_what_telegram_sends_slowly_but_steadily_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.request.SLOWEST", 100)
    async with raw_server(b" " * 10) as server, aiohttp.ClientSession() as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await AiohttpRequest(session).post(f"{server.url}/getUpdates", read_timeout=0.2)


@pytest.mark.parametrize(("size", "least"), [(0, 0.2), (40_000, 0.6)])
async def test_an_upload_to_discord_may_take_longer_by_its_size(
    monkeypatch: pytest.MonkeyPatch, size: int, least: float
) -> None:
    monkeypatch.setattr("adapters.discord.deadlines.SLOWEST", 100_000)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("files[0]", io.BytesIO(b"x" * size), filename="x")
    async with raw_server() as server, aiohttp.ClientSession(connector=DeadlineConnector()) as session:
        monkeypatch.setattr(Route, "BASE", server.url)
        began = time.monotonic()
        with pytest.raises(aiohttp.ClientError):
            await session.post(f"{server.url}/channels/1/messages", data=form)
    assert least <= time.monotonic() - began < least + 0.3


async def test_an_upload_to_telegram_may_take_longer_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.request.SLOWEST", 100_000)
    file = RequestParameter.from_input("document", InputFile(b"x" * 40_000))
    async with raw_server(b"X: 1\r\n", head=b"HTTP/1.1 200 OK\r\n") as server, aiohttp.ClientSession() as session:
        began = time.monotonic()
        with pytest.raises(TimedOut):
            await AiohttpRequest(session).post(f"{server.url}/sendDocument", RequestData([file]), read_timeout=0.1)
    assert 0.5 <= time.monotonic() - began < 1.0
