"""One act of a person on Telegram is one question, in how many messages ever it comes."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.grouping import WORDS_SECONDS
from bridge.i18n import sentences
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64

FERRY = "Bob wrote:\n> The ferry leaves at eight."


@pytest.fixture(autouse=True)
def _real_pause(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.grouping.WORDS_SECONDS", WORDS_SECONDS)


@pytest.fixture(params=["private", "group"])
async def stage(
    request: pytest.FixtureRequest, standin: StandIn, database: str, telegram: FakeTelegram
) -> AsyncIterator[TelegramStage]:
    telegram.privacy_mode = False
    async with TelegramStage(standin, database, telegram, request.param) as opened:
        yield opened


def asked(stage: TelegramStage) -> list[str]:
    """Return what Qwen was asked, in order, without the name of who asks."""
    bodies = [request.body for request in stage.standin.requests if isinstance(request.body, dict)]
    return [body["messages"][0]["content"].replace("Ann: ", "") for body in bodies if "messages" in body]


def pictures(stage: TelegramStage) -> int:
    """How many files Qwen was shown."""
    return sum(request.method == "PUT" for request in stage.standin.requests)


async def forward(stage: TelegramStage, *texts: str) -> None:
    """Ann forwards what Bob wrote elsewhere."""
    for text in texts:
        await stage.telegram.forward(stage.here, stage.ann, stage.person("Bob"), text)


async def test_a_forward_with_a_comment_is_one_question(stage: TelegramStage) -> None:
    await stage.say("in German, please")
    await forward(stage, "The ferry leaves at eight.")
    await stage.hears("no earlier turns")
    await stage.say("Thank you!")
    await stage.hears("", "1 earlier turn")
    assert asked(stage) == [f"{FERRY}\n\nin German, please", "Thank you!"]


async def test_a_forward_that_arrives_a_little_later_than_its_comment_is_one_question_with_it(
    stage: TelegramStage,
) -> None:
    await stage.say("in German, please")
    await eventually(lambda: not stage.telegram.pending)
    await forward(stage, "The ferry leaves at eight.")
    await stage.hears("no earlier turns")
    assert asked(stage) == [f"{FERRY}\n\nin German, please"]


async def test_several_forwards_at_once_are_one_question(stage: TelegramStage) -> None:
    await stage.say("compare them")
    await forward(stage, "one", "two", "three")
    await stage.hears("no earlier turns")
    assert asked(stage) == ["Bob wrote:\n> one\n\nBob wrote:\n> two\n\nBob wrote:\n> three\n\ncompare them"]


async def test_a_bare_call_and_a_forward_ask_about_that(stage: TelegramStage) -> None:
    await stage.telegram.say(stage.here, stage.ann, "/ask")
    await forward(stage, "The ferry leaves at eight.")
    await stage.hears("no earlier turns")
    assert asked(stage) == [f"{FERRY}\n\n{sentences.LOOK_AT}"]


async def test_an_act_ends_before_the_next_one_begins(stage: TelegramStage) -> None:
    await stage.say("in German, please")
    await forward(stage, "The ferry leaves at eight.")
    await stage.hears("no earlier turns")
    await stage.telegram.post(stage.here, stage.ann, "photo", data=PNG)
    await stage.say("what is it?")
    await stage.hears("", "1 earlier turn")
    assert asked(stage) == [f"{FERRY}\n\nin German, please", "what is it?"]
    assert pictures(stage) == 1


@pytest.mark.parametrize("first", ["words", "pictures"])
async def test_an_album_and_the_words_before_or_after_it_are_one_question(stage: TelegramStage, first: str) -> None:
    if first == "words":
        await stage.say("what are they?")
    for _ in range(2):
        await stage.telegram.post(stage.here, stage.ann, "photo", album="album", data=PNG)
    if first == "pictures":
        await stage.say("what are they?")
    await stage.hears("no earlier turns")
    assert asked(stage) == ["what are they?"]
    assert pictures(stage) == 2


async def test_words_and_a_place_after_them_are_one_question(stage: TelegramStage) -> None:
    await stage.say("what is near?")
    await stage.telegram.post(stage.here, stage.ann, "venue")
    await stage.hears("no earlier turns")
    assert asked(stage) == ["Attached:\n> Place: The pier, Quay 1, 52.52, 13.4\n\nwhat is near?"]


async def test_two_questions_in_a_row_are_two(stage: TelegramStage) -> None:
    await stage.say("one")
    await stage.say("two")
    await stage.hears("no earlier turns", "1 earlier turn")
    assert asked(stage) == ["one", "two"]


async def test_what_others_send_meanwhile_is_theirs(standin: StandIn, database: str, telegram: FakeTelegram) -> None:
    telegram.privacy_mode = False
    async with TelegramStage(standin, database, telegram, "group") as stage:
        await stage.telegram.post(stage.here, stage.person("Bob"), "photo", data=PNG)
        await stage.say("what is it?")
        await stage.telegram.post(stage.here, stage.person("Bob"), "photo", data=PNG)
        await stage.hears("no earlier turns")
    assert (asked(stage), pictures(stage)) == (["what is it?"], 0)


async def test_a_picture_alone_is_a_question(private: TelegramStage) -> None:
    await private.telegram.post(private.here, private.ann, "photo", data=PNG)
    await private.hears("picture.jpg")
    assert asked(private) == [sentences.LOOK]
