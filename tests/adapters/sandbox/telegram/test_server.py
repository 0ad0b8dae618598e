"""The pretended Telegram is as strict as the real one: shown with the real python-telegram-bot."""

import json
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
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter

from adapters.sandbox.telegram import Chat, FakeTelegram, Limits, User

CLOWN = "\U0001f921"


def bold(offset: int, length: int) -> MessageEntity:
    return MessageEntity("bold", offset, length)


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
