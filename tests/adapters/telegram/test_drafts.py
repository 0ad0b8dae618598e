"""Answers that are drafts (previews) while they grow, in private chats of Telegram."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import Chat, FakeTelegram
from adapters.telegram.forms import Forms
from bridge.streaming.chunks import MORE
from tests.adapters.stages import TelegramStage
from tests.adapters.telegram.forms import drafts, grown, with_forms
from tests.contract import SharedContract
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.errors.RETRY_SECONDS", 0.01)


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


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
