"""Documents, deletion, reactions, members and menus on the pretended Telegram, with the real python-telegram-bot."""

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeChatAdministrators,
    BotCommandScopeChatMember,
    ChatMemberAdministrator,
    ChatMemberOwner,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden

from adapters.sandbox.telegram import Button, Chat, FakeTelegram, User

STOP = InlineKeyboardMarkup([[InlineKeyboardButton("Stop", callback_data="stop")]])
THREE_DAYS = 3 * 24 * 60 * 60


async def test_documents_in_a_topic(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    forum = telegram.supergroup("Forum", forum=True)
    talk = forum.topic("Talk", ada)
    said = await telegram.say(forum, ada, "/ask all", topic=talk)
    await bot.send_document(
        forum.id,
        InputFile("# Answer é".encode(), filename="answer é.md"),
        caption="all of it",
        message_thread_id=talk,
        reply_parameters=ReplyParameters(said.message_id),
        reply_markup=STOP,
    )
    (answer,) = telegram.answers(forum, talk)
    assert telegram.content(answer).decode() == "# Answer é"
    assert (answer.text, answer.reply_to, answer.buttons) == ("all of it", said.message_id, [Button("Stop", "stop")])
    document = answer.media["document"]
    assert isinstance(document, dict)
    assert (document["file_name"], document["mime_type"]) == ("answer é.md", "text/markdown")


async def test_old_messages_cannot_be_deleted(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    group = telegram.supergroup("Friends")
    theirs = await telegram.say(group, ada, "/ask")
    for text in ("old", "new"):
        await bot.send_message(group.id, text)
    old, new = telegram.answers(group)
    old.date -= THREE_DAYS
    for message in (theirs, old):
        with pytest.raises(BadRequest, match="Message can't be deleted"):
            await bot.delete_message(group.id, message.message_id)
    await bot.delete_message(group.id, new.message_id)
    assert [message.text for message in telegram.answers(group)] == ["old"]
    group.admin = True
    await bot.delete_message(group.id, theirs.message_id)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(group.id, old.message_id)


async def test_a_group_may_allow_some_reactions_only(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    group = telegram.supergroup("Friends")
    said = await telegram.say(group, ada, "/ask")
    group.reactions = ["👍"]
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(group.id, said.message_id, "👀")
    with pytest.raises(BadRequest, match="Reactions_too_many"):
        await bot.set_message_reaction(group.id, said.message_id, ["👍", "👍"])
    await bot.set_message_reaction(group.id, said.message_id, "👍")
    assert said.reactions == ["👍"]


async def test_who_is_what_in_a_group(telegram: FakeTelegram, bot: Bot, ada: User) -> None:
    group = telegram.supergroup("Friends")
    owner, hidden, gone, never = (telegram.user(name) for name in ("Owner", "Hidden", "Gone", "Never"))
    await telegram.say(group, ada, "hello")
    anonymous = await telegram.say(group, hidden, "hello", sender_chat=group)
    assert anonymous.author
    await telegram.set_member(group, owner, "creator", title="Boss")
    await telegram.set_member(group, hidden, "administrator", anonymous=True)
    await telegram.set_member(group, telegram.user("Other", is_bot=True), "administrator")
    await telegram.set_member(group, gone, "kicked")
    people = (ada, owner, hidden, gone, never, anonymous.author, telegram.bot)
    found = [(await bot.get_chat_member(group.id, user.id)).status for user in people]
    assert found == ["member", "creator", "administrator", "kicked", "left", "left", "member"]
    boss, second = [await bot.get_chat_member(group.id, user.id) for user in (owner, hidden)]
    assert isinstance(boss, ChatMemberOwner)
    assert (boss.user.id, boss.custom_title) == (owner.id, "Boss")
    assert isinstance(second, ChatMemberAdministrator)
    assert (second.user.id, second.is_anonymous) == (hidden.id, True)
    for wrong, reason in ((0, "Invalid user_id specified"), (5, "Member not found")):
        with pytest.raises(BadRequest, match=reason):
            await bot.get_chat_member(group.id, wrong)


async def test_changes_of_members_arrive_where_the_bot_may_hear_them(
    telegram: FakeTelegram, bot: Bot, ada: User
) -> None:
    group = telegram.supergroup("Friends")
    await bot.get_updates(allowed_updates=["chat_member"])
    await telegram.set_member(group, ada, "member")
    assert telegram.pending == []
    group.admin = True
    await telegram.set_member(group, ada, "administrator")
    (update,) = await bot.get_updates()
    change = update.chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "administrator")


async def test_the_bot_is_blocked_added_and_removed(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    group = telegram.supergroup("Friends")
    await telegram.set_bot(chat, "kicked", ada)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(chat.id, "hello")
    await telegram.set_bot(chat, "member", ada)
    await bot.send_message(chat.id, "hello")
    await telegram.set_bot(group, "kicked", ada)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(group.id, "hello")
    await telegram.set_bot(group, "administrator", ada)
    assert group.admin
    await telegram.set_bot(group, "restricted", ada)
    with pytest.raises(BadRequest, match="Not enough rights"):
        await bot.send_message(group.id, "hello")
    await telegram.set_bot(group, "left", ada)
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.send_message(group.id, "hello")
    seen = await bot.get_updates()
    changes = [update.my_chat_member for update in seen if update.my_chat_member]
    assert [(each.old_chat_member.status, each.new_chat_member.status) for each in changes] == [
        ("member", "kicked"),
        ("kicked", "member"),
        ("member", "kicked"),
        ("kicked", "administrator"),
        ("administrator", "restricted"),
        ("restricted", "left"),
    ]
    (added,) = (update.message for update in seen if update.message)
    assert [user.id for user in added.new_chat_members] == [telegram.bot.id]


async def test_menus_by_scope_and_language(telegram: FakeTelegram, bot: Bot, ada: User, chat: Chat) -> None:
    group = telegram.supergroup("Friends", username="friends")
    commands = [BotCommand("ask", "Ask something")]
    await bot.set_my_commands(commands, scope=BotCommandScopeAllPrivateChats(), language_code="ru")
    await bot.set_my_commands(commands, scope=BotCommandScopeChat(chat.id))
    await bot.set_my_commands(commands, scope=BotCommandScopeChatAdministrators("@friends"))
    await bot.set_my_commands(commands, scope=BotCommandScopeChatMember(group.id, ada.id))
    assert set(telegram.commands) == {
        ("all_private_chats", "ru"),
        (f"chat:{chat.id}", ""),
        (f"chat_administrators:{group.id}", ""),
        (f"chat_member:{group.id}:{ada.id}", ""),
    }
    wrong_scopes = [
        BotCommandScopeChat(5),
        BotCommandScopeChatAdministrators(chat.id),
        BotCommandScopeChatMember(group.id, 0),
    ]
    for scope in wrong_scopes:
        with pytest.raises(BadRequest):
            await bot.set_my_commands(commands, scope=scope)
    for wrong in ("eng", "EN", "e1"):
        with pytest.raises(BadRequest, match="Invalid language code specified"):
            await bot.set_my_commands(commands, language_code=wrong)
    await bot.set_my_commands(commands * 100)
    with pytest.raises(BadRequest, match="Too many bot commands specified"):
        await bot.set_my_commands(commands * 101)
    await bot.set_my_commands([BotCommand("x" * 32, "x" * 256)])
    with pytest.raises(BadRequest):
        await bot.set_my_commands([BotCommand("x", "x" * 257)])
