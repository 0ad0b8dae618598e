"""What people wrote on Discord while the bot was away: answered once, in order and in its channel."""

import pytest

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from bridge.access import Access
from bridge.i18n import sentences
from tests.adapters.discord.backfill.cursor import HISTORY, Kept, read
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually


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


async def test_missed_messages_that_the_library_cannot_read_cost_only_the_parts_that_make_no_sense(
    channel: DiscordStage, kept: Kept
) -> None:
    await channel.say("echo before")
    await channel.hears("before")
    await kept.all_of(channel)
    await channel.stop()
    await channel.say("echo one")
    channel.here.messages[-1].embeds = [{"color": "blue"}]
    await channel.discord.say(channel.here, channel.discord.user("app", bot=True), "", embeds=[{"color": "blue"}])
    await channel.say("echo two")
    await channel.start()
    await channel.hears("before", "one", "two")


async def test_a_place_where_nobody_talked_to_the_bot_before(channel: DiscordStage, kept: Kept) -> None:
    await eventually(lambda: kept.upto() >= 0)
    await channel.stop()
    thread = channel.general.thread("begun meanwhile", owner=channel.ann)
    await channel.say_elsewhere("echo in a channel")
    await channel.discord.say(thread, channel.ann, f"{channel.mention}echo in a thread")
    await channel.start()
    await eventually(lambda: channel.shown_elsewhere() == ["in a channel"])
    await eventually(lambda: channel.shown_in(thread) == ["in a thread"])


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
        await eventually(lambda: len(stage.shown()) == 3 and "“Annie: one”" in stage.shown()[-1])
        refusal, first = sorted(stage.shown()[:2], key=lambda text: text != sentences.NOT_ALLOWED)
        assert refusal == sentences.NOT_ALLOWED, "which waits for no answer"
        assert "no earlier turns" in first


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
    stage.channels = "threads"
    async with stage:
        await eventually(lambda: kept.upto() >= 0)
        for word in ("one", "secret"):
            await stage.say(f"echo {word}")
        one, secret = stage.questions
        await eventually(lambda: (stage.shown_on(one), stage.shown_on(secret)) == (["one"], ["secret"]))
        stage.here = discord.state.channels[secret.id]
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


async def test_missed_replies_go_on_where_each_mention_begins_a_conversation(
    standin: StandIn, database: str, discord: FakeDiscord, kept: Kept
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.channels = "replies"
    async with stage:
        await stage.say("one")
        await stage.hears("no earlier turns")
        await kept.all_of(stage)
        await stage.stop()
        await stage.reply_to("two", 0)
        await stage.say("echo three")
        await stage.start()
        await eventually(lambda: len(stage.shown()) == 3)
        answers = {each.reference: each for each in discord.answers(stage.here)}
        two, three = (answers[question.id] for question in stage.questions[1:])
        await eventually(lambda: "last question was “Ann: one”" in two.content and three.content == "three")
        await stage.type_command("forget")
        await stage.told(await discord.press(discord.whispers(stage.ann)[-1], stage.ann, sentences.FORGET_YES))
        before = len(stage.shown())
        await kept.all_of(stage)
        await stage.stop()
        await stage.say("four")
        await stage.start()
        await eventually(lambda: len(stage.shown()) == before + 1)
        await eventually(lambda: "no earlier turns" in stage.shown()[-1])
