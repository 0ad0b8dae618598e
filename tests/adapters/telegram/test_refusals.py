"""What Telegram refuses of an answer, as a table: the rest is shown, or a sentence says what is missing."""

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge import CannotShow, WordsRefused, sentences
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

OPTIONAL = {
    "message thread not found": "message_thread_id",
    "TOPIC_DELETED": "message_thread_id",
    "message to be replied not found": "reply_parameters",
    "BUTTON_DATA_INVALID": "reply_markup",
}
"""Telegram's words, and the parameter that is left off."""


@pytest.mark.parametrize("words", OPTIONAL)
async def test_a_refused_part_is_left_off(standin: StandIn, database: str, telegram: FakeTelegram, words: str) -> None:
    part = OPTIONAL[words]
    async with TelegramStage(standin, database, telegram, "topic") as stage:
        for method in ("sendMessage", "editMessageText"):
            telegram.fault(
                method, code=400, description=f"Bad Request: {words}", times=None, match=lambda params: part in params
            )
        await stage.say("echo hello there")
        await eventually(lambda: [each.text for each in telegram.answers(stage.here)] == ["hello there"])
        params = next(call.params for call in telegram.calls("sendMessage") if call.status == 200)
        assert {"message_thread_id", "reply_parameters", "reply_markup"} - set(params) == {part}, "nothing else is"


async def test_a_text_too_long_by_another_count_goes_out_in_parts(private: TelegramStage) -> None:
    for method in ("sendMessage", "editMessageText"):
        private.telegram.fault(
            method,
            code=400,
            description="Bad Request: message is too long",
            times=None,
            match=lambda params: len(params["text"]) > 300,
        )
    await private.say("echo " + "word " * 200 + "end")
    await eventually(lambda: private.shown() and private.shown()[-1].endswith("end"))
    assert " ".join(private.shown()).split() == ["word"] * 200 + ["end"]


async def test_what_was_shown_of_a_refused_text_stays_with_a_sentence(private: TelegramStage) -> None:
    for method in ("sendMessage", "editMessageText"):
        private.telegram.fault(
            method,
            code=400,
            description="Bad Request: strings must be encoded in UTF-8",
            times=None,
            match=lambda params: "forbidden" in params["text"],
        )
    private.standin.hold_after = 3
    await private.say("echo one two " + "word " * 40 + "forbidden end")
    await eventually(lambda: private.shown() and private.standin.held)
    private.standin.release()
    (shown,) = await private.hears(WordsRefused.sentence.format(platform="Telegram"))
    assert shown.startswith("one two")


CLOSED = {
    "TOPIC_CLOSED": 400,
    "not enough rights to send text messages to the chat": 400,
    "CHAT_WRITE_FORBIDDEN": 400,
    "bot was kicked from the supergroup chat": 403,
}


@pytest.mark.parametrize("words", CLOSED)
async def test_who_cannot_be_answered_in_the_place_is_told_in_private(
    standin: StandIn, database: str, telegram: FakeTelegram, words: str
) -> None:
    async with TelegramStage(standin, database, telegram, "topic") as stage:
        own = telegram.private(stage.ann)
        telegram.fault(
            "sendMessage",
            code=CLOSED[words],
            description=f"Bad Request: {words}",
            times=None,
            match=lambda params: params["chat_id"] == str(stage.here.id),
        )
        await stage.say("echo hello there")
        await eventually(lambda: stage.shown_in(own) == [sentences.NOT_WRITTEN])
        assert stage.shown() == []


async def test_an_answer_that_may_not_go_on_ends_with_a_sentence(private: TelegramStage) -> None:
    private.telegram.fault("sendMessage", code=400, description="Bad Request: TOPIC_CLOSED", times=None, after=1)
    await private.say("lorem 9000")
    (shown,) = await private.hears(CannotShow.sentence)
    assert len(shown) > 2000
    assert "Stop" not in private.buttons()


async def test_who_loses_the_bot_in_the_middle_is_told_in_private(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    async with TelegramStage(standin, database, telegram, "group") as stage:
        own = telegram.private(stage.ann)
        standin.hold_after = 3
        await stage.say("echo one two three four five six seven")
        await eventually(lambda: stage.shown() and standin.held)
        stage.here.kicked = True
        standin.release()
        await eventually(lambda: stage.shown_in(own) == [sentences.NOT_WRITTEN])


@pytest.mark.parametrize(
    ("code", "words"),
    [(400, "Bad Request: not enough rights to send documents to the chat"), (413, "Request Entity Too Large")],
)
async def test_an_export_that_cannot_be_sent_is_said(private: TelegramStage, code: int, words: str) -> None:
    await private.say("echo hello")
    await private.hears("hello")
    private.telegram.fault("sendDocument", code=code, description=words)
    await private.type_command("export")
    await eventually(lambda: private.shown()[-1] == sentences.FILES_REFUSED)
