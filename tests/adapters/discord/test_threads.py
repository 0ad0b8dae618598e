"""With DISCORD_CHANNELS=threads a mention in a channel is answered in a thread on it."""

from collections.abc import AsyncIterator

import pytest

from adapters.discord.sentences import MENTION_BEGINS_THREAD, THREAD, THREAD_WITHOUT_MENTION
from adapters.sandbox.discord import FakeDiscord, Message, Permission
from adapters.sandbox.qwen import StandIn
from bridge.access import Access
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually


@pytest.fixture
async def stage(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    opened = DiscordStage(standin, database, discord, "channel")
    opened.channels = "threads"
    async with opened:
        yield opened


async def hears_on(stage: DiscordStage, question: Message, *texts: str) -> None:
    """Until the bot's messages in the thread on a question are so many, and hold these texts."""

    def heard() -> bool:
        shown = stage.shown_on(question)
        return len(shown) == len(texts) and all(text in it for text, it in zip(texts, shown, strict=True))

    await eventually(heard)


async def test_help_tells_in_each_place_what_a_mention_begins(stage: DiscordStage) -> None:
    assert f"{MENTION_BEGINS_THREAD}\n\n- " in await stage.type_command("help")
    stage.here = stage.general.thread("a thread", owner=stage.ann)
    assert f"{THREAD}\n\n- " in await stage.type_command("help")
    await stage.stop()
    stage.discord.message_content = True
    await stage.start()
    assert f"{THREAD} {THREAD_WITHOUT_MENTION}\n\n- " in await stage.type_command("help")


async def test_each_mention_gets_a_thread_in_which_the_conversation_goes_on(stage: DiscordStage) -> None:
    await stage.say("one")
    await stage.say("two")
    one, two = stage.questions
    await hears_on(stage, two, "no earlier turns")
    await hears_on(stage, one, "no earlier turns")
    thread = stage.discord.state.channels[one.id]
    await stage.discord.say(thread, stage.ann, f"{stage.mention}three")
    await hears_on(stage, one, "", "I see 1 earlier turn; your last question was “Ann: one”")
    assert thread.name == "one"
    assert stage.shown() == []


async def test_a_question_is_edited_and_deleted_where_it_stands(stage: DiscordStage) -> None:
    await stage.say("one")
    await hears_on(stage, stage.questions[0], "no earlier turns")
    await stage.edit_question("echo another one")
    await hears_on(stage, stage.questions[0], "another one")
    await stage.discord.delete(stage.questions[0])
    await hears_on(stage, stage.questions[0])


async def test_where_no_thread_can_be_begun_the_channel_is_answered(stage: DiscordStage) -> None:
    stage.here.deny(Permission.CREATE_PUBLIC_THREADS)
    await stage.say("one")
    await stage.hears("no earlier turns")
    stage.here.allow(Permission.CREATE_PUBLIC_THREADS)
    await stage.reply_to("two", 0)
    await stage.hears("", "1 earlier turn")
    await stage.say("echo three")
    await hears_on(stage, stage.questions[-1], "three")


async def test_who_may_not_talk_gets_no_thread(stage: DiscordStage) -> None:
    await stage.stop()
    stage.access = Access(deny=frozenset({f"discord:user:{stage.ann.id}"}))
    await stage.start()
    await stage.say("one")
    await stage.hears(sentences.NOT_ALLOWED)
    assert stage.questions[0].id not in stage.discord.state.channels
