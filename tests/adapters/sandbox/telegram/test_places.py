"""Where the bot may write on the pretended Telegram: replies, closed chats, topics."""

import pytest
from telegram import (
    Bot,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden

from adapters.sandbox.telegram import Chat, FakeTelegram, User
from tests.adapters.sandbox.telegram.received import heard


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
