"""What people do on the pretended Telegram, as the real python-telegram-bot hears it."""

import pytest
from telegram import Bot, MessageOriginChannel, MessageOriginChat, MessageOriginHiddenUser, MessageOriginUser
from telegram import Message as Got

from adapters.sandbox.telegram import Chat, Entity, FakeTelegram, User
from tests.adapters.sandbox.telegram.received import heard

CLOWN = "\U0001f921"


@pytest.fixture
def group(telegram: FakeTelegram) -> Chat:
    telegram.privacy_mode = False
    return telegram.supergroup("Friends")


async def test_quotes(telegram: FakeTelegram, bot: Bot, ada: User, group: Chat) -> None:
    bob = telegram.user("Bob", language="ru")
    said = await telegram.say(group, ada, f"{CLOWN} the cat sat")
    await telegram.say(group, bob, "which cat?", reply_to=said, quote="cat")
    _, asked = await heard(bot, telegram)
    assert asked.quote is not None
    assert (asked.quote.text, asked.quote.position, asked.quote.is_manual) == ("cat", 7, True)
    assert asked.reply_to_message is not None
    assert asked.reply_to_message.from_user is not None
    assert asked.from_user is not None
    assert (asked.reply_to_message.from_user.id, asked.from_user.language_code) == (ada.id, "ru")
    with pytest.raises(ValueError, match="dog"):
        await telegram.say(group, bob, "which dog?", reply_to=said, quote="dog")


async def test_answers_to_messages_elsewhere(telegram: FakeTelegram, bot: Bot, ada: User, group: Chat) -> None:
    other = telegram.supergroup("Others")
    picture = await telegram.post(other, ada, "photo", caption="look at this")
    await telegram.say(group, ada, "what is this?", reply_to=picture, quote="this")
    _, asked = await heard(bot, telegram)
    assert (asked.reply_to_message, asked.message_thread_id) == (None, None)
    assert asked.external_reply is not None
    assert asked.external_reply.chat is not None
    assert (asked.external_reply.chat.id, asked.external_reply.message_id) == (other.id, picture.message_id)
    assert isinstance(asked.external_reply.origin, MessageOriginUser)
    assert asked.external_reply.photo
    assert asked.quote is not None
    assert asked.quote.text == "this"


async def test_forwards_tell_where_they_come_from(telegram: FakeTelegram, bot: Bot, ada: User, group: Chat) -> None:
    bob, channel = telegram.user("Bob"), telegram.channel("News")
    bold = Entity("bold", 0, 3)
    said = await telegram.say(telegram.supergroup("Others"), bob, "see https://a.b", entities=[bold])
    document = await telegram.post(group, bob, "document", name="a.txt", data=b"content")
    await heard(bot, telegram)
    await telegram.forward(group, ada, said)
    await telegram.forward(group, ada, said, hidden=True)
    copy = await telegram.forward(group, ada, document)
    await telegram.forward(group, ada, group, "from an anonymous administrator")
    await telegram.forward(group, ada, channel, "news")
    await telegram.forward(group, ada, "Somebody", "secret")
    user, hidden, file, chat, news, secret = await heard(bot, telegram)
    assert isinstance(user.forward_origin, MessageOriginUser)
    assert user.forward_origin.sender_user.id == bob.id
    assert user.from_user is not None
    assert (user.from_user.id, user.text, [mark.type for mark in user.entities]) == (ada.id, said.text, ["bold", "url"])
    assert isinstance(hidden.forward_origin, MessageOriginHiddenUser)
    assert hidden.forward_origin.sender_user_name == "Bob"
    assert file.document is not None
    assert telegram.content(copy) == b"content"
    assert isinstance(chat.forward_origin, MessageOriginChat)
    assert isinstance(news.forward_origin, MessageOriginChannel)
    assert (news.forward_origin.chat.id, news.text) == (channel.id, "news")
    assert isinstance(secret.forward_origin, MessageOriginHiddenUser)


async def test_a_paste_is_cut_at_the_limit(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    text = "word " * 1800 + CLOWN
    pieces = await telegram.paste(chat, ada, text.replace(" ", "-"))
    assert [len(message.text or "") for message in await heard(bot, telegram)] == [4096, 4096, 809]
    assert "".join(piece.text for piece in pieces) == text.replace(" ", "-")


async def test_albums(telegram: FakeTelegram, bot: Bot, ada: User, group: Chat) -> None:
    question = await telegram.say(group, ada, "these")
    await telegram.post_album(
        group, ada, ("photo", "photo", "video"), caption=f"@{bot.username} /ask", reply_to=question
    )
    _, *pieces = await heard(bot, telegram)
    assert [piece.caption for piece in pieces] == [f"@{bot.username} /ask", None, None]
    assert [mark.type for mark in pieces[0].caption_entities] == ["mention", "bot_command"]
    assert len({piece.media_group_id for piece in pieces}) == 1
    assert all(piece.reply_to_message and piece.reply_to_message.text == "these" for piece in pieces)


async def test_edits_that_change_something_and_nothing(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    said = await telegram.say(chat, ada, "see https://a.b")
    picture = await telegram.post(chat, ada, "photo", caption="one")
    await telegram.unfurl(said)
    await telegram.edit(picture, "two")
    first, _, unfurled, edited = await heard(bot, telegram)
    assert (unfurled.text, unfurled.entities, unfurled.message_id) == (first.text, first.entities, first.message_id)
    assert (first.edit_date, unfurled.edit_date is not None) == (None, True)
    assert (edited.caption, edited.edit_date is not None) == ("two", True)


async def test_who_speaks_in_the_name_of_a_chat(telegram: FakeTelegram, bot: Bot, ada: User, group: Chat) -> None:
    channel = telegram.channel("News")
    await telegram.say(group, ada, "as the group", sender_chat=group, extra={"author_signature": "boss"})
    await telegram.say(group, ada, "as a channel", sender_chat=channel)
    await telegram.post(group, ada, "photo", caption="a picture", sender_chat=channel)
    await telegram.comment_on(group, channel, "a post")
    anonymous, guest, picture, automatic = await heard(bot, telegram)
    senders = [
        (message.sender_chat and message.sender_chat.id, message.from_user and message.from_user.username)
        for message in (anonymous, guest, picture)
    ]
    assert senders == [
        (group.id, "GroupAnonymousBot"),
        (channel.id, "Channel_Bot"),
        (channel.id, "Channel_Bot"),
    ]
    assert anonymous.author_signature == "boss"
    assert automatic.from_user is not None
    assert (automatic.is_automatic_forward, automatic.from_user.id, automatic.text) == (True, 777000, "a post")
    assert isinstance(automatic.forward_origin, MessageOriginChannel)


async def test_service_messages(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    telegram.privacy_mode = False
    forum = telegram.supergroup("Forum", forum=True)
    talk = forum.topic("Talk", ada)
    said = await telegram.say(forum, ada, "remember", topic=talk)
    await telegram.pin(said, ada)
    await telegram.service(forum, ada, talk, forum_topic_edited={"name": "Chat"})
    await telegram.service(forum, ada, new_chat_title="Agora")
    forum.close_topic(talk)
    forum.close_topic(talk, closed=False)
    _, _, pinned, renamed, titled, closed, opened = await heard(bot, telegram)
    assert isinstance(pinned.pinned_message, Got)
    assert (pinned.pinned_message.text, pinned.message_thread_id) == ("remember", talk)
    assert renamed.forum_topic_edited is not None
    assert (renamed.forum_topic_edited.name, renamed.message_thread_id) == ("Chat", talk)
    assert (titled.new_chat_title, titled.message_thread_id) == ("Agora", None)
    assert (closed.forum_topic_closed is not None, opened.forum_topic_reopened is not None) == (True, True)
