"""The stand-in Telegram is as strict as the real one: shown with the real python-telegram-bot."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
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
    Update,
)
from telegram import Message as Got
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.request import HTTPXRequest

from tests.fakes.telegram import Chat, Entity, FakeTelegram, Limits, Message, User, stretch
from tests.waiting import eventually

CLOWN = "\U0001f921"


@pytest.fixture
async def telegram(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTelegram]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with FakeTelegram() as server:
        server.limits = None
        server.updates.hurry_seconds = 0.05
        yield server


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    async with Bot(telegram.token, telegram.base_url, telegram.base_file_url) as client:
        yield client


@pytest.fixture
def ada(telegram: FakeTelegram) -> User:
    return telegram.user("Ada", username="ada_lovelace")


@pytest.fixture
def chat(telegram: FakeTelegram, ada: User) -> Chat:
    return telegram.private(ada)


def bold(offset: int, length: int) -> MessageEntity:
    return MessageEntity("bold", offset, length)


async def heard(bot: Bot, telegram: FakeTelegram) -> list[Update]:
    """What is pending, confirmed at once."""
    got = await bot.get_updates(telegram.confirmed_offset, timeout=1) if telegram.pending else ()
    if got:
        await bot.get_updates(got[-1].update_id + 1, timeout=0)
    return list(got)


async def texts(bot: Bot, telegram: FakeTelegram) -> list[str | None]:
    return [update.effective_message and update.effective_message.text for update in await heard(bot, telegram)]


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
        f"bot{telegram.token}/sendRichMessage": (404, "Not Found: method not found"),
        f"file/bot{telegram.token}/documents/none.txt": (404, "Not Found"),
    }
    async with aiohttp.ClientSession() as session:
        for path, (status, description) in expected.items():
            async with session.get(f"{telegram.url}/{path}") as answer:
                assert (answer.status, (await answer.json()).get("description")) == (status, description), path
    with pytest.raises(InvalidToken):
        await Bot(telegram.token[:-1] + "x", telegram.base_url).initialize()


async def test_parameters_may_come_in_every_form(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    entities = [{"type": "bold", "offset": 0, "length": 2}]
    form = {"chat_id": str(chat.id), "text": "hi", "entities": json.dumps(entities)}
    url = f"{telegram.base_url}{telegram.token}/sendMessage"
    multipart = aiohttp.FormData(form, default_to_multipart=True)
    async with aiohttp.ClientSession() as session:
        await session.post(url, data=form)
        await session.post(url, json={"chat_id": chat.id, "text": "hi", "entities": entities})
        await session.post(url, data=multipart)
        await session.get(url, params=form)
    assert [message.entities for message in telegram.answers(chat)] == [entities] * 4


# Messages


async def test_a_message_is_shown_answered_edited_and_deleted(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    question = await telegram.say(chat, next(iter([chat.user])) or telegram.bot, "hello")
    sent = await bot.send_message(
        chat.id,
        "one",
        reply_parameters=ReplyParameters(question.message_id),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.reply_to_message and sent.reply_to_message.text == "hello"
    edited = await bot.edit_message_text("two", chat.id, sent.message_id, entities=[bold(0, 3)])
    assert isinstance(edited, Got) and edited.reply_to_message is None and edited.edit_date
    (answer,) = telegram.answers(chat)
    assert answer.reply_to == question.message_id
    assert answer.history == [("one", []), ("two", [{"type": "bold", "offset": 0, "length": 3}])]
    assert answer.link_preview_options is None, "an edit that does not say so brings the preview back"
    await bot.delete_message(chat.id, sent.message_id)
    assert not telegram.answers(chat) and answer.deleted
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("three", chat.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(chat.id, sent.message_id)


async def test_an_edit_must_change_something_and_be_of_ones_own(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    assert chat.user
    theirs = await telegram.say(chat, chat.user, "hello")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("mine now", chat.id, theirs.message_id)
    sent = await bot.send_message(chat.id, "same", entities=[bold(0, 4)])
    with pytest.raises(
        BadRequest, match="^Message is not modified: specified new message content and reply markup are"
    ):
        await bot.edit_message_text(" same \n", chat.id, sent.message_id, entities=[bold(1, 2), bold(3, 2)])
    await bot.edit_message_text("same", chat.id, sent.message_id)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("same", chat.id, sent.message_id)


async def test_the_length_of_a_text_counts_utf16_units_after_trimming(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_message(chat.id, "x" * 4096 + "  \n")
    await bot.edit_message_text("y" * 4096, chat.id, sent.message_id)
    for text in ("x" * 4097, CLOWN * 2049):
        with pytest.raises(BadRequest, match="^Message is too long"):
            await bot.send_message(chat.id, text)
        with pytest.raises(BadRequest, match="^Message_too_long"):
            await bot.edit_message_text(text, chat.id, sent.message_id)
    for text, reason in (("", "Message text is empty"), (" \n\u200b", "Text must be non-empty")):
        with pytest.raises(BadRequest, match=reason):
            await bot.send_message(chat.id, text)


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        (bold(2, 3), "ends after the end of the text"),
        (bold(9, 1), "begins after the end of the text"),
        (bold(-1, 2), "incorrect offset"),
        (bold(0, -2), "incorrect length"),
        (bold(1, 2), "begins in a middle of a UTF-16 symbol"),
        (bold(0, 1), "ends in a middle of a UTF-16 symbol"),
        (MessageEntity("marquee", 0, 2), "Can't parse MessageEntity: Unsupported type specified"),
        (MessageEntity("text_link", 0, 2), "Can't parse MessageEntity: Can't find field"),
        (MessageEntity("text_link", 0, 2, url="/a/b"), "Entity URL '/a/b' is invalid: URL host is empty"),
        (MessageEntity("text_link", 0, 2, url="javascript:alert(1)"), "is invalid: Wrong port number"),
        (MessageEntity("text_link", 0, 2, url="https://sp ace.com"), "is invalid: Wrong URL host"),
        (MessageEntity("text_link", 0, 2, url="ftp://a.b"), "is invalid: Unsupported URL protocol"),
        (MessageEntity("text_link", 0, 2, url="http://localhost"), "is invalid: Wrong HTTP URL"),
        (MessageEntity("text_link", 0, 2, url="tg://user?id=99"), "User not found"),
    ],
)
async def test_wrong_entities_are_refused(
    telegram: FakeTelegram, bot: Bot, chat: Chat, entity: MessageEntity, reason: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(chat.id, f"{CLOWN}!!", entities=[entity])
    assert reason in str(refused.value)
    assert not telegram.answers(chat)


async def test_no_parse_mode_is_read(bot: Bot, chat: Chat) -> None:
    with pytest.raises(BadRequest, match="Can't parse entities"):
        await bot.send_message(chat.id, "*a*", parse_mode="MarkdownV2")


@pytest.mark.parametrize(
    ("text", "wanted", "stored"),
    [
        ("  a b  ", [bold(2, 5)], [("bold", "a b")]),
        ("ab cd", [bold(0, 5), MessageEntity("code", 3, 2)], [("bold", "ab "), ("code", "cd")]),
        ("abcd", [bold(0, 2), bold(2, 2)], [("bold", "abcd")]),
        ("abcd", [bold(0, 3), MessageEntity("italic", 1, 3)], [("bold", "abc"), ("italic", "bcd")]),
        ("abcd", [MessageEntity("code", 0, 3), MessageEntity("pre", 1, 3)], [("code", "abc")]),
        (
            "see it",
            [MessageEntity("blockquote", 0, 6), MessageEntity("pre", 4, 2, language="py")],
            [("blockquote", "see it"), ("pre", "it")],
        ),
        ("a\r\nb", [bold(3, 1)], [("bold", "b")]),
        ("mail @someone /help", [MessageEntity("code", 0, 4)], [("code", "mail"), ("mention", 5), ("bot_command", 14)]),
    ],
)
async def test_entities_are_repaired_and_added_to(
    telegram: FakeTelegram, bot: Bot, chat: Chat, text: str, wanted: list[MessageEntity], stored: list[tuple[str, str]]
) -> None:
    sent = await bot.send_message(chat.id, text, entities=wanted)
    (message,) = telegram.answers(chat)
    assert sent.text == message.text
    found = [(mark.type, stretch(message.text, mark.offset, mark.length), mark.offset) for mark in message.marks]
    assert [
        (kind, at if isinstance(expected, int) else text)
        for (kind, text, at), (_, expected) in zip(found, stored, strict=True)
    ] == stored


async def test_links_are_rewritten_and_the_hundredth_entity_is_the_last(
    telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat
) -> None:
    link = MessageEntity("text_link", 0, 1, url="HTTPS://Example.com?q")
    user = MessageEntity("text_link", 1, 1, url=f"tg://user?id={ada.id}")
    sent = await bot.send_message(chat.id, "x " * 150, entities=[link, user, *(bold(2 * n, 1) for n in range(1, 150))])
    first, second, *rest = sent.entities
    assert first.url == "https://example.com/?q"
    assert second.type == "text_mention" and second.user and second.user.id == ada.id
    assert len(rest) == 98
    assert not telegram.rate_limited


# Places and rights


async def test_replies_must_have_something_to_reply_to(bot: Bot, chat: Chat) -> None:
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(chat.id, "x", reply_parameters=ReplyParameters(9999))
    sent = await bot.send_message(
        chat.id, "x", reply_parameters=ReplyParameters(9999, allow_sending_without_reply=True)
    )
    assert sent.reply_to_message is None


async def test_a_chat_may_be_closed_to_the_bot(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
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
    assert first.message and first.message.migrate_to_chat_id == new.id
    assert second.message and second.message.migrate_from_chat_id == group.id


async def test_topics(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    telegram.privacy_mode = False
    forum = telegram.supergroup("Forum", forum=True)
    talk = telegram.topic = forum.topic("Talk", ada)
    await telegram.say(forum, ada, "in the topic", topic=talk)
    await telegram.say(forum, ada, "in General")
    created, inside, general = [update.message for update in await heard(bot, telegram)]
    assert created and created.forum_topic_created and created.forum_topic_created.name == "Talk"
    assert inside and inside.message_thread_id == talk and inside.is_topic_message
    assert inside.reply_to_message and inside.reply_to_message.forum_topic_created
    assert general and general.message_thread_id is None and not general.is_topic_message
    assert inside.chat.is_forum

    sent = await bot.send_message(forum.id, "here", message_thread_id=talk)
    assert sent.message_thread_id == talk and sent.is_topic_message
    follows = await bot.send_message(forum.id, "and here", reply_parameters=ReplyParameters(inside.message_id))
    assert follows.message_thread_id == talk
    assert [each.text for each in telegram.answers(forum, talk)] == ["here", "and here"]
    assert not telegram.answers(forum, None)
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
    assert (await bot.get_me()).has_topics_enabled
    _, inside = [update.message for update in await heard(bot, telegram)]
    assert inside and inside.message_thread_id == talk and inside.is_topic_message and not inside.chat.is_forum


async def test_a_chain_of_replies_has_a_thread_that_is_no_topic(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    group = telegram.supergroup("Friends")
    root = await telegram.say(group, ada, "/ask one")
    middle = await telegram.say(group, ada, "/ask two", reply_to=root)
    await telegram.say(group, ada, "/ask three", reply_to=middle)
    first, second, third = [update.message for update in await heard(bot, telegram)]
    assert first and first.message_thread_id is None
    for reply in (second, third):
        assert reply and reply.message_thread_id == root.message_id and not reply.is_topic_message
    with pytest.raises(BadRequest, match="Message thread is not a forum topic thread"):
        await bot.send_message(group.id, "x", message_thread_id=root.message_id)


# What the bot gets to see


async def test_privacy_mode_hides_what_is_not_for_the_bot(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    group = telegram.supergroup("Friends")
    mine = await bot.send_message(group.id, "I am here")
    answer = group.message(mine.message_id)
    for text in ("hello", f"@{bot.username} hello", "/ask@other_bot x", "x /ask x"):
        await telegram.say(group, ada, text)
    await telegram.say(group, telegram.user("Rival", is_bot=True), "/ask from a bot")
    assert not telegram.pending
    await telegram.say(group, ada, "/ask one")
    await telegram.say(group, ada, f"/ask@{telegram.bot.username} two")
    await telegram.say(group, ada, "three", reply_to=answer)
    await telegram.say(group, ada, "/four", sender_chat=group)
    seen = await heard(bot, telegram)
    told = [update.message.text for update in seen if update.message]
    assert told == ["/ask one", f"/ask@{bot.username} two", "three", "/four"]
    anonymous = seen[-1].message
    assert anonymous and anonymous.sender_chat and anonymous.sender_chat.id == group.id
    assert anonymous.from_user and anonymous.from_user.username == "GroupAnonymousBot"
    telegram.privacy_mode = False
    await telegram.say(group, ada, f"@{bot.username} hello")
    group.admin, telegram.privacy_mode = True, True
    await telegram.say(group, ada, "hello")
    assert await texts(bot, telegram) == [f"@{bot.username} hello", "hello"]


async def test_what_people_write(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    said = await telegram.say(chat, ada, f"{CLOWN} @{bot.username} see https://example.com, /help me@x.org")
    await telegram.say(chat, ada, "Bob, look", entities=[Entity("text_mention", 0, 3, {"user": ada.json()})])
    await telegram.edit(said, "edited")
    await telegram.edit(said, "edited")
    await telegram.post(chat, ada, "sticker")
    album = telegram.new_album()
    for number in range(2):
        await telegram.post(chat, ada, "photo", caption=f"/ask {number}", album=album)
    first, second, edited, sticker, *photos = await heard(bot, telegram)
    assert first.message
    found = [(entity.type, first.message.parse_entity(entity)) for entity in first.message.entities]
    assert found == [
        ("mention", f"@{bot.username}"),
        ("url", "https://example.com"),
        ("bot_command", "/help"),
        ("email", "me@x.org"),
    ]
    assert second.message and second.message.entities[0].user
    assert edited.edited_message and edited.edited_message.text == "edited" and edited.edited_message.edit_date
    assert sticker.message and sticker.message.sticker and not sticker.message.text
    messages = [update.message for update in photos if update.message]
    assert [message.caption for message in messages] == ["/ask 0", "/ask 1"]
    assert {message.media_group_id for message in messages} == {album}
    file = await bot.get_file(messages[0].photo[-1].file_id)
    assert await file.download_as_bytearray() == b"\x89stand-in content of a file"


async def test_long_texts_arrive_in_pieces(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    lines = "\n".join(f"line {number} {CLOWN}" for number in range(700))
    await telegram.say(chat, ada, lines)
    pieces = await texts(bot, telegram)
    assert len(pieces) == 3
    assert "\n".join(piece or "" for piece in pieces) == lines


async def test_anything_else_can_be_pushed(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    member = {"user": telegram.bot.json(), "status": "member"}
    change = {"chat": chat.json(), "from": telegram.bot.json(), "date": 1}
    change |= {"old_chat_member": member, "new_chat_member": {**member, "status": "left"}}
    telegram.push_update({"my_chat_member": change})
    (update,) = await heard(bot, telegram)
    assert update.my_chat_member and update.my_chat_member.new_chat_member.status == "left"


# Polling


async def test_updates_stay_until_they_are_confirmed(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    for number in range(3):
        await telegram.say(chat, ada, str(number))
    assert len(await bot.get_updates(timeout=0)) == 3
    await asyncio.sleep(0.06)
    (first,) = await bot.get_updates(limit=1)
    rest = await bot.get_updates(first.update_id + 1, timeout=5)
    assert [update.update_id for update in rest] == [first.update_id + 1, first.update_id + 2]
    assert telegram.confirmed_offset == first.update_id + 1 and len(telegram.pending) == 2
    (last,) = await bot.get_updates(-1)
    assert last.update_id == rest[-1].update_id and len(telegram.pending) == 1
    assert len(await bot.get_updates(last.update_id + 1000)) == 1, "an offset far ahead is taken for a mistake"
    assert await bot.get_updates(last.update_id + 1, timeout=0) == ()
    assert not telegram.pending


async def test_a_waiting_poll_is_answered_at_once(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    started = time.monotonic()
    waiting = asyncio.create_task(bot.get_updates(timeout=50))
    await eventually(lambda: telegram.polling)
    await telegram.say(chat, ada, "hello")
    (update,) = await waiting
    assert update.message and update.message.text == "hello" and time.monotonic() - started < 5
    assert await bot.get_updates(update.update_id + 1, timeout=1) == ()


async def test_only_what_was_asked_for_is_queued(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    said = await telegram.say(chat, ada, "hello")
    await bot.get_updates(allowed_updates=["message"])
    await telegram.edit(said, "edited")
    await telegram.say(chat, ada, "two")
    await bot.get_updates(1)
    await telegram.edit(said, "edited again")
    assert [("message" in update) for update in telegram.pending] == [True, True]
    await bot.get_updates(2, allowed_updates=[])
    await telegram.edit(said, "edited once more")
    telegram.push_update({"chat_member": {}})
    assert len(telegram.pending) == 3
    assert set((await bot.get_webhook_info()).allowed_updates) > {"message", "edited_message"}


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
    assert (await bot.get_webhook_info()).url
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


# Flood control and trouble


async def test_flood_control_asks_to_wait(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    telegram.limits = Limits()
    sent = [await bot.send_message(chat.id, str(number)) for number in range(3)]
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(chat.id, "too fast")
    assert isinstance(refused.value.retry_after, timedelta) and refused.value.retry_after.total_seconds() in (1, 2, 3)
    with pytest.raises(RetryAfter):
        await bot.send_message(chat.id, "still too fast")
    assert (telegram.rate_limited, telegram.impatient) == (2, 1)
    await bot.edit_message_text("edits are counted apart", chat.id, sent[0].message_id)
    await bot.send_message(telegram.group("Friends").id, "and other chats, too")
    for _ in range(20):
        await bot.send_chat_action(chat.id, "typing")
    with pytest.raises(RetryAfter):
        await bot.send_chat_action(chat.id, "typing")
    assert [(action.chat_id, action.topic, action.action) for action in telegram.actions] == [
        (chat.id, None, "typing")
    ] * 20
    assert telegram.requests[-1].description.startswith("Too Many Requests: retry after ")


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
    for drop in (True, "after"):
        telegram.fault("sendMessage", drop=drop)  # type: ignore[arg-type] # the loop widens the literal
        with pytest.raises(NetworkError):
            await bot.send_message(chat.id, f"drop {drop}")
    late = telegram.fault("sendMessage", delay=30)
    with pytest.raises(NetworkError, match="Timed out"):
        await bot.send_message(chat.id, "late", read_timeout=0.05)
    assert late.hits == 1
    assert [message.text for message in telegram.answers(chat)] == ["one", "spared", "drop after", "late"]
    assert [request.status for request in telegram.calls("sendMessage")] == [200, 200, 502, 429, -1, -1, 200]
    assert telegram.rate_limited == 0


# Files, reactions, menu


async def test_documents(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    sent = await bot.send_document(chat.id, InputFile(b"# Answer", filename="answer.md"), caption="all of it")
    assert sent.document and sent.document.file_name == "answer.md" and sent.caption == "all of it"
    file = await bot.get_file(sent.document)
    assert bytes(await file.download_as_bytearray()) == b"# Answer"
    again = await bot.send_document(chat.id, sent.document)
    assert again.document and again.document.file_id == sent.document.file_id
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_document(chat.id, sent.document, caption="x" * 1025)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", chat.id, sent.message_id)
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("none")


async def test_reactions(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    said: Message = await telegram.say(chat, ada, "hello")
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
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    for wrong in (BotCommand("Ask", "x"), BotCommand("x" * 33, "x"), BotCommand("ask", "")):
        with pytest.raises(BadRequest):
            await bot.set_my_commands([wrong])
    await bot.set_my_description("A bridge", "en")
    await bot.set_my_short_description("Short")
    assert (telegram.descriptions, telegram.short_descriptions) == ({"en": "A bridge"}, {"": "Short"})
    with pytest.raises(BadRequest):
        await bot.set_my_short_description("x" * 121)
