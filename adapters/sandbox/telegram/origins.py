"""Origins of messages on the pretended Telegram: forwards, quotes, and replies to messages of other chats."""

from adapters.sandbox.telegram.entities import width
from adapters.sandbox.telegram.errors import Json
from adapters.sandbox.telegram.model import Chat, Message, User

Source = Message | User | Chat | str
"""A message, or only who wrote it: a person, a group or channel, the name of somebody who hides behind it."""


def origin(source: Source, date: int) -> Json:
    """Return the ``MessageOrigin``: of a kind ``user``, ``hidden_user``, ``chat`` or ``channel``."""
    if isinstance(source, Message):
        writer = source.sender_chat or source.author
        if writer is None:
            raise ValueError("nobody wrote that message")
        return origin(writer, source.date) | (
            {"message_id": source.message_id} if isinstance(writer, Chat) and writer.kind == "channel" else {}
        )
    if isinstance(source, str):
        return {"type": "hidden_user", "date": date, "sender_user_name": source}
    if isinstance(source, User):
        return {"type": "user", "date": date, "sender_user": source.json()}
    if source.kind == "channel":
        return {"type": "channel", "date": date, "chat": source.json(), "message_id": 2}
    return {"type": "chat", "date": date, "sender_chat": source.json()}


def external_reply(message: Message) -> Json:
    """Return the ``ExternalReplyInfo`` of a message in another chat: who wrote it and its media, but not its text."""
    shown: Json = {"origin": origin(message, message.date)}
    if message.chat.kind in ("supergroup", "channel"):
        shown |= {"chat": message.chat.json(), "message_id": message.message_id}
    return shown | message.media


def text_quote(message: Message, quote: str, position: int | None = None) -> Json:
    """Return the ``TextQuote`` of a part of a message; ``position`` in UTF-16 units, its first place if unsaid."""
    place = message.text.find(quote)
    if not quote or place < 0:
        raise ValueError(f"{quote!r} is not in the message")
    return {
        "text": quote,
        "position": width(message.text[:place]) if position is None else position,
        "is_manual": True,
    }
