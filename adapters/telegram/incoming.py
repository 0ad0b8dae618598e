"""Which messages are meant for the bot, and what they ask."""

from telegram import Message, MessageEntity, User

from bridge import Author, ConversationKey, Incoming, sentences

GREETED = {"/start", "/help"}
ASK = "/ask"

Entity = tuple[int, int]
"""Offset and end, in UTF-16 units."""


def incoming(message: Message, me: User) -> Incoming | None:
    """The message as the bridge takes it, or None where it is not meant for the bot."""
    author = _author(message)
    if author is None or not _speaks(message):
        return None
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities
    command = _command(text, entities, me)
    mentions = [(e.offset, e.offset + e.length) for e in entities if _mentions(text, e, me)]
    private = message.chat.type == message.chat.PRIVATE
    if not (private or command == ASK or mentions or _replies_to(message, me)):
        return None
    if private and command in GREETED:
        return Incoming(key(message, me), str(message.message_id), author, "", sentences.GREETING)
    cuts = [*mentions, (0, entities[0].length)] if command == ASK else mentions
    asked = _without(text, cuts)
    no_words = not asked and message.effective_attachment
    notice = sentences.NO_WORDS if no_words else ""
    return Incoming(key(message, me), str(message.message_id), author, asked, notice)


def platform_of(bot: str) -> str:
    """The platform's name for the bot with this id."""
    return f"telegram:{bot}"


def key(message: Message, me: User) -> ConversationKey:
    """Each chat and each topic is a conversation; without topics a thread id is only a chain of replies."""
    thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
    return ConversationKey(platform_of(str(me.id)), str(message.chat.id), thread)


def _author(message: Message) -> Author | None:
    """Who speaks: a person, or a chat that speaks as itself; never a bot."""
    if message.is_automatic_forward:
        return None
    here = f"chat:{message.chat.id}"
    if chat := message.sender_chat:
        return Author(str(chat.id), chat.effective_name or "", groups=(here, f"chat:{chat.id}"))
    sender = message.from_user
    return Author(str(sender.id), sender.full_name, groups=(here,)) if sender and not sender.is_bot else None


def _speaks(message: Message) -> bool:
    """Whether somebody says something; service messages (joined, pinned, renamed) do not."""
    return bool(message.text or message.caption or message.effective_attachment)


def _command(text: str, entities: tuple[MessageEntity, ...], me: User) -> str:
    """The command that the message begins with, if it is meant for this bot."""
    if not entities or entities[0].type != MessageEntity.BOT_COMMAND or entities[0].offset:
        return ""
    name, _, bot = text[: entities[0].length].lower().partition("@")
    return name if bot in ("", (me.username or "").lower()) else ""


def _mentions(text: str, entity: MessageEntity, me: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    return entity.type == MessageEntity.MENTION and _cut(text, entity).lower() == f"@{me.username}".lower()


def _replies_to(message: Message, me: User) -> bool:
    """Whether it answers the bot; in a topic that the bot opened, every message seems to answer the opening."""
    replied = message.reply_to_message
    return bool(replied and replied.from_user and replied.from_user.id == me.id and not replied.forum_topic_created)


def _cut(text: str, entity: MessageEntity) -> str:
    raw = text.encode("utf-16-le")
    return raw[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le", "replace")


def _without(text: str, cuts: list[Entity]) -> str:
    """The text with some parts taken out, and no double blank where they stood."""
    raw = text.encode("utf-16-le")
    for start, end in sorted(cuts, reverse=True):
        before, after = raw[: start * 2].decode("utf-16-le", "replace"), raw[end * 2 :].decode("utf-16-le", "replace")
        if not before or before[-1].isspace():
            after = after.lstrip(" ")
        raw = (before + after).encode("utf-16-le")
    return raw.decode("utf-16-le").strip()
