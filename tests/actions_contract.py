"""The contract of replies, edits, buttons and commands: tests that every platform's adapter has to pass."""

from abc import abstractmethod

from bridge.access import Access, Limits
from bridge.i18n import sentences
from tests.contract import SharedStage
from tests.waiting import eventually


class ActionsStage(SharedStage):
    """Lets people reply, edit, press buttons and type commands on one platform."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Return the bot's name, as people mention it."""

    @property
    @abstractmethod
    def word(self) -> str:
        """Return the usual person as an entry of ALLOW or DENY."""

    @abstractmethod
    def reactions(self) -> list[str]:
        """List the bot's reactions on the usual person's last question."""

    @abstractmethod
    def refuse_reactions(self) -> None:
        """Let the platform refuse every reaction from now on."""

    @abstractmethod
    def refused_reactions(self) -> int:
        """Return how many reactions the platform has refused."""

    @abstractmethod
    async def reply_to(self, text: str, answer: int) -> None:
        """Reply with `text` to the bot's message number `answer` (from 0, oldest first) in this chat."""

    @abstractmethod
    async def edit_question(self, text: str, number: int = -1) -> None:
        """Let the asker replace the text of question `number` (from 0; negative from the end) by `text`."""

    @abstractmethod
    async def unfurl_question(self, number: int = -1) -> None:
        """Let the platform add a link preview to question `number`, which it reports as an edit."""

    @abstractmethod
    async def press(self, label: str, *, answer: int = -1, by: str = "") -> str:
        """Press the button that `label` names under message number `answer`, as `by` (the asker where empty).

        Return the notice that only they see; "" without one.
        """

    @abstractmethod
    def buttons(self, answer: int = -1) -> list[str]:
        """List the labels of the buttons under the bot's message number `answer`."""

    @abstractmethod
    async def type_command(self, name: str, argument: str = "", *, by: str = "") -> str:
        """Type a command as `by` (the usual person where empty), and return the bot's reply to it."""

    @abstractmethod
    async def say_as(self, name: str, text: str) -> None:
        """Let the person called `name` address `text` to the bot in this chat."""

    @abstractmethod
    def asked(self, text: str) -> str:
        """See Stage.asked; where several people talk, their names stand before their questions."""


DENIED, LATER = ("🚫", "🙊"), ("⏳", "😴")
"""The reactions on messages that get no answer: each platform's."""

STOP, AGAIN, BACK = "⏹", "🔄", "◀"


class ActionsContract:
    """Tests of replies, edits, buttons and commands; a subclass brings the fixture `stage`."""

    async def test_a_reply_to_an_earlier_answer_goes_on_from_there(self, stage: ActionsStage) -> None:
        await stage.say("one")
        await stage.hears("no earlier turns")
        await stage.say("two")
        await stage.hears("", f"I see 1 earlier turn; your last question was “{stage.asked('one')}”")
        await stage.reply_to("three", 0)
        await stage.hears("", "", f"I see 1 earlier turn; your last question was “{stage.asked('one')}”")
        await stage.say("four")
        await stage.hears("", "", "", f"I see 2 earlier turns; your last question was “{stage.asked('three')}”")

    async def test_who_may_not_talk_is_told_once_and_further_messages_are_marked(self, stage: ActionsStage) -> None:
        await stage.stop()
        stage.access = Access(deny=frozenset({stage.word}))
        await stage.start()
        await stage.say("echo let me in")
        await stage.hears(sentences.NOT_ALLOWED)
        assert stage.reactions() == []
        await stage.say("echo please")
        await eventually(lambda: len(stage.reactions()) == 1 and stage.reactions()[0] in DENIED)
        stage.refuse_reactions()
        await stage.say("echo please, please")
        await eventually(stage.refused_reactions)
        assert stage.reactions() == []
        assert stage.shown() == [sentences.NOT_ALLOWED]

    async def test_who_has_no_question_left_is_told_once_and_further_messages_are_marked(
        self, stage: ActionsStage
    ) -> None:
        await stage.stop()
        stage.limits = Limits(day=1)
        await stage.start()
        spent = sentences.BUDGET_SPENT.format(time="24 h")
        await stage.say("echo one")
        await stage.hears("one")
        for text in ("echo two", "echo three"):
            await stage.say(text)
        await stage.hears("one", spent)
        await eventually(lambda: len(stage.reactions()) == 1 and stage.reactions()[0] in LATER)
        await stage.stop()
        await stage.start()
        await stage.say("echo four")
        await stage.hears("one", spent, spent)

    async def test_one_tap_stops_an_answer(self, stage: ActionsStage) -> None:
        stage.standin.hold_after = 3
        await stage.say("one")
        await eventually(lambda: stage.standin.held and stage.shown() and stage.buttons())
        assert any(STOP in label for label in stage.buttons())
        await stage.press(STOP)
        stage.standin.hold_after = None
        await stage.hears(sentences.STOPPED)
        await eventually(lambda: not any(STOP in label for label in stage.buttons()))
        await stage.say("echo then")
        await stage.hears("", "then")

    async def test_versions_are_made_and_flipped_in_the_same_message(self, stage: ActionsStage) -> None:
        answers = iter(["first words", "second words"])
        stage.standin.reply = lambda prompt, earlier: f"after {earlier[-1].text}" if earlier else next(answers)
        await stage.say("one")
        await stage.hears("first words")
        await stage.press(AGAIN)
        await stage.hears("second words")
        await eventually(lambda: any("2/2" in label for label in stage.buttons()))
        await stage.press(BACK)
        await stage.hears("first words")
        await eventually(lambda: any("1/2" in label for label in stage.buttons()))
        await stage.say("two")
        await stage.hears("first words", "after first words")

    async def test_buttons_work_after_a_restart(self, stage: ActionsStage) -> None:
        answers = iter(["first words", "second words"])
        stage.standin.reply = lambda prompt, earlier: next(answers)
        await stage.say("one")
        await stage.hears("first words")
        await stage.stop()
        await stage.start()
        await stage.press(AGAIN)
        await stage.hears("second words")

    async def test_an_edited_question_is_answered_anew_in_place(self, stage: ActionsStage) -> None:
        await stage.say("one")
        await stage.hears("no earlier turns")
        await stage.say("two")
        await stage.hears("", "1 earlier turn")
        await stage.edit_question("echo three")
        await stage.hears("", "three")
        assert len(stage.shown()) == 2
        await stage.say("four")
        await stage.hears("", "three", "I see 2 earlier turns")

    async def test_an_edit_while_it_runs_takes_its_place(self, stage: ActionsStage) -> None:
        stage.standin.hold_after = 2
        await stage.say("one")
        await eventually(lambda: stage.standin.held and stage.shown())
        stage.standin.hold_after = None
        await stage.edit_question("echo two")
        await stage.hears("two")

    async def test_a_link_preview_is_no_edit(self, stage: ActionsStage) -> None:
        await stage.say("one https://example.com")
        await stage.hears("no earlier turns")
        asked = len(stage.standin.requests)
        await stage.unfurl_question()
        await stage.say("echo two")
        await stage.hears("no earlier turns", "two")
        assert len(stage.standin.requests) == asked + 1

    async def test_an_edit_of_an_older_question_gets_a_hint(self, stage: ActionsStage) -> None:
        await stage.say("echo one")
        await stage.hears("one")
        await stage.say("echo two")
        await stage.hears("one", "two")
        await stage.edit_question("echo three", -2)
        await stage.hears("one", "two", sentences.OLDER_EDITED)

    async def test_commands_are_typed_and_answered(self, stage: ActionsStage) -> None:
        await stage.say("one")
        await stage.hears("no earlier turns")
        assert sentences.MODEL in await stage.type_command("status")
        assert sentences.BEGUN in await stage.type_command("new")
        assert "/model" in await stage.type_command("help")

    async def test_help_tells_a_newcomer_all_there_is(self, stage: ActionsStage) -> None:
        await stage.stop()
        stage.notice = "The chess club runs me."
        await stage.start()
        said = (await stage.type_command("help")).lower()
        hints = ("mention me", f"@{stage.name} ".lower(), "reply", "branch", "edit", "regenerates", "pictures")
        assert [hint for hint in hints if hint not in said] == []
        told = sentences.WORDS_TO_SERVER.format(host="127.0.0.1").lower()
        assert said.index(told) < said.index(stage.notice.lower()) < said.index("/ask – ")

    async def test_a_stand_in_says_that_it_is_one(self, stage: ActionsStage) -> None:
        await stage.stop()
        stage.pretended = True
        await stage.start()
        status = await stage.type_command("status")
        assert sentences.THE_STANDIN in status
        assert sentences.QUOTA not in status
        assert sentences.WORDS_NOWHERE in await stage.type_command("help")

    async def test_the_status_tells_ones_own_budget(self, stage: ActionsStage) -> None:
        assert sentences.OWN_QUESTIONS not in await stage.type_command("status")
        await stage.stop()
        stage.limits = Limits(hour=2, day=5, chat_day=9)
        await stage.start()
        for asked, next_one in ((1, sentences.NOW), (2, "in 60 min")):
            await stage.say("echo counted")
            await eventually(lambda: stage.shown().count("counted") == asked)  # noqa: B023  awaited at once
            status = (await stage.type_command("status")).replace("*", "")
            own = f"{asked} of 2 in the last hour, {asked} of 5 in the last 24 hours"
            assert f"{sentences.OWN_QUESTIONS}: {own}\n" in status
            assert f"{sentences.CHAT_QUESTIONS}: {asked} of 9 in the last 24 hours\n" in status
            assert f"{sentences.NEXT_QUESTION}: {next_one}\n" in status

    async def test_a_wrong_command_changes_nothing(self, stage: ActionsStage) -> None:
        said = await stage.type_command("move", "no-such-code")
        assert sentences.NO_SUCH_CODE in said
