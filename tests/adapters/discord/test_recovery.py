"""Messages that arrived on Discord and were not remembered: found again when Discord has forgotten their nonces."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.discord import FakeDiscord, Request
from adapters.sandbox.qwen import StandIn, reply
from tests.adapters.stages import DiscordStage
from tests.adapters.test_trouble import sentences_of
from tests.waiting import eventually

MESSAGES = "/channels/*/messages"
ALWAYS = 1000


@pytest.fixture
async def forgetful(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    """A channel of a Discord that remembers no nonce."""
    discord.rest.messages.nonce_seconds = 0.0
    async with DiscordStage(standin, database, discord, "channel") as stage:
        yield stage


def lose(discord: FakeDiscord, *, after: int = 0) -> None:
    """A message arrives, and nothing after it; nor does the bot learn that it did."""
    discord.fault("POST", MESSAGES, drop=True, effect=True, after=after)
    discord.fault("POST", MESSAGES, status=503, times=ALWAYS, after=after)


def tried(discord: FakeDiscord) -> list[Request]:
    """The messages that were to be sent."""
    return [each for each in discord.rest.requests if each.method == "POST" and each.path.endswith("/messages")]


async def again(stage: DiscordStage) -> None:
    """The process leaves without a word, and another one starts when Discord works again."""
    stage.discord.fault("PATCH", f"{MESSAGES}/*", status=503, times=ALWAYS)
    await stage.stop()
    stage.discord.clear_faults()
    await stage.start()


async def test_the_first_message_of_an_answer_is_found(forgetful: DiscordStage) -> None:
    lose(forgetful.discord)
    await forgetful.say("echo hello")
    await eventually(forgetful.shown)
    await again(forgetful)
    await forgetful.say("echo and on")
    await forgetful.hears("hello", "and on")
    assert forgetful.shown() == ["hello", "and on"]


async def test_a_later_message_is_found(forgetful: DiscordStage) -> None:
    expected = sentences_of(reply("lorem 5000", []))
    lose(forgetful.discord, after=1)
    await forgetful.say("lorem 5000")
    await eventually(lambda: len(forgetful.shown()) == 2)
    await forgetful.discord.say(forgetful.here, forgetful.discord.user("bob"), "between us")
    await again(forgetful)
    await forgetful.say("echo and on")
    await eventually(lambda: forgetful.shown()[-1] == "and on")
    assert sentences_of("\n".join(forgetful.shown())) == expected


async def test_a_message_that_arrived_and_cannot_be_edited_for_a_while_stays_the_only_one(
    channel: DiscordStage,
) -> None:
    channel.standin.pace = 0.05
    channel.discord.fault("POST", MESSAGES, drop=True, effect=True)
    channel.discord.fault("PATCH", f"{MESSAGES}/*", status=503, times=2)
    await channel.say("echo " + "word " * 60 + "end")
    await channel.hears("end")


async def test_what_did_not_arrive_is_sent(forgetful: DiscordStage) -> None:
    forgetful.discord.fault("POST", MESSAGES, status=503, times=ALWAYS)
    await forgetful.say("echo hello")
    await eventually(lambda: tried(forgetful.discord))
    await again(forgetful)
    await forgetful.hears("hello")
    assert forgetful.shown() == ["hello"]


async def test_where_the_history_may_not_be_read_the_answer_comes_all_the_same(forgetful: DiscordStage) -> None:
    forgetful.discord.fault("POST", MESSAGES, status=503, times=ALWAYS)
    await forgetful.say("echo hello")
    await eventually(lambda: tried(forgetful.discord))
    await forgetful.stop()
    forgetful.discord.clear_faults()
    forgetful.discord.fault("GET", MESSAGES, status=403, times=ALWAYS)
    await forgetful.start()
    await forgetful.hears("hello")


@pytest.mark.parametrize("messages", [0, 1])
async def test_what_the_bot_said_otherwise_is_not_written_over(forgetful: DiscordStage, messages: int) -> None:
    """Neither for the first message of an answer nor for one that follows."""
    expected = sentences_of(reply("lorem 3000", []))
    forgetful.discord.fault("POST", MESSAGES, status=503, times=ALWAYS, after=messages)
    await forgetful.say("lorem 3000")
    await eventually(lambda: len(tried(forgetful.discord)) > messages)
    said = await forgetful.type_command("think", "on")
    await eventually(lambda: forgetful.shown()[-1:] == [said])
    await again(forgetful)
    await eventually(lambda: sentences_of("\n".join(forgetful.shown())) == expected)
    assert said in forgetful.shown()
