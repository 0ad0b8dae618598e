"""The contract of adapters: tests that each has to pass, whatever its platform, and the stages they need."""

import re
from abc import abstractmethod

import pytest

from adapters.sandbox.qwen import reply
from bridge.i18n import sentences
from bridge.model import Options
from bridge.streaming.chunks import MORE
from tests.stage import Stage
from tests.waiting import eventually

ODD = [
    "\u202eright to left\u202c \u0627\u0644\u0633\u0644\u0627\u0645",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 and Z\u0351\u036b\u0343\u036a\u0302algo",
    "`` unclosed ** markup [ and ``` fences | tables | <b>tags</b> &amp; \\",
    "\U0001d4b3" * 500,
]
"""Questions of mixed direction, joined emoji, open markup, and 500 code points of two UTF-16 units each."""


class Contract:
    """Tests with one person in one chat; a subclass brings the fixture `stage`."""

    async def test_what_is_addressed_is_answered_and_the_mention_is_taken_off(self, stage: Stage) -> None:
        await stage.say("echo hello there")
        assert await stage.hears("hello there") == ["hello there"]

    async def test_a_conversation_goes_on_from_question_to_question(self, stage: Stage) -> None:
        await stage.say("one")
        await stage.hears("I see no earlier turns.")
        await stage.say("two")
        await stage.hears(
            "", f"I see 1 earlier turn; your last question was “{stage.asked('one')}”, my last answer began “I see no"
        )

    async def test_questions_asked_at_once_are_answered_in_order(self, stage: Stage) -> None:
        for word in ("one", "two", "three"):
            await stage.say(word)
        await stage.hears(
            "no earlier turns",
            f"1 earlier turn; your last question was “{stage.asked('one')}”",
            "2 earlier turns; your last",
        )

    async def test_a_long_answer_arrives_whole_and_in_order(self, stage: Stage) -> None:
        expected = _sentences(reply("lorem 9000", []))
        await stage.say("lorem 9000")
        await eventually(lambda: _sentences("\n".join(stage.shown())) == expected)
        await eventually(lambda: not any(MORE.strip() in text for text in stage.shown()))
        assert _sentences("\n".join(stage.shown())) == expected

    async def test_a_conversation_survives_a_restart(self, stage: Stage) -> None:
        await stage.say("one")
        await stage.hears("no earlier turns")
        await stage.stop()
        await stage.start()
        await stage.say("two")
        await stage.hears("", f"I see 1 earlier turn; your last question was “{stage.asked('one')}”")

    async def test_an_interrupted_answer_says_so_and_is_completed_by_the_next_start(self, stage: Stage) -> None:
        await stage.say("one")
        await stage.hears("no earlier turns")
        stage.standin.hold_after = 2
        await stage.say("two")
        await eventually(lambda: stage.standin.held)
        await stage.stop()
        stage.standin.hold_after = None
        await stage.start()
        two = f"“{stage.asked('two')}”"
        await eventually(lambda: "Things to try" in stage.shown()[-1] and two in stage.shown()[-1])
        await stage.say("three")
        await eventually(lambda: f"I see 2 earlier turns; your last question was {two}" in stage.shown()[-1])
        assert [sentences.INTERRUPTED in text for text in stage.shown()].count(True) <= 1

    async def test_odd_text_is_answered_and_so_is_what_follows(self, stage: Stage) -> None:
        for text in ODD:
            await stage.say(text)
        await stage.say("echo after it all")
        await eventually(lambda: stage.shown()[-1:] == ["after it all"])
        assert len(stage.shown()) == len(ODD) + 1

    async def test_a_chat_that_qwen_lost_goes_on_in_a_new_one(self, stage: Stage) -> None:
        await stage.say("one")
        await stage.hears("no earlier turns")
        for chat_id in list(stage.standin.chats):
            stage.standin.forget(chat_id)
        await stage.say("two")
        await stage.hears("", "I see no earlier turns.")
        carried = str(stage.standin.requests[-1].body)
        assert f"User: {stage.asked('one')}" in carried
        assert "I see no earlier turns" in carried


class SharedContract(Contract):
    """Tests with several people and chats, and with a network that can fail; the fixture `stage` is a SharedStage."""

    async def test_what_is_not_addressed_is_ignored(self, stage: "SharedStage") -> None:
        await stage.say_to_nobody("echo no")
        await stage.say("echo yes")
        assert await stage.hears("yes") == ["yes"]
        assert stage.shown_elsewhere() == []

    async def test_other_bots_and_the_bot_itself_are_ignored(self, stage: "SharedStage") -> None:
        await stage.say_as_bot("echo no")
        await stage.say("echo yes")
        assert await stage.hears("yes") == ["yes"]

    async def test_places_are_separate_conversations(self, stage: "SharedStage") -> None:
        await stage.say("one")
        await stage.hears("no earlier turns")
        await stage.say_elsewhere("two")
        await eventually(lambda: "no earlier turns" in "".join(stage.shown_elsewhere()))
        await stage.say("three")
        await stage.hears("", f"I see 1 earlier turn; your last question was “{stage.asked('one')}”")

    async def test_an_interrupted_answer_is_completed_on_its_own_message(self, stage: "SharedStage") -> None:
        stage.standin.hold_after = 2
        await stage.say("one")
        await eventually(lambda: stage.standin.held and any(MORE.strip() in text for text in stage.shown()))
        await stage.stop()
        assert sentences.INTERRUPTED.strip("*") in stage.shown()[0]
        stage.standin.hold_after = None
        await stage.start()
        assert len(await stage.hears("Things to try")) == 1

    async def test_a_failed_edit_loses_nothing(self, stage: "SharedStage") -> None:
        stage.standin.pace = 0.02
        stage.break_edits()
        expected = _sentences(reply("lorem 1200", []))
        await stage.say("lorem 1200")
        await eventually(lambda: _sentences("\n".join(stage.shown())) == expected)
        assert len(stage.shown()) == 1
        assert stage.broken_edits() > 1

    async def test_it_is_typing_while_the_answer_is_awaited(self, stage: "SharedStage") -> None:
        stage.standin.hold_after = 0
        await stage.say("echo hello")
        await eventually(lambda: stage.typed() and stage.standin.held)
        assert stage.shown() == []
        stage.standin.release()
        await stage.hears("hello")

    async def test_it_says_what_is_being_done_until_the_answer_begins(
        self, stage: "SharedStage", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bridge.streaming.status_line.STATUS_AFTER_SECONDS", 0.01)
        monkeypatch.setattr("bridge.streaming.status_line.STATUS_SECONDS", 0.01)
        await stage.restart(Options(thinking=True, search=True))
        stage.standin.pace = 0.05
        stage.standin.hold_after = 0
        await stage.say("search cats")
        await eventually(lambda: any("Searching: cats … 0 s" in text for text in stage.shown()))
        await eventually(lambda: stage.standin.held and any("Thinking … 0 s" in text for text in stage.shown()))
        stage.standin.release()
        (answer,) = await stage.hears("One page speaks of it")
        assert "Thinking" not in answer
        assert "Searching" not in answer

    async def test_thoughts_and_sources_are_shown_with_the_answer_where_that_is_wanted(
        self, stage: "SharedStage"
    ) -> None:
        await stage.restart(Options(thinking=True, search=True, thought=True))
        await stage.say("search cats")
        (answer,) = await stage.hears("cats: page 3")
        assert answer.index("💭") < answer.index("I see no earlier turns") < answer.index("Sources")
        await stage.say("and now?")
        await eventually(lambda: "my last answer began “I see no earlier turns" in stage.shown()[-1])

    async def test_an_empty_message_gets_a_hint(self, stage: "SharedStage") -> None:
        await stage.say_nothing()
        await stage.hears(stage.hint)
        assert not stage.standin.chats
        await stage.say("echo then")
        await stage.hears(stage.hint, "then")


class SharedStage(Stage):
    """A stage with several people and chats, on a platform whose requests can fail.

    `hint`: what the bot says to a message without words.
    """

    hint: str = sentences.NOTHING_ASKED

    @abstractmethod
    async def say_to_nobody(self, text: str) -> None:
        """Send `text` to the chat without addressing the bot."""

    @abstractmethod
    async def say_as_bot(self, text: str) -> None:
        """Let another bot address `text` to the bot, and let the platform report a message of the bot itself."""

    @abstractmethod
    async def say_elsewhere(self, text: str) -> None:
        """Address `text` to the bot in another chat, as the same person."""

    @abstractmethod
    def shown_elsewhere(self) -> list[str]:
        """Return the texts of the bot's messages in the other chat, oldest first."""

    @abstractmethod
    async def say_nothing(self) -> None:
        """Address the bot with an empty message."""

    @abstractmethod
    def break_edits(self) -> None:
        """Let the platform refuse the next edits, each for another reason."""

    @abstractmethod
    def broken_edits(self) -> int:
        """Return how many edits the platform has refused."""

    @abstractmethod
    def typed(self) -> bool:
        """Tell whether the bot has shown that it is typing."""


def _sentences(text: str) -> list[str]:
    return re.findall(r"Sentence (\d+)", text)
