"""Decide which messages are meant for the bot, and read what they ask."""

from telegram import (
    Chat,
    Document,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginUser,
    PhotoSize,
    User,
)

from bridge import TABLE, Author, ConversationKey, Incoming, Invocation, Quote, sentences

START = "start"
ASK = "/ask"
COMMANDS = {command.name for command in TABLE}

Entity = tuple[int, int]
"""Offset and end, in UTF-16 units."""


def addressed(message: Message, me: User) -> bool:
    """Tell whether it is meant for the bot: in a private chat, by /ask, by a mention, or as a reply to it."""
    text, entities = _text(message)
    return (
        message.chat.type == message.chat.PRIVATE
        or command(message, me) == ASK
        or any(_mentions(text, entity, me) for entity in entities)
        or _replies_to(message, me)
    )


def has_content(message: Message) -> bool:
    """Tell whether a person says something: no bot, no service message (joined, pinned, renamed)."""
    said = message.text or message.caption or message.effective_attachment
    return bool(said) and author_of(message) is not None


def incoming(message: Message, me: User) -> Incoming:
    """Make of a message what the bridge takes: mentions of the bot and /ask taken off. Its files are not in it yet."""
    author = author_of(message) or Author("", "")
    text, entities = _text(message)
    cuts = [(e.offset, e.offset + e.length) for e in entities if _mentions(text, e, me)]
    if command(message, me) == ASK:
        cuts.append((0, entities[0].length))
    asked = _without(text, cuts)
    # A forwarded message asks about what somebody else wrote, where it is known who.
    writer = _origin(message.forward_origin)
    forwarded = Quote(writer, asked) if writer and asked else None
    return Incoming(
        key(message, me),
        str(message.message_id),
        author,
        "" if forwarded else asked,
        _refusal(message) if not asked else "",
        shared=not private(message),
        quote=forwarded or _quote(message, me),
        replied=str(message.reply_to_message.message_id)
        if message.reply_to_message and _replies_to(message, me)
        else "",
        addressed=addressed(message, me),
    )


def invocation(message: Message, me: User) -> Invocation | None:
    """Read the command that it is, if it is one for this bot; in a private chat every word with a slash is.

    /start, with which Telegram's apps begin a private chat, greets as /help does.
    """
    name = command(message, me).removeprefix("/")
    author = author_of(message)
    if not name or author is None or name == "ask" or (name not in COMMANDS and not private(message)):
        return None
    name = "help" if name == START else name
    text, entities = _text(message)
    argument = _without(text, [(0, entities[0].length)])
    return Invocation(key(message, me), author, name, argument, shared=not private(message))


def file_of(message: Message, me: User) -> PhotoSize | Document | None:
    """Find the picture or document that came with it; else the picture of somebody else that it replies to."""
    if message.photo or message.document:
        return message.photo[-1] if message.photo else message.document
    replied = message.reply_to_message
    return replied.photo[-1] if replied and replied.photo and not _replies_to(message, me) else None


def platform_of(bot: str) -> str:
    """Name the platform for the bot with this id."""
    return f"telegram:{bot}"


def key(message: Message, me: User) -> ConversationKey:
    """Make the key of a chat or a topic; without topics a thread id is only a chain of replies."""
    thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
    return ConversationKey(platform_of(str(me.id)), str(message.chat.id), thread)


def private(message: Message) -> bool:
    """Tell whether nobody else reads it."""
    return message.chat.type == message.chat.PRIVATE


def author_of(message: Message) -> Author | None:
    """Return who speaks: a person, or a chat that speaks as itself; None for a bot.

    In a private chat everybody is an admin, and so is who speaks as the group: an anonymous one.
    """
    if message.is_automatic_forward:
        return None
    if chat := message.sender_chat:
        groups = (f"chat:{message.chat.id}", f"chat:{chat.id}")
        return Author(str(chat.id), chat.effective_name or "", admin=chat.id == message.chat.id, groups=groups)
    return person(message.from_user, message.chat)


def person(user: User | None, chat: Chat) -> Author | None:
    """Make the author of a user in a chat, unless it is a bot."""
    if user is None or user.is_bot:
        return None
    admin = chat.type == chat.PRIVATE
    return Author(str(user.id), user.full_name, user.language_code or "", admin, (f"chat:{chat.id}",))


def command(message: Message, me: User) -> str:
    """Read the command that it begins with, if it is meant for this bot; what is forwarded orders nothing."""
    text, entities = _text(message)
    if message.forward_origin or not entities or entities[0].type != MessageEntity.BOT_COMMAND or entities[0].offset:
        return ""
    name, _, bot = text[: entities[0].length].lower().partition("@")
    return name if bot in ("", (me.username or "").lower()) else ""


def _text(message: Message) -> tuple[str, tuple[MessageEntity, ...]]:
    return message.text or message.caption or "", message.entities or message.caption_entities


def _refusal(message: Message) -> str:
    """What is said to a message without words that holds something else; pictures and documents are fetched later."""
    if message.voice or message.video_note or message.audio:
        return sentences.VOICE
    return sentences.NO_WORDS if message.effective_attachment else ""


def _quote(message: Message, me: User) -> Quote | None:
    """What somebody else wrote, where it replies to that; only the part that was picked, where one was."""
    replied, outside = message.reply_to_message, message.external_reply
    picked = message.quote.text if message.quote else ""
    if replied and not (replied.forum_topic_created or _replies_to(message, me)):
        author = author_of(replied)
        text = picked or replied.text or replied.caption or ""
        return Quote(author.name if author else "", text) if text else None
    return Quote(_origin(outside.origin) if outside else "", picked) if picked and not replied else None


def _origin(origin: object) -> str:
    if isinstance(origin, MessageOriginUser):
        return origin.sender_user.full_name
    if isinstance(origin, MessageOriginChat):
        return origin.sender_chat.effective_name or ""
    if isinstance(origin, MessageOriginChannel):
        return origin.chat.effective_name or ""
    return str(getattr(origin, "sender_user_name", ""))


def _mentions(text: str, entity: MessageEntity, me: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    return entity.type == MessageEntity.MENTION and _entity_text(text, entity).lower() == f"@{me.username}".lower()


def _replies_to(message: Message, me: User) -> bool:
    """Whether it answers the bot; in a topic that the bot opened, every message seems to answer the opening."""
    replied = message.reply_to_message
    return bool(replied and replied.from_user and replied.from_user.id == me.id and not replied.forum_topic_created)


def _entity_text(text: str, entity: MessageEntity) -> str:
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
