"""Many long answers at once under the platforms' own limits: nothing refused, lost, doubled or out of order.

The limits are the real ones made ten times faster, and so is Qwen: 50 tokens a second are 500 here. LIMITS_SPEED=1 and
LIMITS_LENGTH=20000 play it as it is.
"""

import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import fields
from functools import partial

import pytest

from adapters.common.rate_limiter import Kind, Rate, RateLimiter, Rates
from adapters.discord.rate_limits import RATES as DISCORD
from adapters.discord.rate_limits import learn
from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn, reply
from adapters.sandbox.telegram import FakeTelegram, Limits
from adapters.telegram.adapter import RATES as TELEGRAM
from bridge.streaming.chunks import MORE
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

SPEED = int(os.environ.get("LIMITS_SPEED", "10"))
CHATS = 20
QUESTION = f"lorem {os.environ.get('LIMITS_LENGTH', '7000')}"
EXPECTED = re.findall(r"Sentence (\d+)", reply(QUESTION, []))


def faster(rates: Rates) -> Rates:
    """The same counts in less time."""

    def each(some: Sequence[Rate]) -> tuple[Rate, ...]:
        return tuple(Rate(rate.count, rate.seconds / SPEED) for rate in some)

    return Rates(each(rates.send), each(rates.edit), each(rates.typing), each(rates.group), each(rates.overall))


def whole(texts: Sequence[str]) -> bool:
    """Whether an answer is shown to its end."""
    text = "\n".join(texts)
    return MORE.strip() not in text and re.findall(r"Sentence (\d+)", text) == EXPECTED


async def all_whole(places: Sequence[Callable[[], Sequence[str]]]) -> None:
    for place in places:
        await eventually(lambda: whole(place()), 300 / SPEED)  # noqa: B023  called before the next place
    assert all(whole(place()) for place in places)


@pytest.fixture
async def busy_channel(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    standin.tokens_per_second = 50 * SPEED
    discord.limit(sends=(5, 5 / SPEED), edits=(5, 5 / SPEED), typing=(5, 5 / SPEED), global_per_second=50 * SPEED)
    stage = DiscordStage(standin, database, discord, "channel")
    stage.rates = faster(DISCORD)
    async with stage:
        yield stage


async def test_twenty_channels_at_once_are_never_refused_by_discord(busy_channel: DiscordStage) -> None:
    discord = busy_channel.discord
    channels = [busy_channel.guild.channel(f"channel-{number}") for number in range(CHATS)]
    for channel in channels:
        await discord.say(channel, busy_channel.ann, f"{busy_channel.mention}{QUESTION}")
    await all_whole([partial(busy_channel.shown_in, channel) for channel in channels])
    assert discord.rate_limited == 0
    assert max(len(message.history) for channel in channels for message in discord.answers(channel)) > 3, "they grew"


@pytest.fixture
async def busy_chat(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    standin.tokens_per_second = 50 * SPEED
    telegram.limits = Limits(
        **{
            each.name: tuple((count, seconds / SPEED) for count, seconds in getattr(Limits(), each.name))
            for each in fields(Limits)
        }
    )
    stage = TelegramStage(standin, database, telegram, "private")
    stage.rates = faster(TELEGRAM)
    async with stage:
        yield stage


async def test_twenty_chats_at_once_are_never_refused_by_telegram(busy_chat: TelegramStage) -> None:
    telegram = busy_chat.telegram
    people = [telegram.user(f"person {number}") for number in range(CHATS)]
    chats = [telegram.private(person) for person in people]
    for chat, person in zip(chats, people, strict=True):
        await telegram.say(chat, person, QUESTION)
    await all_whole([partial(busy_chat.shown_in, chat) for chat in chats])
    assert telegram.rate_limited == 0


async def test_topics_of_a_group_share_its_budget(busy_chat: TelegramStage) -> None:
    telegram = busy_chat.telegram
    forum = telegram.supergroup("a forum", forum=True)
    topics = [forum.topic(f"topic {number}") for number in range(4)]
    for topic in topics:
        await telegram.say(forum, busy_chat.ann, f"/ask {QUESTION}", topic=topic)
    await all_whole([partial(busy_chat.shown_in, forum, topic) for topic in topics])
    assert telegram.rate_limited == 0


async def test_the_end_of_an_answer_is_shown_at_once(busy_chat: TelegramStage) -> None:
    busy_chat.standin.tokens_per_second = None
    busy_chat.standin.hold_after = 10
    await busy_chat.say("echo " + "word " * 100 + "end")
    await eventually(lambda: busy_chat.shown() and busy_chat.standin.held)
    busy_chat.standin.release()
    await busy_chat.hears("end")
    assert busy_chat.telegram.rate_limited == 0


# What Discord says of its limits


def headers(limit: int, remaining: int, after: float, **more: str) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset-After": f"{after:.3f}",
        **more,
    }


def test_the_first_answer_of_a_window_tells_the_rate() -> None:
    limiter = RateLimiter(DISCORD)
    learn(limiter, "PATCH", "/api/v10/channels/1/messages/2", 200, headers(10, 9, 19.998))
    assert limiter.rates("1", "edit") == (Rate(10, 20.0),)
    learn(limiter, "PATCH", "/api/v10/channels/1/messages/2", 200, headers(10, 5, 3.0))
    assert limiter.rates("1", "edit") == (Rate(10, 20.0),)
    assert limiter.rates("2", "edit") == DISCORD.edit
    assert limiter.rates("1", "send") == DISCORD.send


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/api/v10/channels/1/messages", "send"),
        ("PATCH", "/api/v10/channels/1/messages/2", "edit"),
        ("POST", "/api/v10/channels/1/typing", "typing"),
    ],
)
def test_a_refusal_stops_what_it_refuses(method: str, path: str, kind: str) -> None:
    limiter = RateLimiter(DISCORD)
    learn(limiter, method, path, 429, headers(5, 0, 3.0))
    kinds: tuple[Kind, ...] = ("send", "edit", "typing")
    waits = {each: limiter.wait("1", each, final=True) for each in kinds}
    assert {each for each, seconds in waits.items() if seconds > 2} == {kind}
    assert limiter.wait("2", "read", final=True) <= 0


def test_a_refusal_of_everything_stops_everything() -> None:
    limiter = RateLimiter(DISCORD)
    learn(limiter, "POST", "/api/v10/channels/1/messages", 429, {"Retry-After": "2", "X-RateLimit-Global": "true"})
    assert limiter.wait("2", "read", final=True) > 1


@pytest.mark.parametrize("odd", [{}, {"X-RateLimit-Limit": "many"}, headers(5, 4, -1), {"X-RateLimit-Limit": "5"}])
def test_headers_that_make_no_sense_change_nothing(odd: dict[str, str]) -> None:
    limiter = RateLimiter(DISCORD)
    learn(limiter, "POST", "/api/v10/channels/1/messages", 200, odd)
    learn(limiter, "POST", "/api/v10/channels/1/messages", 429, odd)
    learn(limiter, "GET", "/api/v10/gateway", 200, headers(5, 4, 5.0))
    assert limiter.rates("1", "send") == DISCORD.send
