"""Answers that would be more messages than anybody wants to scroll over."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.reply import FILENAME, TelegramReply
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

STARRED = "*a* " * 450
"""Telegram takes 100 entities in a message: this is five messages."""


@pytest.fixture
async def stage(
    standin: StandIn, database: str, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TelegramStage]:
    monkeypatch.setattr(TelegramReply, "most", 2)
    telegram.limits = None
    standin.reply = lambda prompt, earlier: STARRED
    standin.pace = 0.0
    async with TelegramStage(standin, database, telegram, "private") as opened:
        yield opened


async def test_an_answer_of_too_many_messages_is_its_beginning_and_a_file(stage: TelegramStage) -> None:
    await stage.say("many stars")
    document = await eventually(lambda: [each for each in stage.telegram.answers(stage.here) if each.media], 30)
    assert stage.telegram.content(document[0]).decode().strip() == STARRED.strip()
    assert FILENAME in str(document[0].media)
    await eventually(lambda: len(stage.shown()) == 2)
    assert stage.shown()[0].endswith("…")


async def test_where_no_file_may_be_sent_the_answer_is_shown_whole(stage: TelegramStage) -> None:
    words = "Bad Request: not enough rights to send documents to the chat"
    stage.telegram.fault("sendDocument", code=400, description=words, times=None)
    await stage.say("many stars")
    await eventually(lambda: sum(text.count("a") for text in stage.shown()) == 450, 30)
    assert len(stage.shown()) > 2
