"""The forms of Telegram's answers besides messages of text: previews while they grow, rich messages at their end."""

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import example, given, settings

from adapters.telegram.forms import Forms
from adapters.telegram.rich import rich
from bridge.standin import StandIn
from bridge.standin.wire import pieces
from bridge.streaming.chunks import MORE
from tests.adapters.stages import TelegramStage
from tests.contract import SharedContract
from tests.fakes.telegram import Chat, Draft, FakeTelegram, Message
from tests.fakes.telegram_params import Params
from tests.fakes.telegram_rich import read_rich
from tests.nasty import nasty_markdown
from tests.waiting import eventually

TABLE = "Prices:\n\n| What | Price |\n|---|---|\n| tea | 2 |\n| barley | 3 |"
ALL_OF_IT = len(pieces(TABLE))
RICH_TABLE = "<p>Prices:</p><table><tr><th>What</th><th>Price</th></tr>"


async def with_forms(stage: TelegramStage, forms: Forms) -> None:
    """The process leaves, and another one starts, which shows answers in these forms."""
    await stage.stop()
    stage.forms = forms
    await stage.start()


@pytest.fixture(autouse=True)
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.errors.RETRY_SECONDS", 0.01)


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


def drafts(stage: TelegramStage) -> list[Draft]:
    return stage.telegram.drafts.shown(stage.here, stage.topic)


def only(stage: TelegramStage) -> Message:
    (answer,) = stage.telegram.answers(stage.here, stage.topic)
    return answer


async def grown(stage: TelegramStage, text: str) -> Message:
    """The one message that shows an answer in the end."""
    await stage.hears(text)
    return only(stage)


# Previews


@pytest.mark.parametrize("kind", ["private", "private topic"])
async def test_an_answer_grows_as_a_preview_and_ends_as_one_message(
    standin: StandIn, database: str, telegram: FakeTelegram, kind: str
) -> None:
    async with TelegramStage(standin, database, telegram, kind) as stage:
        await with_forms(stage, Forms(drafts=True))
        standin.pace = 0.01
        standin.hold_after = 12
        await stage.say("lorem 600")
        await eventually(lambda: standin.held and drafts(stage))
        assert stage.shown() == []
        standin.release()
        answer = await grown(stage, "Sentence 1")
        assert drafts(stage) == []
        (draft,) = telegram.drafts.all
        assert draft.removed
        texts = [text for text, _ in draft.history]
        assert len(texts) >= 3
        assert texts == sorted(texts, key=len)
        assert all(text.endswith(MORE) for text in texts)
        assert len(answer.history) == len(telegram.calls("sendMessage")) == 1
        assert not telegram.calls("editMessageText")


async def test_each_answer_has_a_preview_of_its_own(private: TelegramStage) -> None:
    await with_forms(private, Forms(drafts=True))
    private.standin.pace = 0.01
    for number in (1, 2):
        await private.say("lorem 300")
        await private.hears(*["Sentence 1"] * number)
    first, second = private.telegram.drafts.all
    assert first.draft_id != second.draft_id
    assert [len(answer.history) for answer in private.telegram.answers(private.here)] == [1, 1]


async def test_each_piece_of_a_long_answer_is_one_message(private: TelegramStage) -> None:
    await with_forms(private, Forms(drafts=True))
    private.standin.pace = 0.002
    await private.say("lorem 4700")
    await private.hears("Sentence 1", "")
    assert [len(answer.history) for answer in private.telegram.answers(private.here)] == [1, 1]
    assert len(private.telegram.drafts.all) == 2
    assert drafts(private) == []


@pytest.mark.parametrize(
    ("code", "words"), [(400, "Bad Request: TEXTDRAFT_PEER_INVALID"), (404, "Not Found: method not found")]
)
async def test_a_refused_preview_is_not_tried_again_in_that_chat(private: TelegramStage, code: int, words: str) -> None:
    telegram = private.telegram
    await with_forms(private, Forms(drafts=True))
    telegram.fault("sendMessageDraft", code=code, description=words)
    private.standin.pace = 0.01
    await private.say("lorem 600")
    answer = await grown(private, "Sentence 1")
    assert len(answer.history) > 2
    assert telegram.calls("editMessageText")
    await private.say("lorem 300")
    await private.hears("", "Sentence 1")
    assert len(telegram.calls("sendMessageDraft")) == 1
    private.standin.pace = 0.01
    await private.say_elsewhere("lorem 300")
    await eventually(lambda: "Sentence 1" in "".join(private.shown_elsewhere()))
    assert telegram.drafts.all, "another chat has its previews all the same"


async def test_a_preview_that_comes_too_soon_is_only_late(private: TelegramStage) -> None:
    telegram = private.telegram
    await with_forms(private, Forms(drafts=True))
    fault = telegram.fault("sendMessageDraft", retry_after=1)
    private.standin.hold_after = 4
    await private.say("lorem 300")
    await eventually(lambda: fault.hits and drafts(private))
    assert private.shown() == []
    private.standin.release()
    answer = await grown(private, "Sentence 1")
    assert len(answer.history) == 1
    assert not telegram.calls("editMessageText")


async def test_in_groups_answers_grow_by_edits(group: TelegramStage) -> None:
    await with_forms(group, Forms(drafts=True))
    group.standin.pace = 0.01
    await group.say("lorem 600")
    answer = await grown(group, "Sentence 1")
    assert len(answer.history) > 2
    assert not group.telegram.calls("sendMessageDraft")


async def test_a_preview_is_shown_again_before_it_vanishes(
    private: TelegramStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.streaming.live_answer.PREVIEW_SECONDS", 0.1)
    await with_forms(private, Forms(drafts=True))
    private.standin.hold_after = 4
    await private.say("lorem 300")
    await eventually(lambda: drafts(private) and len(drafts(private)[0].history) > 2)
    (draft,) = drafts(private)
    assert len({text for text, _ in draft.history[-2:]}) == 1
    private.standin.release()
    await grown(private, "Sentence 1")


class PreviewStage(TelegramStage):
    """A stage on which a growing answer is a preview, which a person sees below the messages."""

    def __init__(self, standin: StandIn, database: str, telegram: FakeTelegram, kind: str) -> None:
        super().__init__(standin, database, telegram, kind)
        self.forms = Forms(drafts=True)

    def shown_in(self, chat: Chat, topic: int | None = None) -> list[str]:
        previews = self.telegram.drafts.shown(chat, topic)
        return [*super().shown_in(chat, topic), *(draft.text for draft in previews)]

    def break_edits(self) -> None:
        self.telegram.fault("sendMessageDraft", code=502, description="Bad Gateway")
        self.telegram.fault("sendMessageDraft", retry_after=1)
        self.telegram.fault("sendMessageDraft", drop="after")

    def broken_edits(self) -> int:
        return sum(request.status != 200 for request in self.telegram.calls("sendMessageDraft"))


@pytest.fixture
async def stage(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[PreviewStage]:
    async with PreviewStage(standin, database, telegram, "private") as opened:
        yield opened


class TestContract:
    """What the contract says of answers that grow."""

    test_interrupted = SharedContract.test_an_interrupted_answer_is_completed_on_its_own_message
    test_failed = SharedContract.test_a_failed_edit_loses_nothing
    test_status = SharedContract.test_it_says_what_is_being_done_until_the_answer_begins


# Rich messages


@given(nasty_markdown())
@example("*$$x$$*")
@example("$$x$$ and\n\n" * 250 + "---")
@example("---")
@settings(max_examples=50, deadline=None)
def test_what_telegram_would_refuse_is_no_rich_message(markdown: str) -> None:
    html = rich(markdown)
    assert html is None or read_rich(Params({"rich_message": json.dumps({"html": html})}))


def test_the_most_that_fits_is_one() -> None:
    assert rich("$$x$$ and\n\n" * 249 + "---")


async def test_an_answer_with_a_table_becomes_a_rich_message_at_its_end(private: TelegramStage) -> None:
    await with_forms(private, Forms(rich="auto"))
    private.standin.hold_after = ALL_OF_IT
    await private.say(f"echo {TABLE}")
    await eventually(lambda: "tea" in "".join(private.shown()))
    assert not only(private).rich
    private.standin.release()
    answer = await grown(private, "barley 3")
    assert answer.rich.startswith(RICH_TABLE)
    assert answer.text == "Prices:\nWhat Price\ntea 2\nbarley 3"
    await private.say("echo **no** table")
    await private.hears("barley 3", "no table")
    assert [bool(each.rich) for each in private.telegram.answers(private.here)] == [True, False]


async def test_after_a_preview_the_rich_message_is_sent_once(private: TelegramStage) -> None:
    await with_forms(private, Forms(drafts=True, rich="auto"))
    private.standin.hold_after = 2
    await private.say(f"echo {TABLE}")
    await eventually(lambda: drafts(private) and private.standin.held)
    private.standin.release()
    answer = await grown(private, "barley 3")
    assert answer.rich.startswith(RICH_TABLE)
    assert len(answer.history) == len(private.telegram.calls("sendRichMessage")) == 1
    assert drafts(private) == []
    assert not private.telegram.calls("sendMessage")


async def test_where_it_is_on_every_answer_is_rich_and_off_none(group: TelegramStage) -> None:
    await with_forms(group, Forms(rich="on"))
    question = await group.telegram.say(group.here, group.ann, "/ask echo **no** table")
    answer = await grown(group, "no table")
    assert answer.rich == "<p><b>no</b> table</p>"
    assert answer.reply_to == question.message_id
    await with_forms(group, Forms())
    await group.say(f"echo {TABLE}")
    await group.hears("no table", "barley")
    assert not group.telegram.answers(group.here)[-1].rich


@pytest.mark.parametrize(
    ("code", "words", "grows"),
    [
        (400, "Bad Request: RICH_MESSAGE_INVALID", False),
        (404, "Not Found: method not found", False),
        (400, "Bad Request: message text is empty", True),  # of a server that does not know the parameter
    ],
)
async def test_a_refused_rich_message_is_shown_as_text_and_not_tried_again(
    private: TelegramStage, code: int, words: str, grows: bool
) -> None:
    telegram = private.telegram
    await with_forms(private, Forms(drafts=not grows, rich="auto"))
    for method in ("sendRichMessage", "editMessageText"):
        telegram.fault(method, code=code, description=words, times=None, match=lambda params: "rich_message" in params)
    private.standin.hold_after = 2
    await private.say(f"echo {TABLE}")
    await eventually(lambda: private.standin.held and (private.shown() or drafts(private)))
    private.standin.hold_after = None
    private.standin.release()
    answer = await grown(private, "barley")
    assert "│" in answer.text or "|" in answer.text
    await private.say(f"echo {TABLE}")
    await private.hears("barley", "barley")
    assert sum("rich_message" in request.params for request in telegram.requests) == 1
    assert not any(each.rich for each in telegram.answers(private.here))


@pytest.mark.parametrize("grows", [False, True])
async def test_a_rich_message_whose_confirmation_got_lost_does_not_become_text(
    private: TelegramStage, grows: bool
) -> None:
    telegram = private.telegram
    await with_forms(private, Forms(drafts=not grows, rich="auto"))
    private.standin.hold_after = 2
    telegram.fault("sendRichMessage", drop="after")
    telegram.fault("editMessageText", drop="after", match=lambda params: "rich_message" in params)
    await private.say(f"echo {TABLE}")
    await eventually(lambda: private.standin.held and (private.shown() or drafts(private)))
    private.standin.hold_after = None
    private.standin.release()
    await eventually(lambda: [r.status for r in telegram.requests if "rich_message" in r.params][1:])
    await private.say("echo then")
    await eventually(lambda: private.shown()[-1] == "then")
    *answers, _ = telegram.answers(private.here)
    assert len(answers) <= (1 if grows else 2)
    assert all(answer.rich.startswith(RICH_TABLE) for answer in answers)


async def test_a_message_that_is_gone_is_replaced_by_a_rich_one(private: TelegramStage) -> None:
    await with_forms(private, Forms(rich="auto"))
    private.standin.hold_after = ALL_OF_IT
    await private.say(f"echo {TABLE}")
    await eventually(lambda: "tea" in "".join(private.shown()))
    await private.telegram.delete(only(private))
    private.standin.hold_after = None
    private.standin.release()
    answer = await grown(private, "barley")
    assert answer.rich
    await private.say(f"echo {TABLE}")
    await private.hears("barley", "barley")
    assert private.telegram.answers(private.here)[-1].rich
