"""The stand-in Telegram is as strict as the real one: shown with the real python-telegram-bot."""

import asyncio
import json
import time
from datetime import timedelta

import aiohttp
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    InputFile,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram import Message as Got
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from adapters.sandbox.telegram import Chat, Entity, FakeTelegram, Limits, User
from tests.adapters.sandbox.telegram.received import heard, updates
from tests.waiting import eventually

CLOWN = "\U0001f921"


def bold(offset: int, length: int) -> MessageEntity:
    return MessageEntity("bold", offset, length)


# The door


async def test_only_its_own_token_and_methods_are_known(telegram: FakeTelegram, bot: Bot) -> None:
    assert bot.username == telegram.bot.username
    assert (await bot.get_me()).can_read_all_group_messages is False
    telegram.privacy_mode = False
    assert (await bot.get_me()).can_read_all_group_messages is True
    expected = {
        f"bot{telegram.token}/getme": (200, None),
        f"bot{telegram.token[:-1]}x/getMe": (401, "Unauthorized"),
        f"bot{telegram.token[:-1]}/getMe": (404, "Not Found"),
        f"bot{telegram.token}/sendNothing": (404, "Not Found: method not found"),
        f"file/bot{telegram.token}/documents/none.txt": (404, "Not Found"),
    }
    async with aiohttp.ClientSession() as session:
        for path, (status, description) in expected.items():
            async with session.get(f"{telegram.url}/{path}") as answer:
                assert (answer.status, (await answer.json()).get("description")) == (status, description), path
    stranger = Bot(telegram.token[:-1] + "x", telegram.base_url)
    with pytest.raises(InvalidToken, match="Unauthorized"):
        await stranger.get_me()
    await stranger.request.shutdown()


async def test_parameters_may_come_in_every_form(telegram: FakeTelegram, chat: Chat) -> None:
    entities = [{"type": "bold", "offset": 0, "length": 2}]
    form = {"chat_id": str(chat.id), "text": "hi", "entities": json.dumps(entities)}
    url = f"{telegram.base_url}{telegram.token}/sendMessage"
    async with aiohttp.ClientSession() as session:
        for answer in (
            session.post(url, data=form),
            session.post(url, json={"chat_id": chat.id, "text": "hi", "entities": entities}),
            session.post(url, data=aiohttp.FormData(form, default_to_multipart=True)),
            session.get(url, params=form),
        ):
            async with answer as response:
                assert (await response.json())["ok"] is True
    assert [message.entities for message in telegram.answers(chat)] == [entities] * 4


# Messages


async def test_a_message_is_sent_edited_and_deleted(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    question = await telegram.say(chat, ada, "hello")
    sent = await bot.send_message(
        chat.id,
        "one",
        reply_parameters=ReplyParameters(question.message_id),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    (answer,) = telegram.answers(chat)
    assert answer.link_preview_options == {"is_disabled": True}
    assert sent.reply_to_message is not None
    assert (answer.reply_to, sent.reply_to_message.text) == (question.message_id, "hello")
    edited = await bot.edit_message_text("two", chat.id, sent.message_id, entities=[bold(0, 3)])
    assert isinstance(edited, Got)
    assert (edited.reply_to_message, edited.edit_date is not None) == (None, True)
    assert answer.history == [("one", []), ("two", [{"type": "bold", "offset": 0, "length": 3}])]
    previews = [message.link_preview_options for message in telegram.answers(chat)]
    assert previews == [None], "an edit that does not say so brings the preview back"
    await bot.delete_message(chat.id, sent.message_id)
    assert telegram.answers(chat) == []
    assert answer.deleted
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("three", chat.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(chat.id, sent.message_id)


async def test_an_edit_must_change_something_of_ones_own(
    telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat
) -> None:
    theirs = await telegram.say(chat, ada, "hello")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("mine now", chat.id, theirs.message_id)
    sent = await bot.send_message(chat.id, "same", entities=[bold(0, 4)])
    reason = "Message is not modified: specified new message content and reply markup are exactly the same as"
    with pytest.raises(BadRequest, match=reason):
        await bot.edit_message_text(" same \n", chat.id, sent.message_id, entities=[bold(1, 2), bold(3, 2)])
    await bot.edit_message_text("same", chat.id, sent.message_id)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("same", chat.id, sent.message_id)


async def test_the_length_of_a_text_counts_utf16_units_after_trimming(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_message(chat.id, "x" * 4096 + "  \n")
    await bot.edit_message_text("y" * 4096, chat.id, sent.message_id)
    for text in ("x" * 4097, CLOWN * 2049):
        with pytest.raises(BadRequest, match="Message is too long"):
            await bot.send_message(chat.id, text)
        with pytest.raises(BadRequest, match="Message_too_long"):
            await bot.edit_message_text(text, chat.id, sent.message_id)
    for text, reason in (("", "Message text is empty"), (" \n\u200b", "Text must be non-empty")):
        with pytest.raises(BadRequest, match=reason):
            await bot.send_message(chat.id, text)


async def test_wrong_entities_fail_the_message_and_right_ones_come_back(
    telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat
) -> None:
    wrong = {
        "ends after the end of the text": bold(0, 9),
        "Entity begins in a middle of a": bold(1, 2),
        "(?i)can't parse MessageEntity: Unsupported type specified": MessageEntity("marquee", 0, 2),
        "(?i)entity URL 'https://sp ace.com' is invalid": MessageEntity("text_link", 0, 2, url="https://sp ace.com"),
    }
    for reason, entity in wrong.items():
        with pytest.raises(BadRequest, match=reason):
            await bot.send_message(chat.id, f"{CLOWN}!!", entities=[entity])
    with pytest.raises(BadRequest, match="Can't parse entities"):
        await bot.send_message(chat.id, "*a*", parse_mode="MarkdownV2")
    assert telegram.answers(chat) == []
    link = MessageEntity("text_link", 0, 1, url="HTTPS://Example.com?q")
    person = MessageEntity("text_link", 2, 1, url=f"tg://user?id={ada.id}")
    sent = await bot.send_message(chat.id, "x y @someone ", entities=[link, person])
    assert [(mark.type, mark.url, mark.user and mark.user.id) for mark in sent.entities] == [
        ("text_link", "https://example.com/?q", None),
        ("text_mention", None, ada.id),
        ("mention", None, None),
    ]


# Places and rights


async def test_replies_must_have_something_to_reply_to(bot: Bot, chat: Chat) -> None:
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(chat.id, "x", reply_parameters=ReplyParameters(9999))
    anyway = ReplyParameters(9999, allow_sending_without_reply=True)
    assert (await bot.send_message(chat.id, "x", reply_parameters=anyway)).reply_to_message is None


async def test_a_chat_may_be_closed_to_the_bot(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    stranger = telegram.private(telegram.user("Bob"), started=False)
    for unknown in (stranger.id, 12345, -10012345):
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(unknown, "hello")
    chat.blocked = True
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(chat.id, "hello")
    group = telegram.supergroup("Friends")
    group.muted = True
    with pytest.raises(BadRequest, match="Not enough rights to send text messages to the chat"):
        await bot.send_message(group.id, "hello")
    group.kicked = True
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_chat_action(group.id, "typing")


async def test_a_group_that_became_a_supergroup_tells_where_it_is(telegram: FakeTelegram, bot: Bot) -> None:
    group = telegram.group("Friends")
    new = await telegram.migrate(group)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "hello")
    assert moved.value.new_chat_id == new.id
    first, second = await heard(bot, telegram)
    assert (first.migrate_to_chat_id, second.migrate_from_chat_id) == (new.id, group.id)


async def test_topics(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    telegram.privacy_mode = False
    forum = telegram.supergroup("Forum", forum=True)
    talk = forum.topic("Talk", ada)
    await telegram.say(forum, ada, "in the topic", topic=talk)
    await telegram.say(forum, ada, "in General")
    created, inside, general = await heard(bot, telegram)
    assert created.forum_topic_created is not None
    assert created.forum_topic_created.name == "Talk"
    assert (inside.message_thread_id, inside.is_topic_message, inside.chat.is_forum) == (talk, True, True)
    assert inside.reply_to_message is not None
    assert inside.reply_to_message.forum_topic_created is not None
    assert (general.message_thread_id, general.is_topic_message, general.reply_to_message) == (None, None, None)

    sent = await bot.send_message(forum.id, "here", message_thread_id=talk)
    assert (sent.message_thread_id, sent.is_topic_message) == (talk, True)
    follows = await bot.send_message(forum.id, "and here", reply_parameters=ReplyParameters(inside.message_id))
    assert follows.message_thread_id == talk
    assert [each.text for each in telegram.answers(forum, talk)] == ["here", "and here"]
    assert telegram.answers(forum, None) == []
    for wrong in (1, general.message_id):
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(forum.id, "where?", message_thread_id=wrong)
    forum.close_topic(talk)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(forum.id, "too late", message_thread_id=talk)
    forum.delete_topic(talk)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(forum.id, "too late", message_thread_id=talk)


async def test_topics_in_private_chats(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    assert (await bot.get_me()).has_topics_enabled is False
    chat = telegram.private(ada, topics=True)
    talk = chat.topic("Talk")
    await telegram.say(chat, ada, "in the topic", topic=talk)
    assert (await bot.get_me()).has_topics_enabled is True
    _, inside = await heard(bot, telegram)
    assert (inside.message_thread_id, inside.is_topic_message, inside.chat.is_forum) == (talk, True, None)


async def test_a_chain_of_replies_has_a_thread_that_is_no_topic(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    group = telegram.supergroup("Friends")
    root = await telegram.say(group, ada, "/ask one")
    middle = await telegram.say(group, ada, "/ask two", reply_to=root)
    await telegram.say(group, ada, "/ask three", reply_to=middle)
    threads = [(each.message_thread_id, each.is_topic_message) for each in await heard(bot, telegram)]
    assert threads == [(None, None), (root.message_id, None), (root.message_id, None)]
    with pytest.raises(BadRequest, match="Message thread is not a forum topic thread"):
        await bot.send_message(group.id, "x", message_thread_id=root.message_id)


# What the bot gets to see


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


# Polling


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


# Flood control and trouble


async def test_flood_control_asks_to_wait(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    telegram.limits = Limits()
    sent = [await bot.send_message(chat.id, str(number)) for number in range(3)]
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(chat.id, "too fast")
    assert refused.value.retry_after in [timedelta(seconds=seconds) for seconds in (1, 2, 3)]
    with pytest.raises(RetryAfter):
        await bot.send_message(chat.id, "still too fast")
    assert telegram.requests[-1].description.startswith("Too Many Requests: retry after ")
    assert (telegram.rate_limited, telegram.impatient) == (2, 1)
    await bot.edit_message_text("edits are counted apart", chat.id, sent[0].message_id)
    await bot.send_message(telegram.group("Friends").id, "and other chats, too")
    for _ in range(20):
        await bot.send_chat_action(chat.id, "typing")
    with pytest.raises(RetryAfter):
        await bot.send_chat_action(chat.id, "typing")
    assert [action[:3] for action in telegram.actions] == [(chat.id, None, "typing")] * 20


async def test_flood_control_of_groups_and_of_everything(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.limits = Limits(messages=())
    group = telegram.supergroup("Friends")
    for number in range(20):
        await bot.send_message(group.id, str(number))
    with pytest.raises(RetryAfter):
        await bot.send_message(group.id, "twenty-one")
    telegram.limits = Limits(messages=(), group=(), overall=((2, 60.0),))
    with pytest.raises(RetryAfter):
        await bot.send_message(telegram.supergroup("Others").id, "too much altogether")


async def test_faults(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    telegram.fault("sendMessage", code=502, after=1, match=lambda params: params["text"] != "spared")
    await bot.send_message(chat.id, "one")
    await bot.send_message(chat.id, "spared")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(chat.id, "two")
    telegram.fault("sendMessage", retry_after=7)
    with pytest.raises(RetryAfter):
        await bot.send_message(chat.id, "three")
    telegram.fault("sendMessage", drop=True)
    telegram.fault("sendMessage", drop="after")
    for number in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(chat.id, f"lost {number}")
    late = telegram.fault("sendMessage", delay=30)
    with pytest.raises(NetworkError, match="Timed out"):
        await bot.send_message(chat.id, "late", read_timeout=0.05)
    assert late.hits == 1
    assert [message.text for message in telegram.answers(chat)] == ["one", "spared", "lost 1", "late"]
    assert [request.status for request in telegram.calls("sendMessage")] == [200, 200, 502, 429, -1, -1, 200]
    assert telegram.rate_limited == 0


# Files, reactions, menu


async def test_documents(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    sent = await bot.send_document(chat.id, InputFile(b"# Answer", filename="answer.md"), caption="all of it")
    assert sent.document is not None
    assert (sent.document.file_name, sent.caption) == ("answer.md", "all of it")
    file = await bot.get_file(sent.document)
    assert await file.download_as_bytearray() == b"# Answer"
    again = await bot.send_document(chat.id, sent.document)
    assert again.document == sent.document
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_document(chat.id, sent.document, caption="x" * 1025)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", chat.id, sent.message_id)
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("none")
    large = telegram.store("documents", "large.bin", bytes(20 * 1024 * 1024 + 1))
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(large.file_id)


async def test_reactions(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    said = await telegram.say(chat, ada, "hello")
    await bot.set_message_reaction(chat.id, said.message_id, "👀")
    assert said.reactions == ["👀"]
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(chat.id, said.message_id, "🧮")
    with pytest.raises(BadRequest, match="Message to react not found"):
        await bot.set_message_reaction(chat.id, 9999, "👀")
    await bot.set_message_reaction(chat.id, said.message_id)
    assert said.reactions == []
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(chat.id, "dancing")


async def test_the_menu(telegram: FakeTelegram, bot: Bot) -> None:
    commands = [BotCommand("ask", "Ask something")]
    await bot.set_my_commands(commands)
    await bot.set_my_commands(commands, scope=BotCommandScopeAllGroupChats(), language_code="de")
    assert await bot.get_my_commands() == tuple(commands)
    assert set(telegram.commands) == {("default", ""), ("all_group_chats", "de")}
    await bot.set_my_commands([])
    assert await bot.get_my_commands() == ()
    for wrong in (BotCommand("Ask", "x"), BotCommand("x" * 33, "x"), BotCommand("ask", "")):
        with pytest.raises(BadRequest):
            await bot.set_my_commands([wrong])
