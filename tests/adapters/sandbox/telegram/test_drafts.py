"""Drafts and rich messages on the pretended Telegram, shown with the real python-telegram-bot."""

import itertools
import re

import pytest
from telegram import Bot, Message, MessageEntity
from telegram.error import BadRequest, Forbidden, RetryAfter

from adapters.sandbox.telegram import Chat, FakeTelegram, Limits
from tests.waiting import eventually

# Drafts


async def test_a_draft_grows_and_gives_way_to_the_message(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    bold = MessageEntity("bold", 0, 2)
    assert await bot.send_message_draft(chat.id, 7, "")
    assert await bot.send_message_draft(chat.id, 7, "He")
    assert await bot.send_message_draft(chat.id, 7, "Hello", entities=[bold])
    (draft,) = telegram.drafts.shown(chat)
    assert (draft.draft_id, draft.text) == (7, "Hello")
    assert draft.history == [("", []), ("He", []), ("Hello", [{"type": "bold", "offset": 0, "length": 2}])]
    assert chat.messages == []
    await bot.send_message(chat.id, "Hello!")
    assert telegram.drafts.shown(chat) == []
    await bot.send_message_draft(chat.id, 7, "again")
    assert [draft.text for draft in telegram.drafts.all] == ["Hello", "again"]


async def test_drafts_of_topics_and_ids_are_apart(telegram: FakeTelegram, bot: Bot) -> None:
    chat = telegram.private(telegram.user("Bob"), topics=True)
    topics = [chat.topic("one"), chat.topic("two")]
    for topic, draft_id in itertools.product(topics, (1, 2)):
        await bot.send_message_draft(chat.id, draft_id, f"{draft_id}", message_thread_id=topic)
    await bot.send_message(chat.id, "here", message_thread_id=topics[0])
    assert [len(telegram.drafts.shown(chat, topic)) for topic in topics] == [0, 2]
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message_draft(chat.id, 1, "x", message_thread_id=4321)


async def test_a_draft_vanishes_by_itself(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    telegram.drafts.seconds = 0.05
    await bot.send_message_draft(chat.id, 1, "soon gone")
    await eventually(lambda: not telegram.drafts.shown(chat))
    assert [(draft.text, draft.removed) for draft in telegram.drafts.all] == [("soon gone", False)]


async def test_drafts_are_refused_where_they_cannot_be(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    for place in (telegram.group("g"), telegram.supergroup("s")):
        with pytest.raises(BadRequest, match=r"(?i)textdraft_peer_invalid"):
            await bot.send_message_draft(place.id, 1, "x")
    for draft_id, text, words in ((0, "x", "non-zero"), (1, "x" * 4097, "too long"), (1, " \n", "must be non-empty")):
        with pytest.raises(BadRequest, match=words):
            await bot.send_message_draft(chat.id, draft_id, text)
    await bot.send_message_draft(chat.id, 1, "x" * 4096)
    chat.blocked = True
    with pytest.raises(Forbidden):
        await bot.send_message_draft(chat.id, 1, "x")
    assert len(telegram.drafts.all) == 1


async def test_drafts_and_typing_count_together(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    telegram.limits = Limits(messages=(), actions=((2, 60.0),))
    await bot.send_chat_action(chat.id, "typing")
    await bot.send_message_draft(chat.id, 1, "one")
    with pytest.raises(RetryAfter):
        await bot.send_message_draft(chat.id, 1, "two")
    assert telegram.drafts.shown(chat)[0].text == "one"
    await bot.send_message(chat.id, "the message counts apart")


# Rich messages

TABLE = (
    "<h2>Prices &amp; more</h2><p>A <b>bold</b> <a href='https://example.com/'>link</a></p>"
    '<table bordered><tr><th>What</th><th align="right">€</th></tr><tr><td>tea</td><td>2 &lt; 3</td></tr></table>'
    '<ul><li>one<br/>two</li></ul><pre><code class="language-python">a = 1\nb = 2</code></pre><tg-math-block>x^2'
    "</tg-math-block> and <tg-math>y</tg-math><hr/>"
)
WORDS = "Prices & more\nA bold link\nWhat €\ntea 2 < 3\none\ntwo\na = 1\nb = 2\nx^2\nand y"


async def send(bot: Bot, chat: Chat, html: str, **more: object) -> Message:
    call = {"chat_id": chat.id, "rich_message": {"html": html, "skip_entity_detection": True}, **more}
    sent = await bot.do_api_request("sendRichMessage", api_kwargs=call, return_type=Message)
    assert isinstance(sent, Message)
    return sent


async def edit_rich(bot: Bot, sent: Message, html: str, text: str | None = None) -> None:
    more = {"text": text, "rich_message": {"html": html}}
    await bot.edit_message_text("", sent.chat_id, sent.message_id, api_kwargs=more)


async def test_a_rich_message_is_read_as_words(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    question = await telegram.say(chat, telegram.users[chat.id], "what?")
    await bot.send_message_draft(chat.id, 1, "draft")
    markup = {"inline_keyboard": [[{"text": "Stop", "callback_data": "s"}]]}
    sent = await send(bot, chat, TABLE, reply_parameters={"message_id": question.message_id}, reply_markup=markup)
    (answer,) = telegram.answers(chat)
    assert (answer.rich, answer.text.splitlines()) == (TABLE, WORDS.splitlines())
    assert (answer.message_id, answer.reply_to) == (sent.message_id, question.message_id)
    assert [button.text for button in answer.buttons] == ["Stop"]
    assert sent.text is None
    assert sent.api_kwargs["rich_message"]["blocks"][0] == {
        "type": "paragraph",
        "text": ["P", {"type": "bold", "text": "rices & more"}],
    }
    assert telegram.drafts.shown(chat) == []


async def test_a_message_becomes_rich_and_text_again(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    sent = await bot.send_message(chat.id, "plain")
    (answer,) = telegram.answers(chat)
    await edit_rich(bot, sent, "<p>plain</p>")
    assert (answer.rich, answer.text) == ("<p>plain</p>", "plain")
    with pytest.raises(BadRequest, match="not modified"):
        await edit_rich(bot, sent, "<p>plain</p>")
    with pytest.raises(BadRequest, match="together"):
        await edit_rich(bot, sent, "<p>plain</p>", text="x")
    await bot.edit_message_text("plain", chat.id, sent.message_id)
    assert (answer.rich, answer.text, len(answer.history)) == ("", "plain", 3)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>a<b>c</p></b>", 'Unmatched end tag, expected "</b>", found "</p>" at byte offset 8'),
        ("<p>é<b>c", 'end tag corresponding to start tag "b"'),
        ("a</p>", "Unmatched end tag at byte offset 1"),
        ("a < b", "Unsupported start tag at byte offset 2"),
        ("<p>x</p><script>y</script>", 'Unsupported start tag "script" at byte offset 8'),
        ("<tg-thinking>hm</tg-thinking>", 'Unsupported start tag "tg-thinking"'),
        ("<!-- no -->x", "Unsupported start tag"),
        ("<li>x</li>", '"li" is not allowed here'),
        ("<table><td>x</td></table>", '"td" is not allowed here'),
        ("<p> </p>", "must be non-empty"),
    ],
)
async def test_html_that_is_not_well_formed_is_refused(bot: Bot, chat: Chat, html: str, words: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){re.escape(words)}"):
        await send(bot, chat, html)


def nested(depth: int) -> str:
    return "<b><i>" * (depth // 2) + "x" + "</i></b>" * (depth // 2)


def row(cells: str) -> str:
    return f"<table><tr>{cells}</tr></table>"


@pytest.mark.parametrize(
    ("most", "more"),
    [
        (f"<p>{'é' * 16380}x</p>", f"<p>{'é' * 16381}</p>"),
        ("<p>x</p>" * 500, "<p>x</p>" * 501),
        (f"<ul>{'<li>x</li>' * 499}</ul>", f"<ul>{'<li>x</li>' * 500}</ul>"),
        ("<hr/>x" * 250, "<hr/>x" * 250 + "<hr/>"),
        (nested(16), nested(18)),
        (row("<td>x</td>" * 20) + row("<td>x</td>"), row("<td>x</td>" * 21)),
        (row('<td colspan="20">x</td>'), row('<td colspan="20">x</td><td>y</td>')),
        ("x" + '<img src="https://example.com/a.png"/>' * 50, "x" + '<img src="https://example.com/a.png"/>' * 51),
    ],
)
async def test_the_limits_of_rich_messages(bot: Bot, chat: Chat, most: str, more: str) -> None:
    await send(bot, chat, most)
    with pytest.raises(BadRequest, match=r"(?i)rich message is (invalid|too long)"):
        await send(bot, chat, more)


@pytest.mark.parametrize("content", [{}, {"html": "x", "markdown": "x"}, {"html": ""}, {"markdown": "x"}])
async def test_exactly_one_form_is_read(bot: Bot, chat: Chat, content: dict[str, str]) -> None:
    with pytest.raises(BadRequest, match=r"(?i)exactly one|reads html only"):
        await bot.do_api_request("sendRichMessage", api_kwargs={"chat_id": chat.id, "rich_message": content})
    with pytest.raises(BadRequest, match=r"not specified"):
        await bot.do_api_request("sendRichMessage", api_kwargs={"chat_id": chat.id})


async def test_rich_messages_count_as_messages_and_edits(telegram: FakeTelegram, bot: Bot, chat: Chat) -> None:
    telegram.limits = Limits(messages=((1, 60.0),), edits=((1, 60.0),), actions=())
    sent = await send(bot, chat, "<p>one</p>")
    with pytest.raises(RetryAfter):
        await bot.send_message(chat.id, "two")
    await edit_rich(bot, sent, "<p>two</p>")
    with pytest.raises(RetryAfter):
        await bot.edit_message_text("three", chat.id, sent.message_id)
