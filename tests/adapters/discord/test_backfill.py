"""What people wrote on Discord while the bot was away: answered once, in order and in its place."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import discord as library
import pytest

from adapters.discord import backfill
from bridge.access import Access
from bridge.i18n import sentences
from bridge.standin import StandIn
from tests.adapters.stages import DiscordStage
from tests.fakes.discord import Channel, FakeDiscord, Message
from tests.waiting import eventually

HISTORY = "/channels/*/messages"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers are there at once, and a second session begins at once."""

    async def at_once(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr("adapters.discord.client.GUILDS_SECONDS", 0.05)
    monkeypatch.setattr("adapters.discord.backfill.SAVE_SECONDS", 0.05)
    monkeypatch.setattr("adapters.discord.backfill.RETRY_PAUSES", (0.01, 0.01))
    monkeypatch.setattr("discord.Client.before_identify_hook", at_once)


@pytest.fixture(params=["channel", "thread", "dm"])
async def stage(
    request: pytest.FixtureRequest, standin: StandIn, database: str, discord: FakeDiscord
) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(standin, database, discord, request.param) as opened:
        yield opened


@pytest.fixture
def kept(tmp_path: Path) -> "Kept":
    return Kept(tmp_path / "bridge.db")


class Kept:
    """What the database keeps of how far the bot has looked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def upto(self) -> int:
        """The newest message; -1 where nothing is kept."""
        with closing(sqlite3.connect(self._path)) as connection:
            row = connection.execute("SELECT message FROM cursors WHERE channel = ''").fetchone()
        return int(row[0]) if row else -1

    async def all_of(self, stage: DiscordStage) -> None:
        """Returns when the bot has looked at everything."""
        newest = max(int(message.id) for message in everything(stage))
        await eventually(lambda: self.upto() >= newest - (backfill.MARGIN_MILLISECONDS << 22))

    def set(self, message: int) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute("UPDATE cursors SET message = ? WHERE channel = ''", (message,))


def everything(stage: DiscordStage) -> list[Message]:
    return [message for channel in stage.discord.world.channels.values() for message in channel.messages]


def read(stage: DiscordStage, channel: Channel) -> int:
    """How often what was written in a channel was asked for."""
    return len(stage.discord.asked("GET", f"/channels/{channel.id}/messages"))


async def test_what_was_asked_while_the_bot_was_away_is_answered_once(stage: DiscordStage, kept: Kept) -> None:
    await stage.say("echo before")
    await stage.hears("before")
    await kept.all_of(stage)
    await stage.stop()
    await stage.say("echo one")
    await stage.say_to_nobody("echo to nobody")
    await stage.say_as_bot("echo robots")
    await stage.say("echo two")
    for word in ("three", "four"):
        await stage.start()
        await stage.say(f"echo {word}")
        await stage.hears(*["before", "one", "two", "three", "four"][: 4 if word == "three" else 5])
        await kept.all_of(stage)
        await stage.stop()
    assert stage.shown_elsewhere() == []
    assert [answer.reference for answer in stage.discord.answers(stage.here)] == [q.id for q in stage.questions]


async def test_a_place_where_nobody_talked_to_the_bot_before(channel: DiscordStage, kept: Kept) -> None:
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    thread = channel.general.thread("begun meanwhile", owner=channel.ann)
    await channel.say_elsewhere("echo in a channel")
    await channel.discord.say(thread, channel.ann, f"{channel.mention}echo in a thread")
    await channel.start()
    await eventually(lambda: channel.shown_elsewhere() == ["in a channel"])
    await eventually(lambda: channel.shown_in(thread) == ["in a thread"])


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


async def test_a_thread_that_was_archived_since(
    standin: StandIn, database: str, discord: FakeDiscord, kept: Kept
) -> None:
    async with DiscordStage(standin, database, discord, "thread") as stage:
        await stage.say("echo before")
        await stage.hears("before")
        await kept.all_of(stage)
        await stage.stop()
        await stage.say("echo meanwhile")
        await discord.say(stage.here, stage.ann, "to nobody")
        stage.here.archive()
        await stage.start()
        await stage.hears("before", "meanwhile")


async def test_what_was_written_before_the_first_start_is_left_alone(
    standin: StandIn, database: str, discord: FakeDiscord, kept: Kept
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    await stage.say("echo too early")
    for _ in range(2):
        async with stage:
            await kept.all_of(stage)
    assert stage.shown() == []


async def test_a_session_that_is_lost_for_good_is_made_up_for(channel: DiscordStage, kept: Kept) -> None:
    await channel.say("echo before")
    await channel.hears("before")
    await kept.all_of(channel)
    channel.discord.refuse_gateway(times=1)
    await channel.discord.drop_gateway(resumable=False)
    await channel.say("echo meanwhile")
    await channel.discord.connected()
    await channel.say("echo after")
    await channel.hears("before", "meanwhile", "after")
    assert channel.discord.gateway.identifies == 2


async def test_a_new_question_does_not_overtake_what_was_missed_before_it(channel: DiscordStage, kept: Kept) -> None:
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    await channel.say("echo missed")
    channel.discord.fault("GET", HISTORY, delay=0.3, times=10)
    await channel.start()
    await channel.say("echo new")
    await channel.hears("missed", "new")
    assert read(channel, channel.here) == 1
    assert [answer.reference for answer in channel.discord.answers(channel.here)] == [q.id for q in channel.questions]


@pytest.mark.parametrize("stage", ["dm"], indirect=True)
async def test_a_message_that_is_told_twice_hides_none_that_were_missed_after_it(
    stage: DiscordStage, kept: Kept
) -> None:
    await stage.say("echo before")
    await stage.hears("before")
    await kept.all_of(stage)
    await stage.stop()
    await stage.say("echo one")
    await stage.say("echo two")
    stage.discord.fault("GET", "/channels/*", delay=0.5, times=1)
    await stage.start()
    await eventually(lambda: stage.discord.asked("GET", "/channels/*"))
    stage.here.messages[-2].dispatch("MESSAGE_CREATE")
    await stage.hears("before", "one", "two")


async def test_many_channels_do_not_delay_a_new_question(channel: DiscordStage, kept: Kept) -> None:
    others = [channel.guild.channel(f"channel-{number}") for number in range(20)]
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    for other in others:
        await channel.discord.say(other, channel.ann, "to nobody")
    await channel.discord.say(others[-1], channel.ann, f"{channel.mention}echo missed")
    channel.discord.fault("GET", HISTORY, delay=0.3, times=20)
    await channel.start()
    await eventually(lambda: channel.discord.asked("GET", HISTORY))
    await channel.say("echo new")
    await channel.hears("new")
    assert channel.shown_in(others[-1]) == [], "the test is to be quicker than the catching up"
    await eventually(lambda: channel.shown_in(others[-1]) == ["missed"])
    assert all(read(channel, other) == 1 for other in others)


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


async def test_who_asked_is_known_as_if_they_asked_now(
    standin: StandIn, database: str, discord: FakeDiscord, kept: Kept
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    readers = stage.guild.role("readers", stage.ann)
    stage.guild.join(stage.ann, nick="Annie")
    stage.access = Access(allow=frozenset({f"discord:role:{readers.id}"}))
    async with stage:
        await eventually(lambda: kept.upto() >= 0)
        await stage.stop()
        await stage.say("one")
        gone = stage.person("gone")
        await stage.say_as("gone", "echo not allowed")
        stage.guild.members.pop(gone.id)
        await stage.say("two")
        await stage.start()
        await stage.hears("no earlier turns", sentences.NOT_ALLOWED, "your last question was “Annie: one”")


async def test_what_is_forgotten_is_not_asked_again(channel: DiscordStage, kept: Kept) -> None:
    channel.discord.rest.messages.nonce_seconds = 0.0  # an answer that is given again would be the same message
    await eventually(lambda: kept.upto() >= 0)
    await channel.say("echo secret")
    await channel.hears("secret")
    await channel.type_command("forget")
    asked = channel.discord.whispers(channel.ann)[-1]
    pressed = await channel.discord.press(asked, channel.ann, sentences.FORGET_YES)
    await channel.told(pressed)
    await kept.all_of(channel)
    before = len(channel.shown())
    await channel.stop()
    await channel.say("echo after")
    await channel.start()
    await eventually(lambda: channel.shown()[before:] == ["after"])


async def test_what_stands_in_threads_on_mentions_is_not_asked_again(
    standin: StandIn, database: str, discord: FakeDiscord, kept: Kept
) -> None:
    discord.rest.messages.nonce_seconds = 0.0
    stage = DiscordStage(standin, database, discord, "channel")
    stage.threads = True
    async with stage:
        await eventually(lambda: kept.upto() >= 0)
        for word in ("one", "secret"):
            await stage.say(f"echo {word}")
        one, secret = stage.questions
        await eventually(lambda: (stage.shown_on(one), stage.shown_on(secret)) == (["one"], ["secret"]))
        stage.here = discord.world.channels[secret.id]
        await stage.type_command("forget")
        pressed = await discord.press(discord.whispers(stage.ann)[-1], stage.ann, sentences.FORGET_YES)
        await stage.told(pressed)
        await kept.all_of(stage)
        before = len(stage.shown())
        stage.here = stage.general
        await stage.stop()
        await stage.say("echo after")
        await stage.start()
        await eventually(lambda: stage.shown_on(stage.questions[-1]) == ["after"])
        assert stage.shown_on(one) == ["one"]
        assert len(stage.shown_on(secret)) == before
        assert stage.shown() == []
