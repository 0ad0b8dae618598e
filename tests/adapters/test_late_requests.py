"""What a library would send again, or late, is not sent where another process may show the answer by then."""

import time

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram.error import NetworkError

from adapters.common.late_requests import refuse_late
from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.request import AiohttpRequest
from bridge.core import claims
from bridge.model import ConversationKey, Turn
from bridge.runtime import lateness
from bridge.store import Store
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually

LATER = 30.0


async def test_an_edit_that_discord_s_library_repeats_is_not_sent_once_another_process_has_the_turn(
    channel: DiscordStage, standin: StandIn, discord: FakeDiscord, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PAUSE_SECONDS", -1.0)  # it always looks
    monkeypatch.setattr(lateness, "LATE_SECONDS", 0.5)
    standin.hold_after = 2
    with capture_logs() as logged:
        await channel.say("one")
        await eventually(lambda: standin.held and channel.shown())
        discord.fault("PATCH", "/channels/*/messages/*", status=502)  # the library asks again after a second
        shown = channel.shown()
        standin.release()
        await eventually(lambda: any(request.method == "PATCH" for request in discord.requests))
        async with await Store.open(database, lambda: time.time() + LATER) as heir:
            conversation = await heir.conversations.get(ConversationKey("discord", channel.here.id))
            assert isinstance(await heir.turns.claim(conversation.id, "heir", 20.0), Turn)
            await eventually(lambda: any("Another process goes on" in line["event"] for line in logged))
    assert channel.shown() == shown


async def test_an_edit_that_discord_s_library_would_repeat_late_is_made_by_the_process_that_has_the_turn(
    channel: DiscordStage, discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lateness, "LATE_SECONDS", 0.5)
    discord.fault("POST", "/channels/*/messages", status=502)
    await channel.say("echo one")
    await channel.hears("one")


async def test_telegram_is_not_asked_late(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(refuse_late)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        request = AiohttpRequest(session)
        url = f"{telegram.url}/bot{telegram.token}/getMe"
        lateness.looked(time.monotonic())
        assert (await request.do_request(url, "POST"))[0] == 200
        monkeypatch.setattr(lateness, "LATE_SECONDS", -1.0)
        with pytest.raises(NetworkError):
            await request.do_request(url, "POST")
    assert len(telegram.calls("getMe")) == 1
