"""What a question on Discord brings with it: quotes, forwards, threads, pastes; and what becomes of deleted ones."""

import pytest

from adapters.sandbox.discord import FakeDiscord, Permission
from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.qwen import StandIn
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def asked(stage: DiscordStage) -> str:
    """Return what Qwen was asked last."""
    return str(stage.standin.requests[-1].body["messages"][0]["content"])


async def reading(stage: DiscordStage) -> None:
    """The bot may read everything from now on."""
    stage.discord.message_content = True
    await stage.stop()
    await stage.start()


async def test_what_somebody_else_wrote_is_quoted(channel: DiscordStage) -> None:
    await reading(channel)
    bobs = await channel.discord.say(channel.here, channel.person("bob"), "seven\nbridges")
    await channel.discord.say(channel.here, channel.ann, f"{channel.mention}is that so?", reply_to=bobs)
    await channel.hears("")
    assert asked(channel) == "Bob wrote:\n> seven\n> bridges\n\nAnn: is that so?"


async def test_a_quote_that_discord_hides_is_no_quote(channel: DiscordStage) -> None:
    bobs = await channel.discord.say(channel.here, channel.person("bob"), "seven bridges")
    await channel.discord.say(channel.here, channel.ann, f"{channel.mention}is that so?", reply_to=bobs)
    await channel.hears("")
    assert asked(channel) == "Ann: is that so?"


async def test_a_bare_mention_under_somebody_s_words_asks_about_them(channel: DiscordStage) -> None:
    await reading(channel)
    bobs = await channel.discord.say(channel.here, channel.person("bob"), "seven bridges")
    await channel.discord.say(channel.here, channel.ann, channel.mention, reply_to=bobs)
    await channel.hears("")
    assert asked(channel) == f"Bob wrote:\n> seven bridges\n\nAnn: {sentences.LOOK_AT}"


async def test_of_a_message_that_is_replied_to_qwen_is_shown_the_pictures(channel: DiscordStage) -> None:
    await reading(channel)
    files = [("cat.png", PNG), ("film.mp4", b"\0\0\0\x18ftypmp42 and more")]
    bobs = await channel.discord.say(channel.here, channel.person("bob"), "", attachments=files)
    await channel.discord.say(channel.here, channel.ann, f"{channel.mention} what is that?", reply_to=bobs)
    await channel.hears("cat.png")
    assert sum(request.method == "PUT" for request in channel.standin.requests) == 1
    assert asked(channel) == "Bob wrote:\n> Video: film.mp4\n\nAnn: what is that?"


async def test_forwarded_words_count(channel: DiscordStage) -> None:
    here = channel.discord.dm(channel.ann)
    bobs = await channel.discord.say(channel.here, channel.person("bob"), "echo forwarded")
    await channel.discord.say(here, channel.ann, "", forward=bobs)
    await eventually(lambda: channel.shown_in(here))
    assert asked(channel) == f"Forwarded message:\n> echo forwarded\n\n{sentences.LOOK_AT}"


async def test_a_thread_that_was_begun_on_an_answer_goes_on_from_it(channel: DiscordStage) -> None:
    await channel.say("one")
    await channel.hears("no earlier turns")
    await channel.say("two")
    await channel.hears("", "1 earlier turn")
    (first, _) = channel.discord.answers(channel.here)
    thread = channel.here.thread("a thread", channel.ann, message=first)
    await channel.discord.say(thread, channel.ann, f"{channel.mention}three")
    await eventually(lambda: channel.shown_in(thread))
    assert "User: Ann: one" in asked(channel)
    assert "two" not in asked(channel)


@pytest.mark.parametrize("reads", [True, False])
async def test_a_paste_in_two_messages_is_one_question(
    standin: StandIn, database: str, discord: FakeDiscord, *, reads: bool
) -> None:
    discord.message_content = reads
    async with DiscordStage(standin, database, discord, "channel" if reads else "dm") as stage:
        first = f"{stage.mention}echo ".ljust(2000, "a")
        await discord.say(stage.here, stage.ann, first)
        if reads:
            await discord.say(stage.here, stage.person("bob"), "b" * 30)
        await discord.say(stage.here, stage.ann, "c" * 30)
        await eventually(lambda: stage.shown() and stage.shown()[-1].endswith("c" * 30))
        assert len(standin.chats) == 1
        assert "b" * 30 not in "".join(stage.shown())


async def test_a_deleted_question_takes_its_answer_along(channel: DiscordStage) -> None:
    channel.standin.hold_after = 2
    await channel.say("one")
    await eventually(lambda: channel.standin.held and channel.shown())
    await channel.discord.delete(channel.questions[-1])
    await eventually(lambda: channel.shown() == [])
    channel.standin.hold_after = None
    for word in ("two", "three"):
        await channel.say(f"echo {word}")
    await channel.hears("two", "three")
    await channel.discord.purge(*channel.questions[-2:])
    await eventually(lambda: channel.shown() == [])


async def test_a_mention_that_is_edited_in_asks_nothing(channel: DiscordStage) -> None:
    said = await channel.discord.say(channel.here, channel.ann, "echo no")
    await channel.discord.edit(said, f"{channel.mention}echo no")
    await channel.say("echo yes")
    assert await channel.hears("yes") == ["yes"]


async def test_an_edit_that_takes_the_mention_away_is_hidden_and_changes_nothing(channel: DiscordStage) -> None:
    await channel.say("echo one")
    await channel.hears("one")
    await channel.discord.edit(channel.questions[-1], "echo two")
    await channel.say("echo three")
    await channel.hears("one", "three")


async def test_a_question_that_waits_is_marked_until_its_turn(channel: DiscordStage) -> None:
    channel.discord.limit(reactions=(1000, 1.0))
    channel.standin.hold_after = 2
    await channel.say("echo one two three four five")
    await eventually(lambda: channel.standin.held)
    await channel.say("echo six")
    await eventually(lambda: "👀" in channel.questions[-1].reactions)
    assert "👀" not in channel.questions[0].reactions
    channel.standin.hold_after = None
    channel.standin.release()
    await channel.hears("five", "six")
    await eventually(lambda: "👀" not in channel.questions[-1].reactions)


async def test_marks_that_discord_does_not_let_be_made_harm_nothing(channel: DiscordStage) -> None:
    channel.here.deny(Permission.ADD_REACTIONS)
    channel.standin.hold_after = 2
    await channel.say("echo one two three four five")
    await eventually(lambda: channel.standin.held)
    await channel.say("echo six")
    channel.standin.hold_after = None
    channel.standin.release()
    await channel.hears("five", "six")
    asked = [request.method for request in channel.discord.requests if "/reactions/" in request.path]
    assert asked == ["PUT"]  # what was refused is not taken off


async def test_an_archived_thread_comes_back_and_a_locked_or_deleted_one_harms_nothing(channel: DiscordStage) -> None:
    thread = channel.here.thread("a thread", channel.ann)
    for locked in (False, True):
        channel.standin.hold_after = 1
        await channel.discord.say(thread, channel.ann, f"{channel.mention}echo {'word ' * 9}")
        await eventually(lambda: channel.standin.held)
        thread.archive(locked=locked)
        channel.standin.hold_after = None
        channel.standin.release()
        if not locked:
            await eventually(lambda: channel.shown_in(thread) and "▍" not in channel.shown_in(thread)[-1])
    thread.archive(archived=False, locked=False)
    await channel.discord.remove(thread)
    await channel.say("echo goes on")
    await channel.hears("goes on")


async def test_being_thrown_out_harms_nobody_else(channel: DiscordStage) -> None:
    other = channel.discord.guild("other")
    there = other.channel("there")
    channel.standin.hold_after = 1
    await channel.discord.say(there, channel.ann, f"{channel.discord.bot.mention} echo {'word ' * 9}")
    await eventually(lambda: channel.standin.held)
    await channel.discord.expel(other)
    channel.standin.hold_after = None
    channel.standin.release()
    await channel.say("echo goes on")
    await channel.hears("goes on")


async def test_a_channel_that_cannot_be_seen_for_a_while_is_answered_later(channel: DiscordStage) -> None:
    body: Payload = {"code": 50013, "message": "Missing Permissions"}
    channel.discord.fault("POST", "/channels/*/messages", status=403, body=body)
    channel.standin.hold_after = 2
    await channel.say("lorem 300")
    await eventually(lambda: channel.standin.held and not channel.discord.pending_faults)
    assert channel.shown() == []
    channel.standin.release()
    await channel.hears("Sentence 1")
