"""Corners of Telegram: choices pressed by others, forwarded commands, slow albums, and words that are too many."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.validation import check
from bridge.i18n import sentences
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


async def test_a_choice_that_somebody_may_not_make_is_refused_quietly_and_stays(group: TelegramStage) -> None:
    asked = await group.type_command("think")
    assert await group.press("on", by="Bob") == sentences.ADMINS_ONLY
    assert (group.shown(), group.buttons()) == ([asked], ["on", "off"])
    await group.press("off")
    await group.hears(sentences.SWITCHED_OFF.format(what=sentences.THINKING))


async def test_a_forwarded_command_is_a_question(private: TelegramStage) -> None:
    await private.telegram.forward(private.here, private.ann, private.person("Bob"), "/new")
    await private.hears("no earlier turns")


async def test_an_album_whose_pictures_are_slow_to_fetch_is_one_question(
    private: TelegramStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.telegram.grouping.ALBUM_SECONDS", 0.1)
    private.telegram.fault("getFile", delay=0.3, times=None)
    for words in ("what are they?", "", ""):
        await private.telegram.post(private.here, private.ann, "photo", words, album="album", data=PNG)
    await private.hears("what are they?")
    assert sum(request.method == "PUT" for request in private.standin.requests) == 3


async def test_words_of_the_bot_that_are_too_many_for_a_message_are_cut(private: TelegramStage) -> None:
    await private.type_command("system", "word " * 799 + "end")
    private.standin.reply = lambda prompt, earlier: "x"
    await private.say("echo hello")
    await eventually(lambda: private.shown()[-1] == "x")
    said = await private.type_command("status")
    assert sentences.MODEL in said


async def test_the_longest_numbers_of_telegram_are_taken() -> None:
    check({"message": {"message_id": 2**52, "chat": {"id": -(2**52)}, "text": "😀"}})
    with pytest.raises(ValueError, match="message_id"):
        check({"message": {"message_id": 2**63}})
