"""The Discord adapter: the contract in a channel, a thread and a direct message, and what only Discord has."""

from collections.abc import AsyncIterator

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.sentences import HIDDEN
from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from bridge import CannotStart
from bridge.i18n import sentences
from tests.actions_contract import ActionsContract
from tests.adapters.stages import DiscordStage
from tests.contract import SharedContract
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture(params=["channel", "thread", "dm"])
async def stage(
    request: pytest.FixtureRequest, standin: StandIn, database: str, discord: FakeDiscord
) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(standin, database, discord, request.param) as opened:
        yield opened


class TestContract(SharedContract, ActionsContract):
    """The contract, on Discord."""


async def test_the_answer_replies_to_the_question_and_pings_nobody(channel: DiscordStage) -> None:
    bob = channel.discord.user("bob")
    channel.guild.join(bob)
    text = f"{channel.mention}echo @everyone {bob.mention} <@&{channel.guild.id}> https://example.com/?q=1"
    question = await channel.discord.say(channel.here, channel.ann, text)
    await channel.hears("@\u2060everyone")
    (answer,) = channel.discord.answers(channel.here)
    assert answer.reference == question.id
    assert answer.pinged == []
    assert not answer.shows_previews


async def test_a_mention_of_somebody_else_is_read_by_name(channel: DiscordStage) -> None:
    bob = channel.discord.user("bob")
    channel.guild.join(bob)
    await channel.say(f"echo who is {bob.mention}?")
    await channel.hears("who is @Bob?")


async def test_no_message_is_longer_than_discord_takes(channel: DiscordStage) -> None:
    await channel.say("lorem 5000")
    await eventually(lambda: len(channel.shown()) >= 3)
    await eventually(lambda: not any("▍" in text for text in channel.shown()))
    assert all(request.status < 400 for request in channel.discord.requests)


async def test_a_mention_of_the_bots_own_role_counts(channel: DiscordStage) -> None:
    channel.discord.message_content = True
    await channel.stop()
    await channel.start()
    role = next(role for role in channel.guild.roles if role.bot_id)
    await channel.discord.say(channel.here, channel.ann, f"<@&{role.id}> echo by role")
    assert await channel.hears("by role") == ["by role"]


async def test_a_role_mention_that_discord_hides_gets_a_hint(channel: DiscordStage) -> None:
    role = next(role for role in channel.guild.roles if role.bot_id)
    await channel.discord.say(channel.here, channel.ann, f"<@&{role.id}> echo by role")
    await channel.hears(HIDDEN)


async def test_a_reply_to_the_bot_counts(channel: DiscordStage) -> None:
    await channel.say("echo first")
    await channel.hears("first")
    (answer,) = channel.discord.answers(channel.here)
    await channel.discord.say(channel.here, channel.ann, "echo second", reply_to=answer)
    await channel.hears("first", "second")


async def test_a_reply_without_ping_gets_a_hint(channel: DiscordStage) -> None:
    await channel.say("echo first")
    await channel.hears("first")
    (answer,) = channel.discord.answers(channel.here)
    await channel.discord.say(channel.here, channel.ann, "echo second", reply_to=answer, ping=False)
    await channel.hears("first", HIDDEN)


async def test_a_thread_needs_no_mention_where_the_bot_may_read(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    discord.message_content = True
    async with DiscordStage(standin, database, discord, "thread") as stage:
        bob = discord.user("bob")
        stage.guild.join(bob)
        await discord.say(stage.here, stage.ann, "echo before the bot took part")
        await stage.say("echo with a mention")
        await stage.hears("with a mention")
        await discord.say(stage.here, stage.ann, "echo without")
        await stage.hears("with a mention", "without")
        bobs = await discord.say(stage.here, bob, f"echo {stage.ann.mention} between us")
        await discord.say(stage.here, stage.ann, "echo also between us", reply_to=bobs)
        await discord.say(stage.general, stage.ann, "echo in the channel")
        await discord.say(stage.here, stage.ann, "echo again")
        await stage.hears("with a mention", "without", "again")
        assert discord.answers(stage.general) == []


async def test_a_paste_that_became_a_file_is_read(standin: StandIn, database: str, discord: FakeDiscord) -> None:
    async with DiscordStage(standin, database, discord, "dm") as stage:
        await discord.paste(stage.here, stage.ann, "echo " + "long " * 700 + "end")
        await eventually(lambda: "".join(stage.shown()).rstrip().endswith("end"))
        assert "".join(stage.shown()).count("long") == 700


async def test_a_paste_that_is_too_long_is_refused_in_one_sentence(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    async with DiscordStage(standin, database, discord, "dm") as stage:
        await discord.paste(stage.here, stage.ann, "字" * 60_000)
        await stage.hears("That's too long for one question: it's about 180 kB")
        await discord.paste(stage.here, stage.ann, "echo " + "x" * 100_000)
        await stage.say("echo and on it goes")
        await eventually(lambda: "and on it goes" in stage.shown())


async def test_pictures_and_documents_are_shown_to_qwen(channel: DiscordStage) -> None:
    files = [("bridges.txt", b"seven bridges"), ("cat.png", PNG)]
    await channel.discord.say(channel.here, channel.ann, f"{channel.mention} what is it?", attachments=files)
    (answer,) = await channel.hears("bridges.txt")
    assert "seven bridges" in answer
    assert "cat.png" in answer


async def test_a_picture_without_words_is_asked_about(channel: DiscordStage) -> None:
    await channel.discord.say(channel.here, channel.ann, channel.mention, attachments=[("cat.png", PNG)])
    await channel.hears(sentences.LOOK)


async def test_what_qwen_does_not_take_is_refused_in_one_sentence(channel: DiscordStage) -> None:
    packed = [("all.zip", b"PK\3\4 and more\0")]
    await channel.discord.say(channel.here, channel.ann, f"{channel.mention} look", attachments=packed)
    (answer,) = await channel.hears("")
    assert "\n" not in answer
    await channel.say("echo then")
    await channel.hears("", "then")


async def test_a_voice_message_gets_a_hint(channel: DiscordStage) -> None:
    here = channel.discord.dm(channel.ann)
    await channel.discord.say(here, channel.ann, "", attachments=[("voice.ogg", b"ogg")], voice_seconds=2.0)
    await eventually(lambda: [m.content for m in channel.discord.answers(here)] == [sentences.VOICE])


async def test_a_deleted_answer_is_shown_anew(channel: DiscordStage) -> None:
    channel.standin.hold_after = 1
    await channel.say("echo " + "word " * 20)
    await eventually(lambda: channel.shown() and channel.standin.held)
    await channel.discord.delete(channel.discord.answers(channel.here)[0])
    channel.standin.release()
    await channel.hears("word word")


async def test_a_channel_that_is_closed_to_the_bot_does_not_stop_the_others(channel: DiscordStage) -> None:
    channel.here.forbidden = True
    await channel.say("echo unseen")
    await channel.say_elsewhere("echo seen")
    await eventually(lambda: channel.shown_elsewhere() == ["seen"])
    channel.here.forbidden = False
    await channel.say("echo back")
    await channel.hears("back")


async def test_messages_of_a_resumed_session_are_answered_once(channel: DiscordStage) -> None:
    await channel.say("echo before")
    await channel.hears("before")
    await channel.discord.drop_gateway()
    await channel.say("echo meanwhile")
    await channel.discord.connected()
    await channel.say("echo after")
    await channel.hears("before", "meanwhile", "after")


async def test_rate_limits_of_discord_lose_nothing(channel: DiscordStage) -> None:
    channel.discord.limit(sends=(2, 1.0), edits=(2, 1.0))
    for word in ("one", "two", "three", "four"):
        await channel.say(f"echo {word}")
    assert await channel.hears("one", "two", "three", "four") == ["one", "two", "three", "four"]


async def test_a_refused_token_names_the_variable(standin: StandIn, database: str, discord: FakeDiscord) -> None:
    adapter = DiscordAdapter("MTAw.wrong.token", discord.api_url, discord.gateway_url)
    with pytest.raises(CannotStart, match="Discord refuses DISCORD_BOT_TOKEN"):
        await adapter.__aenter__()


async def test_an_outage_at_the_start_is_said_once_and_waited_out(
    standin: StandIn, database: str, discord: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    discord.fault("GET", "/users/@me", status=503, times=1)
    async with DiscordStage(standin, database, discord, "channel") as stage:
        await stage.say("echo at last")
        await stage.hears("at last")


async def test_an_event_that_cannot_be_read_costs_neither_the_connection_nor_what_is_said(
    channel: DiscordStage,
) -> None:
    (session,) = channel.discord.gateway.live
    for event in ("MESSAGE_CREATE", "MESSAGE_DELETE", "GUILD_CREATE", "INTERACTION_CREATE"):
        session.dispatch(event, {"id": "?", "channel_id": None, "author": []})
    await channel.say("echo sound")
    await channel.hears("sound")
    assert channel.discord.gateway.identifies == 1
