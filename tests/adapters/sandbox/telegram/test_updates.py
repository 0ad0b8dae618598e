"""What the bot gets to see on the pretended Telegram, and how it polls for it."""

import asyncio
import time

import pytest
from telegram import (
    Bot,
)
from telegram.error import Conflict

from adapters.sandbox.telegram import Chat, Entity, FakeTelegram, User
from tests.adapters.sandbox.telegram.received import heard, updates
from tests.waiting import eventually

CLOWN = "\U0001f921"


async def test_privacy_mode_hides_what_is_not_for_the_bot(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    group = telegram.supergroup("Friends")
    mine = group.message((await bot.send_message(group.id, "I am here")).message_id)
    for text in ("hello", f"@{bot.username} hello", "/ask@other_bot x", "x /ask x"):
        await telegram.say(group, ada, text)
    await telegram.say(group, telegram.user("Rival", is_bot=True), "/ask from a bot")
    assert telegram.pending == []
    await telegram.say(group, ada, "/ask one")
    await telegram.say(group, ada, f"/ask@{bot.username} two")
    await telegram.say(group, ada, "three", reply_to=mine)
    await telegram.say(group, ada, "/four", sender_chat=group)
    seen = await heard(bot, telegram)
    assert [message.text for message in seen] == ["/ask one", f"/ask@{bot.username} two", "three", "/four"]
    anonymous = seen[-1].to_dict()
    assert (anonymous["sender_chat"]["id"], anonymous["from"]["username"]) == (group.id, "GroupAnonymousBot")
    telegram.privacy_mode = False
    await telegram.say(group, ada, f"@{bot.username} hello")
    group.admin, telegram.privacy_mode = True, True
    await telegram.say(group, ada, "hello")
    assert [message.text for message in await heard(bot, telegram)] == [f"@{bot.username} hello", "hello"]


async def test_what_people_write_and_post(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    said = await telegram.say(chat, ada, f"{CLOWN} @{bot.username} see https://example.com, /help")
    await telegram.say(chat, ada, "Bob, look", entities=[Entity("text_mention", 0, 3, {"user": ada.json()})])
    await telegram.edit(said, "edited")
    await telegram.edit(said, "edited")
    await telegram.post(chat, ada, "sticker")
    album = telegram.new_album()
    for number in range(2):
        await telegram.post(chat, ada, "photo", caption=f"/ask {number}", album=album)
    first, second, edited, sticker, *photos = await heard(bot, telegram)
    assert list(first.parse_entities().values()) == [f"@{bot.username}", "https://example.com", "/help"]
    assert [mark.user and mark.user.id for mark in second.entities] == [ada.id]
    assert (edited.text, edited.edit_date is not None) == ("edited", True)
    assert (sticker.text, sticker.sticker is not None) == (None, True)
    assert [(photo.caption, photo.media_group_id) for photo in photos] == [("/ask 0", album), ("/ask 1", album)]
    file = await bot.get_file(photos[0].photo[-1].file_id)
    assert await file.download_as_bytearray() == b"\x89stand-in content of a file"


async def test_every_kind_of_post_is_understood(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    kinds = ["photo", "document", "voice", "audio", "video", "video_note", "animation", "sticker", "location", "dice"]
    for kind in kinds:
        await telegram.post(chat, ada, kind)
    assert all(message.to_dict()[kind] for kind, message in zip(kinds, await heard(bot, telegram), strict=True))


async def test_anything_else_can_be_pushed(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    member = {"user": telegram.bot.json(), "status": "member"}
    change = {"chat": chat.json(), "from": telegram.bot.json(), "date": 1}
    telegram.push_update(
        {"my_chat_member": change | {"old_chat_member": member, "new_chat_member": {**member, "status": "left"}}}
    )
    (update,) = await updates(bot, telegram)
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "left"


async def test_updates_stay_until_they_are_confirmed(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    for number in range(3):
        await telegram.say(chat, ada, str(number))
    numbers = list(range(telegram.updates.next_id - 3, telegram.updates.next_id))
    assert [update.update_id for update in await bot.get_updates()] == numbers
    assert len(await bot.get_updates()) == 1, "who asks again at once gets one"
    rest = await bot.get_updates(numbers[1])
    assert [update.update_id for update in rest] == numbers[1:]
    assert (telegram.confirmed_offset, len(telegram.pending)) == (numbers[1], 2)
    (last,) = await bot.get_updates(-1)
    assert (last.update_id, len(telegram.pending)) == (numbers[2], 1)
    assert len(await bot.get_updates(last.update_id + 1000)) == 1, "an offset far ahead is taken for a mistake"
    assert await bot.get_updates(last.update_id + 1) == ()
    assert telegram.pending == []


async def test_a_waiting_poll_is_answered_at_once(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    started = time.monotonic()
    waiting = asyncio.create_task(bot.get_updates(timeout=50))
    await eventually(lambda: telegram.polling)
    await telegram.say(chat, ada, "hello")
    (update,) = await waiting
    assert time.monotonic() - started < 5
    assert await bot.get_updates(update.update_id + 1, timeout=1) == ()
    assert time.monotonic() - started > 1


async def test_only_what_was_asked_for_is_queued(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    said = await telegram.say(chat, ada, "hello")
    await telegram.edit(said, "queued before anything was asked for")
    await bot.get_updates(allowed_updates=["message"])
    await telegram.edit(said, "lost")
    await bot.get_updates(1)
    await telegram.edit(said, "lost, too: what was asked for is remembered")
    assert len(telegram.pending) == 2
    await bot.get_updates(2, allowed_updates=[])
    await telegram.edit(said, "the usual ones")
    telegram.push_update({"chat_member": {}})
    assert [list(update)[1] for update in telegram.pending] == ["message", "edited_message", "edited_message"]


async def test_a_second_poll_ends_the_first(telegram: FakeTelegram, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=50))
    await eventually(lambda: telegram.polling)
    async with Bot(telegram.token, telegram.base_url) as rival:
        second = asyncio.create_task(rival.get_updates(timeout=50))
        with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure that only one bot"):
            await first
        await eventually(lambda: telegram.polling)
        telegram.webhook_url = "https://example.com/hook"
        with pytest.raises(Conflict, match="terminated by setWebhook request"):
            await second
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()
