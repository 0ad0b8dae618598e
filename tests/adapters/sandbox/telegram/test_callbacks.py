"""Inline keyboards and presses on the pretended Telegram, shown with the real python-telegram-bot."""

import json

import aiohttp
import pytest
from telegram import Bot, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram import Message as Got
from telegram.error import BadRequest

from adapters.sandbox.telegram import Button, Chat, FakeTelegram, User

STOP = InlineKeyboardMarkup([[InlineKeyboardButton("Stop", callback_data="stop:1")]])
AGAIN = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("Again", callback_data="again:1"), InlineKeyboardButton("Site", url="https://a.b")],
        [InlineKeyboardButton("Copy", copy_text=CopyTextButton("the answer"))],
    ]
)
TOO_OLD = "Query is too old and response timeout expired or query id is invalid"


async def refusal(telegram: FakeTelegram, chat: Chat, keyboard: object) -> str:
    """The words with which a keyboard is refused, sent as it stands."""
    params = {"chat_id": chat.id, "text": "x", "reply_markup": keyboard}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.base_url}{telegram.token}/sendMessage", json=params) as answer,
    ):
        description = (await answer.json())["description"]
        assert isinstance(description, str)
        return description.removeprefix("Bad Request: ")


async def test_a_keyboard_stays_until_an_edit_without_it(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    sent = await bot.send_message(chat.id, "wait", reply_markup=STOP)
    (answer,) = telegram.answers(chat)
    assert (sent.reply_markup, answer.buttons) == (STOP, [Button("Stop", "stop:1")])
    await bot.edit_message_text("wait", chat.id, sent.message_id, reply_markup=AGAIN)
    site = Button("Site", url="https://a.b/")
    assert answer.buttons == [Button("Again", "again:1"), site, Button("Copy")]
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("wait", chat.id, sent.message_id, reply_markup=AGAIN)
    await bot.edit_message_text("done", chat.id, sent.message_id)
    assert (answer.text, answer.buttons, answer.reply_markup) == ("done", [], None)


async def test_wrong_keyboards_are_refused(telegram: FakeTelegram, chat: Chat) -> None:
    parse = "can't parse inline keyboard button: "
    wrong = {
        "BUTTON_DATA_INVALID": {"text": "x", "callback_data": "é" * 33},
        f"{parse}Text buttons are unallowed in the inline keyboard": {"text": "x", "callback_data": ""},
        "BUTTON_TEXT_INVALID": {"text": " ", "callback_data": "x"},
        "BUTTON_TYPE_INVALID": {"text": "x", "callback_data": "x", "url": "https://a.b"},
        "BUTTON_COPY_TEXT_INVALID": {"text": "x", "copy_text": {"text": "x" * 257}},
        f'{parse}Can\'t find field "text"': {"callback_data": "x"},
        f'{parse}Field "text" must be of type String': {"text": 1, "callback_data": "x"},
        f"{parse}InlineKeyboardButton must be an Object": "x",
        f"{parse}invalid button style specified": {"text": "x", "callback_data": "x", "style": "pink"},
        "inline keyboard button URL 'ftp://a.b' is invalid: Unsupported URL protocol": {
            "text": "x",
            "url": "ftp://a.b",
        },
    }
    for reason, button in wrong.items():
        assert await refusal(telegram, chat, {"inline_keyboard": [[button]]}) == reason
    good = {"text": "x", "callback_data": "é" * 32}
    for rows in ([[good] * 9], [[good] * 8] * 13):
        assert await refusal(telegram, chat, {"inline_keyboard": rows}) == "reply markup is too long"
    for form, reason in ((good, 'field "inline_keyboard" must be an Array of Arrays'), ([good], "expected as reply")):
        keyboard = {"inline_keyboard": [form]} if form is good else form
        assert reason in await refusal(telegram, chat, keyboard)
    assert telegram.answers(chat) == []


async def test_a_press_arrives_and_is_answered_once(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    group = telegram.supergroup("Friends")
    await bot.send_message(group.id, "wait", reply_markup=STOP)
    (answer,) = telegram.answers(group)
    by_text = await telegram.press(answer, ada, "Stop")
    by_data = await telegram.press(answer, ada, "stop:1")
    first, second = (update.callback_query for update in await bot.get_updates())
    assert first is not None
    assert second is not None
    assert isinstance(first.message, Got)
    assert (first.id, first.data, first.from_user.id) == (by_text.id, "stop:1", ada.id)
    assert (first.message.text, first.message.reply_markup, first.message.chat.id) == ("wait", STOP, group.id)
    assert first.chat_instance == second.chat_instance
    assert (by_text.answered, by_text.answer) == (False, None)
    await first.answer("Stopped.", show_alert=True)
    assert (by_text.answer, by_text.alert) == ("Stopped.", True)
    with pytest.raises(BadRequest, match=TOO_OLD):
        await first.answer("Stopped again.")
    with pytest.raises(BadRequest, match="Message_too_long"):
        await second.answer("x" * 201)
    await second.answer()
    assert (by_data.answered, by_data.answer, by_data.alert) == (True, "", False)


async def test_a_press_may_be_too_old_forged_or_of_a_message_that_is_gone(
    telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat
) -> None:
    sent = await bot.send_message(chat.id, "wait", reply_markup=AGAIN)
    (answer,) = telegram.answers(chat)
    old = await telegram.press(answer, ada, "Again")
    old.lapse()
    for query_id in (old.id, "12345"):
        with pytest.raises(BadRequest, match=TOO_OLD):
            await bot.answer_callback_query(query_id)
    for wrong in ("Site", "Nothing"):
        with pytest.raises(ValueError, match=wrong):
            await telegram.press(answer, ada, wrong)
    await telegram.press(answer, ada, "again:666", forged=True)
    await telegram.press(answer, ada, "Again", inaccessible=True)
    await bot.delete_message(chat.id, sent.message_id)
    await telegram.press(answer, ada, "Again")
    _, forged, *gone = (update.callback_query for update in await bot.get_updates())
    assert forged is not None
    assert forged.data == "again:666"
    for query in gone:
        assert query is not None
        assert query.message is not None
        assert not query.message.is_accessible
        assert (query.message.message_id, query.message.chat.id) == (sent.message_id, chat.id)
    assert [json.dumps(update).count('"date": 0') for update in telegram.pending] == [0, 0, 1, 1]


async def test_presses_arrive_only_where_they_are_asked_for(
    telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat
) -> None:
    await bot.send_message(chat.id, "wait", reply_markup=STOP)
    (answer,) = telegram.answers(chat)
    await bot.get_updates(allowed_updates=["message"])
    await telegram.press(answer, ada, "Stop")
    assert telegram.pending == []
    await bot.get_updates(1, allowed_updates=["message", "callback_query"])
    said = await telegram.say(chat, ada, "hello")
    await telegram.edit(said, "edited")
    await telegram.press(answer, ada, "Stop")
    assert [list(update)[1] for update in telegram.pending] == ["message", "callback_query"]
