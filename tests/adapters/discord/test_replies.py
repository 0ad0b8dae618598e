"""With DISCORD_CHANNELS=replies each mention in a channel begins a conversation beside the others."""

from collections.abc import AsyncIterator

import pytest

from adapters.discord.sentences import MENTION_BEGINS_CONVERSATION
from adapters.sandbox.discord import FakeDiscord, Message
from adapters.sandbox.qwen import StandIn
from bridge.i18n import sentences
from bridge.model import Options
from tests.adapters.stages import DiscordStage
from tests.harness import rows
from tests.waiting import eventually

LONG = "echo slowly " + "word " * 30


@pytest.fixture
async def stage(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    discord.message_content = True
    opened = DiscordStage(standin, database, discord, "channel")
    opened.channels = "replies"
    async with opened:
        yield opened


def answers_to(stage: DiscordStage, question: Message) -> list[Message]:
    """The bot's messages that reply to this question."""
    return [message for message in stage.discord.answers(stage.here) if message.reference == question.id]


async def asked(stage: DiscordStage, text: str, expected: str, by: str = "", to: Message | None = None) -> Message:
    """Mention the bot, perhaps in a reply, and return the question when its answer holds the words."""
    question = await stage.discord.say(stage.here, stage.person(by), f"{stage.mention}{text}", reply_to=to)
    await told(stage, question, expected)
    return question


async def told(stage: DiscordStage, question: Message, expected: str) -> Message:
    """Wait until the answer to a question holds the words, and has its last buttons; return it."""

    def answer() -> list[Message]:
        whole = [each for each in answers_to(stage, question) if each.buttons and "Stop" not in each.buttons[0].label]
        return [each for each in whole if expected in each.content]

    return (await eventually(answer))[0]


async def test_help_tells_what_a_mention_begins(stage: DiscordStage) -> None:
    assert f"{MENTION_BEGINS_CONVERSATION}\n\n- " in await stage.type_command("help")


async def test_mentions_are_answered_beside_each_other(stage: DiscordStage) -> None:
    stage.standin.hold_after = 2
    slow = await stage.discord.say(stage.here, stage.ann, f"{stage.mention}{LONG}")
    await eventually(lambda: stage.standin.held)
    stage.standin.hold_after = None
    await asked(stage, "two", "no earlier turns", "bob")
    stage.standin.release()
    await told(stage, slow, "word word")


async def test_replies_to_an_answer_or_to_its_question_go_on_from_there(stage: DiscordStage) -> None:
    one = await asked(stage, "one", "no earlier turns")
    two = await asked(stage, "two", "no earlier turns")
    answer = await told(stage, one, "")
    three = await asked(stage, "three", "your last question was “Ann: one”", "bob", to=answer)
    await asked(stage, "four", "your last question was “Ann: two”", "bob", to=two)
    await asked(stage, "five", "2 earlier turns; your last question was “Bob: three”", to=three)
    await asked(stage, "six", "1 earlier turn; your last question was “Ann: one”", to=one)
    assert len(stage.standin.chats) == 2


async def test_a_reply_to_what_asks_nobody_begins_a_conversation_about_it(stage: DiscordStage) -> None:
    said = await stage.discord.say(stage.here, stage.person("bob"), "bridges are old")
    await asked(stage, "is it so?", "bridges are old", to=said)


async def test_what_a_restart_interrupted_is_answered_beside_each_other(stage: DiscordStage) -> None:
    stage.standin.hold_after = 1
    questions = [await stage.discord.say(stage.here, stage.ann, f"{stage.mention}{LONG}{n}") for n in range(2)]
    await eventually(lambda: stage.standin.held == 2)
    stage.standin.hold_after = None
    await stage.restart(Options())
    for question in questions:
        await told(stage, question, "word word")
        assert len(answers_to(stage, question)) == 1


async def test_edits_buttons_and_deletions_keep_to_their_conversation(stage: DiscordStage) -> None:
    one = await asked(stage, "one", "no earlier turns")
    two = await asked(stage, "echo two", "two")
    await stage.discord.edit(one, f"{stage.mention}echo one, edited")
    answer = await told(stage, one, "one, edited")
    assert await stage.press("Regenerate", answer=stage.discord.answers(stage.here).index(answer)) == ""
    await eventually(lambda: any("2/2" in button.label for button in answers_to(stage, one)[0].buttons))
    await asked(stage, "and?", "your last question was “Ann: echo one, edited”", to=answers_to(stage, one)[0])
    await stage.discord.delete(two)
    await eventually(lambda: not answers_to(stage, two))
    assert answers_to(stage, one)


async def test_a_paste_and_a_forward_with_its_comment_are_one_question(stage: DiscordStage) -> None:
    full = f"{stage.mention}echo ".ljust(2000, "a")
    first = await stage.discord.say(stage.here, stage.ann, full)
    await stage.discord.say(stage.here, stage.ann, "and the rest")
    await eventually(lambda: any("and the rest" in text for text in stage.shown()))
    assert answers_to(stage, first)
    assert len(stage.standin.chats) == 1
    said = await stage.discord.say(stage.elsewhere, stage.person("bob"), "bridges are old")
    await stage.discord.say(stage.here, stage.ann, "", forward=said)
    await asked(stage, "is it so?", "bridges are old")
    assert len(stage.standin.chats) == 2


async def test_a_proxied_question_is_gone_on_from(stage: DiscordStage, database: str) -> None:
    one = await asked(stage, "one", "no earlier turns")
    again = await stage.discord.say(stage.here, stage.discord.user("luna", bot=True), one.content, webhook=True)
    await stage.discord.delete(one)
    await eventually(lambda: (again.id,) in rows(database, "SELECT message FROM messages"))
    await asked(stage, "two", "your last question was “Ann: one”", to=again)


async def test_slash_commands_are_for_the_whole_channel(stage: DiscordStage) -> None:
    await asked(stage, "one", "no earlier turns", "bob")
    await stage.type_command("system", "be brief")
    two = await asked(stage, "two", "", "bob")
    assert "be brief" in str(stage.standin.requests[-1].body)
    await asked(stage, "three", "", to=two)
    assert "be brief" not in str(stage.standin.requests[-1].body), "it is said once in a conversation"
    stage.standin.hold_after = 1
    people = (stage.ann, stage.person("bob"))
    slow = [await stage.discord.say(stage.here, each, f"{stage.mention}{LONG}") for each in people]
    await eventually(lambda: stage.standin.held == 2)
    stage.standin.hold_after = None
    await stage.type_command("stop", by="bob")
    await told(stage, slow[1], sentences.STOPPED)
    stage.standin.release()
    await told(stage, slow[0], "word word")


async def test_a_question_by_command_is_answered_beside_the_others(stage: DiscordStage) -> None:
    stage.standin.hold_after = 1
    slow = await stage.discord.say(stage.here, stage.ann, f"{stage.mention}{LONG}")
    await eventually(lambda: stage.standin.held)
    stage.standin.hold_after = None
    await eventually(lambda: stage.discord.commands)
    await stage.discord.command(stage.here, stage.person("bob"), "ask", {"question": "echo beside"})
    await eventually(lambda: "beside" in stage.shown())
    stage.standin.release()
    await told(stage, slow, "word word")


async def test_so_many_of_one_person_wait_in_a_channel_and_no_more(stage: DiscordStage, database: str) -> None:
    stage.standin.hold_after = 1
    waiting = [await stage.discord.say(stage.here, stage.ann, f"{stage.mention}{LONG}{n}") for n in range(5)]
    await eventually(lambda: rows(database, "SELECT count(*) FROM turns") == [(5,)])
    refused = await stage.discord.say(stage.here, stage.ann, f"{stage.mention}one more")
    full = sentences.OWN_LINE_FULL.many.format(count=5)
    await eventually(lambda: [each.content for each in answers_to(stage, refused)] == [full])
    stage.standin.hold_after = None
    stage.standin.release()
    for question in waiting:
        await told(stage, question, "word word")


async def test_threads_and_direct_messages_are_conversations_as_ever(stage: DiscordStage) -> None:
    stage.here = stage.general.thread("a thread", owner=stage.ann)
    await asked(stage, "one", "no earlier turns")
    await asked(stage, "two", "1 earlier turn")
