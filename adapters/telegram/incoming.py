"""Tell which messages of Telegram are meant for the bot, and convert them to the bridge's values."""

from telegram import Chat, Message, MessageEntity, User

from adapters.common import seen
from adapters.telegram.guide import guide
from adapters.telegram.reading import (
    Picture,
    Shown,
    Span,
    attached_of,
    entity_text,
    film_of,
    hidden_links,
    is_by,
    is_heard,
    name_of,
    origin_name,
    picture_of,
    rewritten,
    selected,
    text_of,
    words_of,
    writer,
)
from bridge import TABLE, Author, Beginning, ConversationKey, Incoming, Invocation, Quote, sentences

START = "start"
ASK = "/ask"
COMMANDS = {command.name for command in TABLE}


def addressed(message: Message, me: User) -> bool:
    """Tell whether a message is private, begins with /ask, mentions the bot, or replies to it."""
    text, entities = text_of(message)
    return (
        message.chat.type == message.chat.PRIVATE
        or command(message, me) == ASK
        or any(_mentions(text, entity, me) for entity in entities)
        or _replies_to(message, me)
    )


def has_content(message: Message) -> bool:
    """Tell whether a message has text or a file from a person: no bot, no service message (joined, pinned, renamed)."""
    return (
        bool(message.text or message.caption or _thing(message) or message.checklist) and author_of(message) is not None
    )


def incoming(message: Message, me: User) -> Incoming:
    """Convert a message, without its files: mentions of the bot and /ask are taken off, hidden links become Markdown.

    A forwarded message asks about what somebody else wrote.
    """
    asked = "" if message.forward_origin else _asked(message, me)
    referred = _referred(message, me)
    return Incoming(
        key(message, me),
        str(message.message_id),
        author_of(message) or Author("", ""),
        asked,
        "" if asked or (referred and not is_heard(message)) else _refusal(message),
        shared=not private(message),
        quotes=(*referred, *(() if message.forward_origin else seen.attached(attached_of(message)))),
        replied=str(message.reply_to_message.message_id)
        if message.reply_to_message and _replies_to(message, me)
        else "",
        begun_on=_beginning(message) if message.is_topic_message and (asked or message.effective_attachment) else None,
        addressed=addressed(message, me),
    )


def invocation(message: Message, me: User) -> Invocation | None:
    """Return the command that a message is, or None.

    Every word with a slash is one in a private chat, and in a group with the bot's name behind it (/start@bot). /ask is
    none: it asks a question. /start, with which Telegram's apps begin a private chat, stands for /help.
    """
    name = command(message, me).removeprefix("/")
    author = author_of(message)
    if not name or author is None or name == "ask":
        return None
    if name not in COMMANDS and not private(message) and not _names_bot(message):
        return None
    name = "help" if name == START else name
    text, entities = text_of(message)
    argument = rewritten(text, [(0, entities[0].length, ""), *hidden_links(text, entities)])
    return Invocation(
        key(message, me),
        author,
        name,
        argument,
        shared=not private(message),
        message=str(message.message_id),
        guide=guide(message, me, author.language) if name == "help" else (),
    )


def own_file(message: Message) -> Picture | None:
    """Return the file of a message that Qwen is to be shown, or None; of a forwarded one only what it can read."""
    own = picture_of(message)
    return own if own and (not message.forward_origin or is_readable(own)) else None


def referenced_file(message: Message, me: User) -> Picture | None:
    """Return the file that Qwen is to be shown of the message of somebody else which this one replies to, or None."""
    referenced = _referenced(message, me)
    file = picture_of(referenced) if referenced else None
    return file if file and is_readable(file) and (file.file_size or 0) <= seen.MAX_SHOWN_BYTES else None


def is_readable(file: Picture) -> bool:
    """Tell whether Qwen can be shown a file, by what Telegram says of it: a picture or a document."""
    name, kind = getattr(file, "file_name", None) or "", getattr(file, "mime_type", None) or "image/jpeg"
    return seen.file_kind(name, kind) in ("picture", "document")


def platform_of(me: User) -> str:
    """Return the platform's name in keys, "telegram:ID" with the bot's id as Telegram says it (Bot API, getMe)."""
    return f"telegram:{me.id}"


def key(message: Message, me: User) -> ConversationKey:
    """Return the key of the chat or topic of a message; outside of topics a thread id is only a chain of replies."""
    thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
    return ConversationKey(platform_of(me), str(message.chat.id), thread)


def private(message: Message) -> bool:
    """Tell whether a message is in a private chat."""
    return message.chat.type == message.chat.PRIVATE


def author_of(message: Message) -> Author | None:
    """Return the author of a message: a person, or a chat that writes as itself. None for a bot or a channel's copy.

    An admin is everybody in a private chat, and who writes as the group itself: an anonymous administrator. Who writes
    as a chat is that chat, and the account that Telegram names in place of every such person (Bot API, Message, from).
    """
    if message.is_automatic_forward:
        return None
    if chat := message.sender_chat:
        named = (f"user:{message.from_user.id}",) if message.from_user else ()
        groups = (f"chat:{message.chat.id}", f"chat:{chat.id}", *named)
        return Author(str(chat.id), chat.effective_name or "", admin=chat.id == message.chat.id, groups=groups)
    return person(message.from_user, message.chat)


def person(user: User | None, chat: Chat) -> Author | None:
    """Return the author for a user in a chat; None for a bot."""
    if user is None or user.is_bot:
        return None
    admin = chat.type == chat.PRIVATE
    return Author(str(user.id), name_of(user), user.language_code or "", admin, (f"chat:{chat.id}",))


def command(message: Message, me: User) -> str:
    """Return the command that a message begins with ("/ask"), in lower case, or "".

    A command for another bot (/ask@other) is none, nor is one in a forwarded message.
    """
    text, entities = text_of(message)
    if message.forward_origin or not entities or entities[0].type != MessageEntity.BOT_COMMAND or entities[0].offset:
        return ""
    name, _, bot = text[: entities[0].length].lower().partition("@")
    return name if bot in ("", (me.username or "").lower()) else ""


def _names_bot(message: Message) -> bool:
    """Tell whether a bot's name stands behind the command that a message begins with; which one: see command()."""
    text, entities = text_of(message)
    return "@" in text[: entities[0].length]


def _asked(message: Message, me: User) -> str:
    """Return the question in a message, without the mention of the bot or /ask."""
    text, entities = text_of(message)
    cuts: list[Span] = [(e.offset, e.offset + e.length, "") for e in entities if _mentions(text, e, me)]
    if command(message, me) == ASK:
        cuts.append((0, entities[0].length, ""))
    return rewritten(text, [*cuts, *hidden_links(text, entities)])


def _refusal(message: Message) -> str:
    """Return what is said to a message without text; a picture or document replaces that once it is downloaded."""
    if is_heard(message):
        return sentences.VOICE
    if film_of(message) and picture_of(message) is None:
        return sentences.MOVING
    return sentences.NO_WORDS if _thing(message) else ""


def _thing(message: Message) -> object:
    """Return what a message shows besides text: files, places, a rich message."""
    return message.effective_attachment or message.api_kwargs.get("rich_message")


def _referred(message: Message, me: User) -> tuple[Quote, ...]:
    """Return what a message refers to: what it forwards, or what it replies to."""
    if message.forward_origin:
        return seen.forwarded(writer(message), words_of(message))
    return _replied(message, me)


def _replied(message: Message, me: User) -> tuple[Quote, ...]:
    """Return what a message replies to; only the part that was picked, where one was.

    Of the bot's own answers that is only the part: Qwen knows the rest.
    """
    outside, part = message.external_reply, selected(message)
    if _replies_to(message, me) or (outside and is_by(outside.origin, me)):
        return seen.part_of_answer(part)
    referenced = _referenced(message, me)
    if isinstance(referenced, Message):
        return seen.wrote(writer(referenced), part or words_of(referenced))
    return seen.wrote(origin_name(outside.origin), part or words_of(outside)) if outside else seen.wrote("", part)


def _referenced(message: Message, me: User) -> Shown | None:
    """Return the message of somebody else that this one replies to, here or in another chat, or None."""
    replied = message.reply_to_message
    if replied:
        return None if replied.forum_topic_created or _replies_to(message, me) else replied
    return message.external_reply


def _beginning(message: Message) -> Beginning | None:
    """Return the title of a topic, None outside of topics, in a reply, and where an app made the title up by itself.

    In a topic, what replies to no message replies to the one that created it (Bot API, Message).
    """
    root = message.reply_to_message
    created = root.forum_topic_created if root else None
    if root is None or created is None or created.is_name_implicit:
        return None
    return Beginning(str(message.chat.id), str(root.message_id), seen.topic(created.name))


def _mentions(text: str, entity: MessageEntity, me: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    return entity.type == MessageEntity.MENTION and entity_text(text, entity).lower() == f"@{me.username}".lower()


def _replies_to(message: Message, me: User) -> bool:
    """Tell whether it replies to the bot; in a topic that the bot created, every message seems to reply to that."""
    replied = message.reply_to_message
    return bool(replied and replied.from_user and replied.from_user.id == me.id and not replied.forum_topic_created)
