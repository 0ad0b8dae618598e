"""Discord where the bot is no member: everything is answered through the interaction, as long as its token is good."""

import pytest

from adapters.discord.interaction_tokens import HELD_SECONDS
from adapters.discord.sentences import NO_MEMBER
from adapters.sandbox.discord import Channel, FakeDiscord, Interaction
from adapters.sandbox.discord.requests import Request
from adapters.sandbox.qwen.generated_media import png
from bridge.access import Limits
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually


@pytest.fixture
async def outside(channel: DiscordStage) -> tuple[DiscordStage, Channel]:
    channel.discord.install(channel.ann)
    await eventually(lambda: channel.discord.commands)
    return channel, channel.discord.foreign_guild().channel("elsewhere")


async def ask(stage: DiscordStage, where: Channel, question: str) -> Interaction:
    return await stage.discord.command(where, stage.ann, "ask", {"question": question})


def words(used: Interaction) -> list[str]:
    """What came of it, and is there."""
    return [message.content for message in used.messages if not message.deleted and not message.thinking]


def refused(stage: DiscordStage) -> list[Request]:
    """The requests that Discord has refused as those of nobody it knows."""
    return [asked for asked in stage.discord.requests if asked.status == 401]


async def test_the_answer_is_the_response(outside: tuple[DiscordStage, Channel]) -> None:
    stage, where = outside
    used = await ask(stage, where, "echo out here")
    await eventually(lambda: words(used) == ["out here"])
    assert used.deferred
    used = await ask(stage, where, "and then?")
    await eventually(lambda: "I see 1 earlier turn; your last question was “echo out here”" in "".join(words(used)))


async def test_help_tells_only_what_can_be_done_there(outside: tuple[DiscordStage, Channel]) -> None:
    stage, where = outside
    said = await stage.discord.answer(await stage.discord.command(where, stage.ann, "help"))
    assert said.content.startswith(NO_MEMBER)
    for line in (sentences.GUIDE_REPLY, sentences.GUIDE_EDIT, sentences.GUIDE_FILES):
        assert line not in said.content
    assert sentences.GUIDE_BUTTONS in said.content


async def test_who_has_no_question_left_is_told_once_and_then_sees_a_mark(
    outside: tuple[DiscordStage, Channel],
) -> None:
    stage, where = outside
    await stage.stop()
    stage.limits = Limits(day=1)
    await stage.start()
    one, two = await ask(stage, where, "echo one"), await ask(stage, where, "echo two")
    await eventually(lambda: words(one) + words(two) == ["one", sentences.BUDGET_SPENT.format(time="24 h")])
    three = await ask(stage, where, "echo three")
    await eventually(lambda: words(three) == ["⏳"])


async def test_people_have_conversations_of_their_own(outside: tuple[DiscordStage, Channel]) -> None:
    stage, where = outside
    used = await ask(stage, where, "echo anns")
    await eventually(lambda: words(used) == ["anns"])
    bob = stage.person("bob")
    stage.discord.install(bob)
    used = await stage.discord.command(where, bob, "ask", {"question": "one"})
    await eventually(lambda: "no earlier turns" in "".join(words(used)))


async def test_a_long_answer_goes_on_in_followups(outside: tuple[DiscordStage, Channel]) -> None:
    stage, where = outside
    used = await ask(stage, where, "lorem 6000")
    await eventually(lambda: len(words(used)) >= 4 and used.messages[-1].buttons and "▍" not in words(used)[-1])
    assert used.followups == len(words(used)) - 1
    used = await ask(stage, where, "lorem 30000")
    await eventually(lambda: used.response and used.response.attachments and len(words(used)) == 1)


async def test_buttons_work_also_when_the_first_token_is_over(outside: tuple[DiscordStage, Channel]) -> None:
    stage, where = outside
    answers = iter(["first words", "second words"])
    stage.standin.reply = lambda prompt, earlier: next(answers)
    used = await ask(stage, where, "one")
    await eventually(lambda: words(used) == ["first words"] and used.messages[0].buttons)
    await stage.stop()
    await stage.start()
    await stage.discord.press(used.messages[0], stage.ann, f"🔄 {sentences.REGENERATE}")
    await eventually(lambda: words(used) == ["second words"])


async def test_an_answer_that_comes_too_late_is_told_of_in_private_and_harms_nothing(
    outside: tuple[DiscordStage, Channel],
) -> None:
    stage, where = outside
    stage.standin.hold_after = 2
    used = await ask(stage, where, "one")
    await eventually(lambda: stage.standin.held and words(used))
    before = words(used)
    stage.discord.interactions.token_seconds = 0
    stage.standin.release()
    stage.standin.hold_after = None
    await stage.say("echo meanwhile")
    await stage.hears("meanwhile")
    assert words(used) == before
    await eventually(lambda: stage.shown_in(stage.discord.dm(stage.ann)) == [sentences.NOT_WRITTEN])
    await ask(stage, where, "the next one")
    await eventually(lambda: "the next one" in str(stage.standin.requests[-1].body))


async def test_an_expired_token_holds_up_nothing_in_the_same_place(outside: tuple[DiscordStage, Channel]) -> None:
    """Discord refuses it with 401, like a bot's token that was reset, for which the bot waits."""
    stage, where = outside
    stage.standin.hold_after = 2
    used = await ask(stage, where, "echo one two three four five six seven")
    await eventually(lambda: stage.standin.held and words(used))
    used.began -= HELD_SECONDS + 60
    shown = words(used)
    stage.standin.hold_after = None
    stage.standin.release()
    later = await ask(stage, where, "echo the next one")
    await eventually(lambda: words(later) == ["the next one"])
    assert words(used) == shown
    assert len(refused(stage)) <= 3  # a growing text, the whole one, and a sentence in its place


async def test_what_a_restart_interrupts_cannot_be_shown(outside: tuple[DiscordStage, Channel]) -> None:
    stage, where = outside
    stage.standin.hold_after = 0
    await ask(stage, where, "one")
    await eventually(lambda: stage.standin.held)
    await stage.stop()
    stage.standin.hold_after = None
    await stage.start()
    used = await ask(stage, where, "echo two")
    await eventually(lambda: words(used) == ["two"])


async def test_a_message_of_others_is_asked_about(outside: tuple[DiscordStage, Channel]) -> None:
    stage, _ = outside
    between = stage.discord.conversation(stage.ann, stage.person("bob"))
    said = await stage.discord.say(between, stage.person("bob"), "seven bridges")
    used = await stage.discord.menu(said, stage.ann, sentences.ASK_QWEN)
    await eventually(lambda: sentences.LOOK_AT in "".join(words(used)))


async def test_ask_is_answered_by_the_response_where_the_bot_may_not_write(
    channel: DiscordStage, discord: FakeDiscord
) -> None:
    await eventually(lambda: discord.commands)
    channel.here.forbidden = True
    used = await ask(channel, channel.here, "echo by the way")
    await eventually(lambda: words(used) == ["by the way"])


async def test_a_picture_is_a_followup_below_the_words(outside: tuple[DiscordStage, Channel]) -> None:
    stage, where = outside
    used = await ask(stage, where, "draw a red cat")
    await eventually(lambda: used.followups == 1 and used.messages[-1].buttons)
    text, picture = [message for message in used.messages if not message.deleted]
    assert "Here it is: a red cat." in text.content
    assert [(file.description, file.content) for file in picture.attachments] == [("a red cat", png())]
    await stage.discord.press(picture, stage.ann, f"🔄 {sentences.REGENERATE}")
    await eventually(lambda: "2/2" in [button.label for button in picture.buttons])
    assert len(words(used)) == 2
    assert len(picture.attachments) == 1
