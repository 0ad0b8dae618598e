"""Tell which messages of Telegram are meant for the bot, and convert them to the bridge's values."""

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
"""Where an entity begins and ends in a text, in UTF-16 units (Bot API, MessageEntity)."""


def addressed(message: Message, me: User) -> bool:
    """Tell whether a message is private, begins with /ask, mentions the bot, or replies to it."""
    text, entities = _text(message)
    return (
        message.chat.type == message.chat.PRIVATE
        or command(message, me) == ASK
        or any(_mentions(text, entity, me) for entity in entities)
        or _replies_to(message, me)
    )


def has_content(message: Message) -> bool:
    """Tell whether a message has text or a file from a person: no bot, no service message (joined, pinned, renamed)."""
    content = message.text or message.caption or message.effective_attachment
    return bool(content) and author_of(message) is not None


def incoming(message: Message, me: User) -> Incoming:
    """Convert a message, without its files: mentions of the bot and /ask are taken off."""
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
    """Return the command that a message is, or None; in a private chat every word with a slash is one.

    /ask is none: it asks a question. /start, with which Telegram's apps begin a private chat, stands for /help.
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
    """Return the picture or document of a message, else the picture of somebody else that it replies to, or None."""
    if message.photo or message.document:
        return message.photo[-1] if message.photo else message.document
    replied = message.reply_to_message
    return replied.photo[-1] if replied and replied.photo and not _replies_to(message, me) else None


def platform_of(bot: str) -> str:
    """Return the platform's name in keys, "telegram:ID" with the id of the bot."""
    return f"telegram:{bot}"


def key(message: Message, me: User) -> ConversationKey:
    """Return the key of the chat or topic of a message; outside of topics a thread id is only a chain of replies."""
    thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
    return ConversationKey(platform_of(str(me.id)), str(message.chat.id), thread)


def private(message: Message) -> bool:
    """Tell whether a message is in a private chat."""
    return message.chat.type == message.chat.PRIVATE


def author_of(message: Message) -> Author | None:
    """Return the author of a message: a person, or a chat that writes as itself. None for a bot or a channel's copy.

    An admin is everybody in a private chat, and who writes as the group itself: an anonymous administrator.
    """
    if message.is_automatic_forward:
        return None
    if chat := message.sender_chat:
        groups = (f"chat:{message.chat.id}", f"chat:{chat.id}")
        return Author(str(chat.id), chat.effective_name or "", admin=chat.id == message.chat.id, groups=groups)
    return person(message.from_user, message.chat)


def person(user: User | None, chat: Chat) -> Author | None:
    """Return the author for a user in a chat; None for a bot."""
    if user is None or user.is_bot:
        return None
    admin = chat.type == chat.PRIVATE
    return Author(str(user.id), user.full_name, user.language_code or "", admin, (f"chat:{chat.id}",))


def command(message: Message, me: User) -> str:
    """Return the command that a message begins with ("/ask"), in lower case, or "".

    A command for another bot (/ask@other) is none, nor is one in a forwarded message.
    """
    text, entities = _text(message)
    if message.forward_origin or not entities or entities[0].type != MessageEntity.BOT_COMMAND or entities[0].offset:
        return ""
    name, _, bot = text[: entities[0].length].lower().partition("@")
    return name if bot in ("", (me.username or "").lower()) else ""


def _text(message: Message) -> tuple[str, tuple[MessageEntity, ...]]:
    return message.text or message.caption or "", message.entities or message.caption_entities


def _refusal(message: Message) -> str:
    """Return what is said to a message without text; a picture or document replaces that once it is downloaded."""
    if message.voice or message.video_note or message.audio:
        return sentences.VOICE
    return sentences.NO_WORDS if message.effective_attachment else ""


def _quote(message: Message, me: User) -> Quote | None:
    """Return what the message replies to, if somebody else wrote it; only the selected part, where there is one."""
    replied, outside = message.reply_to_message, message.external_reply
    selected = message.quote.text if message.quote else ""
    if replied and not (replied.forum_topic_created or _replies_to(message, me)):
        author = author_of(replied)
        text = selected or replied.text or replied.caption or ""
        return Quote(author.name if author else "", text) if text else None
    return Quote(_origin(outside.origin) if outside else "", selected) if selected and not replied else None


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
    """Tell whether it replies to the bot; in a topic that the bot created, every message seems to reply to that."""
    replied = message.reply_to_message
    return bool(replied and replied.from_user and replied.from_user.id == me.id and not replied.forum_topic_created)


def _entity_text(text: str, entity: MessageEntity) -> str:
    raw = text.encode("utf-16-le")
    return raw[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le", "replace")


def _without(text: str, cuts: list[Entity]) -> str:
    """Return the text without some parts, and without double blanks where they stood."""
    raw = text.encode("utf-16-le")
    for start, end in sorted(cuts, reverse=True):
        before, after = raw[: start * 2].decode("utf-16-le", "replace"), raw[end * 2 :].decode("utf-16-le", "replace")
        if not before or before[-1].isspace():
            after = after.lstrip(" ")
        raw = (before + after).encode("utf-16-le")
    return raw.decode("utf-16-le").strip()
