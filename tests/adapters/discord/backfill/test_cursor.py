"""Which messages the backfill reads, and how far the cursor has come when something cannot be read."""

from datetime import timedelta
from types import SimpleNamespace

import discord as library
import pytest

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from tests.adapters.discord.backfill.cursor import HISTORY, Kept, read
from tests.adapters.discord.test_odd_events import say_odd
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually


async def test_how_far_it_looked_is_kept_when_it_leaves(
    channel: DiscordStage, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.backfill.MARGIN_MILLISECONDS", 0)
    await eventually(lambda: kept.upto() >= 0)
    monkeypatch.setattr("adapters.discord.backfill.SAVE_SECONDS", 60.0)
    await channel.say("echo one")
    await channel.hears("one")
    await channel.say("echo two")
    await channel.hears("one", "two")
    await channel.stop()
    assert kept.upto() >= int(channel.questions[1].id)


async def test_what_was_written_before_the_first_start_is_left_alone(
    standin: StandIn, database: str, discord: FakeDiscord, kept: Kept
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    await stage.say("echo too early")
    for _ in range(2):
        async with stage:
            await kept.all_of(stage)
    assert stage.shown() == []


async def test_only_so_many_of_the_newest_are_looked_at(
    channel: DiscordStage, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.backfill.MAX_MESSAGES", 2)
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    for word in ("one", "two", "three"):
        await channel.say(f"echo {word}")
    await channel.start()
    await channel.hears("two", "three")
    await kept.all_of(channel)
    assert len(channel.shown()) == 2


async def test_what_is_old_is_left_alone(channel: DiscordStage, kept: Kept) -> None:
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    kept.set(0)
    await channel.say("echo yesterday")
    channel.questions[0].id = str(library.utils.time_snowflake(library.utils.utcnow() - timedelta(hours=25)))
    await channel.say("echo today")
    await channel.start()
    await channel.hears("today")
    await kept.all_of(channel)
    assert len(channel.shown()) == 1


async def test_channels_that_are_closed_to_the_bot_do_no_harm(channel: DiscordStage, kept: Kept) -> None:
    refused = channel.guild.channel("refused")
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    for closed in (channel.elsewhere, refused):
        await channel.discord.say(closed, channel.ann, f"{channel.mention}echo unseen")
    await channel.say("echo missed")
    channel.elsewhere.hidden = True
    channel.discord.fault("GET", f"/channels/{refused.id}/messages", status=403, times=10)
    await channel.start()
    await channel.hears("missed")
    await kept.all_of(channel)
    assert read(channel, channel.elsewhere) == 0
    assert read(channel, refused) == 1


async def test_a_channel_that_cannot_be_read_for_a_moment_is_read_again(channel: DiscordStage, kept: Kept) -> None:
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    await channel.say("echo missed")
    channel.discord.fault("GET", HISTORY, status=503)
    channel.discord.fault("GET", HISTORY, drop=True)
    await channel.start()
    await channel.hears("missed")


async def test_a_channel_that_cannot_be_read_for_long_is_read_by_the_next_start(
    channel: DiscordStage, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.backfill.MARGIN_MILLISECONDS", 0)
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    await channel.say("echo missed")
    monkeypatch.setattr("adapters.discord.backfill.RETRY_PAUSES", (0.1, 0.1))  # meanwhile all servers are there
    channel.discord.fault("GET", HISTORY, status=503, times=3)
    await channel.start()
    await eventually(lambda: read(channel, channel.here) == 3)
    await channel.say_elsewhere("echo new")
    await eventually(lambda: channel.shown_elsewhere() == ["new"])
    await channel.stop()
    await channel.start()
    await channel.hears("missed")


async def test_nothing_counts_as_looked_at_before_it_was_taken(
    channel: DiscordStage, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.backfill.MARGIN_MILLISECONDS", 0)
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    await channel.say("echo missed")
    channel.discord.fault("GET", f"/channels/{channel.here.id}/messages", delay=30.0)
    await channel.start()
    await channel.say_elsewhere("echo new")
    await eventually(lambda: channel.shown_elsewhere() == ["new"])
    await channel.stop()
    assert kept.upto() < int(channel.questions[0].id)
    await channel.start()
    await channel.hears("missed")
    assert channel.shown_elsewhere() == ["new"]


@pytest.mark.parametrize("wrong", [timedelta(days=2), timedelta(days=-2), timedelta(hours=-1)])
async def test_a_clock_that_is_wrong_loses_nothing_and_answers_nothing_old(
    channel: DiscordStage, kept: Kept, monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    """What counts is the time at Discord: its ids, and what its answers say."""
    await channel.say("echo before")
    await channel.hears("before")
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    kept.set(0)
    right = library.utils.utcnow
    for age, words in ((timedelta(hours=24, minutes=30), "yesterday"), (timedelta(hours=23, minutes=30), "today")):
        await channel.say(f"echo {words}")
        channel.questions[-1].id = str(library.utils.time_snowflake(right() - age))
    monkeypatch.setattr("discord.utils.utcnow", lambda: right() + wrong)

    monkeypatch.setattr("adapters.discord.clock.datetime", SimpleNamespace(now=lambda _: right() + wrong))
    await channel.start()
    await eventually(lambda: channel.shown()[-1] == "today")
    await kept.all_of(channel)
    assert channel.shown() == ["before", "today"]


@pytest.mark.parametrize("number", [2**62, 2**64])
async def test_an_id_from_the_future_hides_nothing_that_is_said_while_nobody_listens(
    channel: DiscordStage, kept: Kept, number: int
) -> None:
    await channel.say("echo one")
    await channel.hears("one")
    await say_odd(channel, {"id": str(number), "mentions": []})
    await channel.say("echo two")
    await channel.hears("one", "two")
    await kept.all_of(channel)
    await channel.stop()
    await channel.say("echo three")
    await channel.start()
    await eventually(lambda: "three" in channel.shown())
