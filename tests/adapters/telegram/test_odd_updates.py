"""Updates of Telegram with fields that a newer or older server sends differently: a field costs itself, no message."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.sandbox.telegram.errors import Json
from adapters.sandbox.telegram.model import Message, User
from adapters.telegram.forms import Forms
from adapters.telegram.sentences import UNREAD
from bridge.store import Store
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

RICH: Json = {
    "blocks": [
        {"type": "heading", "size": 1, "text": "Soup"},
        {
            "type": "paragraph",
            "text": [
                "Take ",
                {"type": "bold", "text": ["two ", {"type": "italic", "text": "big"}]},
                " ",
                {"type": "url", "text": "onions", "url": "https://a.example/o"},
                {"type": "custom_emoji", "custom_emoji_id": "1", "alternative_text": "🧅"},
                {"type": "mathematical_expression", "expression": "x^2"},
                {"type": "of a newer server", "words": "?"},
                5,
            ],
        },
        {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "paragraph", "text": "chop"}]}, None]},
        {"type": "table", "cells": [[{"text": "a"}, {"text": {"type": "bold", "text": "b"}}], [{}, 7]], "caption": "c"},
        {"type": "details", "summary": "more", "blocks": [{"type": "paragraph", "text": "salt"}]},
        {"type": "photo", "photo": [], "caption": {"text": "a pot", "credit": {"type": "bold", "text": "Ann"}}},
    ]
}

READ = "Soup\nTake two big [onions](https://a.example/o)🧅x^2\n1. chop\na | b\nc\nmore\nsalt\na pot\nAnn"


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


def asked(stage: TelegramStage) -> list[str]:
    """Return what Qwen was asked, in order."""
    bodies = [request.body for request in stage.standin.requests if isinstance(request.body, dict)]
    return [body["messages"][0]["content"] for body in bodies if "messages" in body]


async def say_rich(stage: TelegramStage, said: User, rich: Json) -> Message:
    """Let somebody send a rich message."""
    return await stage.telegram.service(stage.here, said, rich_message=rich)


async def say_odd(stage: TelegramStage, odd: Json, text: str = "echo odd") -> None:
    """Let Ann say something, of which some fields are others."""
    said = (await stage.telegram.say(stage.here, stage.ann, text)).json()
    stage.telegram.pending.clear()
    for name, value in odd.items():
        real = said.get(name)
        said[name] = real | value if isinstance(real, dict) and isinstance(value, dict) else value
    stage.telegram.updates.add("message", said)


async def test_a_rich_message_is_read_as_people_see_it(private: TelegramStage) -> None:
    await say_rich(private, private.ann, RICH)
    await private.hears("no earlier turns")
    assert asked(private) == [READ]


async def test_a_rich_message_that_is_replied_to_is_told(group: TelegramStage) -> None:
    bobs = await say_rich(group, group.person("Bob"), RICH)
    await group.telegram.say(group.here, group.ann, "/ask so?", reply_to=bobs)
    await group.hears("no earlier turns")
    quoted = "\n".join(f"> {line}" for line in READ.split("\n"))
    assert asked(group) == [f"Bob wrote:\n{quoted}\n\nAnn: so?"]


async def test_a_command_and_a_mention_in_a_rich_message_count(group: TelegramStage) -> None:
    for said in ("/ask echo one", f"🧅 @{group.telegram.bot.username} echo two", "for nobody"):
        rich: Json = {"blocks": [{"type": "paragraph", "text": [said[:3], {"type": "bold", "text": said[3:]}]}]}
        await say_rich(group, group.ann, rich)
    await eventually(lambda: len(group.shown()) == 2)
    assert asked(group) == ["Ann: echo one", "Ann: 🧅 echo two"]


async def test_a_button_below_a_rich_answer_is_pressed(standin: StandIn, database: str, telegram: FakeTelegram) -> None:
    stage = TelegramStage(standin, database, telegram, "private")
    stage.forms = Forms(rich="on")
    async with stage:
        await stage.say("echo **hello** there")
        await eventually(lambda: stage.shown() == ["hello there"] and stage.buttons() == ["🔄 Regenerate"])
        await stage.press("Regenerate")
        await eventually(lambda: stage.buttons() == ["🔄 Regenerate", "◀", "2/2"])


COSTS_ITSELF: list[Json] = [
    {"from": {"first_name": ["Ann"], "language_code": 5, "is_bot": None}},
    {"chat": {"type": ["private"], "title": 7}},
    {"date": "now"},
    {"entities": [{"type": "bold", "offset": "0", "length": {}}, 5]},
    {"reply_to_message": {"message_id": [], "text": "x"}},
    {"is_topic_message": "yes", "message_thread_id": 5},
    {"poll": {"question": 5}},
    {"rich_message": ["?"]},
]


@pytest.mark.parametrize("odd", COSTS_ITSELF, ids=str)
async def test_a_field_of_another_shape_costs_no_message(private: TelegramStage, odd: Json) -> None:
    await say_odd(private, odd)
    await private.hears("odd")


async def test_a_mention_and_a_command_count_where_their_marks_make_no_sense(group: TelegramStage) -> None:
    await say_odd(group, {"entities": [{"type": "bot_command", "offset": None, "length": 4}]}, "/ask echo odd")
    await group.hears("odd")


async def test_half_a_surrogate_pair_costs_itself(private: TelegramStage) -> None:
    await say_odd(private, {"text": "echo odd \ud83d and 😀"})
    await private.hears("odd � and 😀")


UNREADABLE: list[Json] = [
    {"message_id": [1]},
    {"text": 5},
    {"from": "Ann"},
    {"sender_chat": {"id": "x"}},
]


@pytest.mark.parametrize("odd", UNREADABLE, ids=str)
async def test_who_wrote_what_cannot_be_read_is_told_so_and_the_next_is_answered(
    private: TelegramStage, odd: Json
) -> None:
    await say_odd(private, odd)
    await private.say("echo sound")
    await eventually(lambda: sorted(private.shown()) == sorted([UNREAD, "sound"]))


async def test_what_cannot_be_read_is_kept_for_the_operator(private: TelegramStage, database: str) -> None:
    await say_odd(private, {"message_id": [1]})
    await eventually(lambda: private.shown() == [UNREAD])
    async with await Store.open(database) as store:
        (kept,) = await store.passed_over.newest(10)
    assert (kept.platform, kept.channel, kept.kind) == ("telegram:7000000001", str(private.here.id), "message")


async def test_who_may_not_talk_is_not_told_that_a_message_could_not_be_read(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    stage = TelegramStage(standin, database, telegram, "private")
    stage.access = stage.access.__class__(deny=frozenset({stage.word}))
    async with stage:
        await say_odd(stage, {"text": 5})
        await telegram.say(stage.elsewhere, telegram.user("Bob"), "echo sound")
        await eventually(lambda: stage.shown_elsewhere() == ["sound"])
        assert stage.shown() == []


async def test_a_group_hears_nothing_of_what_cannot_be_read(group: TelegramStage) -> None:
    await say_odd(group, {"text": 5})
    await group.say("echo sound")
    await group.hears("sound")


async def test_a_press_that_cannot_be_read_ends_waiting_with_a_word(private: TelegramStage) -> None:
    await private.say("echo hello")
    await private.hears("hello")
    press = {"id": "1", "from": None, "chat_instance": "2", "data": "x", "message": private.answer(0).json()}
    private.telegram.updates.add("callback_query", press)
    (answer,) = await eventually(lambda: private.telegram.calls("answerCallbackQuery"))
    assert answer.params["text"] == UNREAD
