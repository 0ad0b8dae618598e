"""What people may try with buttons on the real platforms, and what must not be left behind by it."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from adapters.common.rate_limiter import RateLimiter
from adapters.discord.rate_limits import RATES, learn
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge import translated
from bridge.access import Access
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    telegram.privacy_mode = False
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


async def test_a_short_version_leaves_no_file_of_the_long_one_before(channel: DiscordStage) -> None:
    await channel.say("lorem 11000")
    await eventually(lambda: any("Regenerate" in label for label in channel.buttons()) if channel.shown() else False)
    (answer,) = channel.discord.answers(channel.here)
    assert [file.filename for file in answer.attachments] == ["answer.md"]
    channel.standin.reply = lambda prompt, earlier: "short words"
    await channel.press("🔄")
    await channel.hears("short words")
    await eventually(lambda: any("2/2" in label for label in channel.buttons()))
    assert answer.attachments == []


async def test_nobody_presses_under_the_answers_of_others_where_the_bot_is_no_member(channel: DiscordStage) -> None:
    bob = channel.person("bob")
    for person in (channel.ann, bob):
        channel.discord.install(person)
    await eventually(lambda: channel.discord.commands)
    where = channel.discord.foreign_guild().channel("elsewhere")
    used = await channel.discord.command(where, channel.ann, "ask", {"question": "echo anns"})
    await eventually(lambda: used.response and used.response.buttons and used.response.content == "anns")
    assert used.response
    asked = len(channel.standin.requests)
    pressed = await channel.discord.press(used.response, bob, f"🔄 {sentences.REGENERATE}")
    assert await channel.told(pressed) == sentences.NOT_YOURS
    assert len(channel.standin.requests) == asked


async def test_typing_the_name_of_a_model_does_not_ask_qwen_for_each_letter(channel: DiscordStage) -> None:
    await eventually(lambda: channel.discord.commands)
    for typed in ("q", "qw", "qwe", "qwen"):
        assert await channel.discord.type_option(channel.here, channel.ann, "model", "model", typed)
    assert sum(request.path == "/api/models" for request in channel.standin.requests) <= 2


async def test_a_forged_choice_does_not_overwrite_an_answer(group: TelegramStage) -> None:
    await group.say("echo mine")
    await group.hears("mine")
    for data in ("qb:do:help:", "qb:do:status:", "qb:do:nonsense:"):
        press = await group.telegram.press(group.answer(0), group.person("Bob"), data, forged=True)
        await eventually(partial(getattr, press, "answered"))
        assert press.answer == sentences.NOT_HERE
    assert group.shown() == ["mine"]


@pytest.mark.parametrize("barred", [False, True])
async def test_who_may_not_choose_is_refused_quietly_in_every_language(group: TelegramStage, *, barred: bool) -> None:
    bob = group.person("Bob")
    bob.language = "de"
    if barred:
        await group.stop()
        group.access = Access(deny=frozenset({f"telegram:user:{bob.id}"}))
        await group.start()
    await group.type_command("think")
    before = group.shown()
    said = await group.press("on", by="Bob")
    assert said == translated(sentences.NOT_ALLOWED if barred else sentences.ADMINS_ONLY, "de")
    assert group.shown() == before


async def test_a_version_that_was_stopped_leaves_the_way_back(private: TelegramStage) -> None:
    await private.say("echo first words")
    await private.hears("first words")
    private.standin.reply = lambda prompt, earlier: "second words " * 50
    private.standin.hold_after = 3
    await private.press("🔄")
    await eventually(lambda: private.standin.held and any("⏹" in label for label in private.buttons()))
    await private.press("⏹")
    private.standin.hold_after = None
    await private.hears(sentences.STOPPED)
    await eventually(lambda: any("◀" in label for label in private.buttons()))
    await private.press("◀")
    await private.hears("first words")


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "-1", "X-RateLimit-Reset-After": "1"}),
        (200, {"X-RateLimit-Limit": "-5", "X-RateLimit-Remaining": "-6", "X-RateLimit-Reset-After": "1"}),
        (200, {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "4", "X-RateLimit-Reset-After": "inf"}),
        (429, {"Retry-After": "inf"}),
        (429, {"Retry-After": "inf", "X-RateLimit-Global": "true"}),
        (429, {"Retry-After": "nan"}),
    ],
)
async def test_odd_limits_are_not_learned(status: int, headers: dict[str, str]) -> None:
    budget = RateLimiter(RATES)
    learn(budget, "POST", "/api/v10/channels/1/messages", status, headers)
    async with asyncio.timeout(1), budget.permit("1", "send", final=True):
        pass
