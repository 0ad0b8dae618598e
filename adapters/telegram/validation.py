"""Check that an update has the types that the Bot API promises, and leave out of a message what has not.

The library itself checks nothing, and raises all kinds of errors.
"""

from collections.abc import Iterator, Mapping

from telegram import Bot, Message

from adapters.common.readable import Json, readable

NUMBERS = frozenset(
    ("message_id", "message_thread_id", "migrate_to_chat_id", "date", "edit_date", "offset", "length", "file_size")
)
"""Fields that are integers."""

PEOPLE_AND_CHATS = frozenset(("chat", "from", "sender_chat", "user", "sender_user", "via_bot"))
"""Objects whose `id` is a number."""

WORDS = frozenset(
    (
        *("text", "caption", "first_name", "last_name", "title", "username", "language_code", "type", "data", "status"),
        *("file_id", "file_name", "mime_type", "media_group_id", "author_signature"),
    )
)
"""Fields that are text."""

REQUIRED = ("message_id", "date", "chat", "from", "sender_chat", "is_automatic_forward", "origin")
"""Fields that say who wrote a message where: without them it is nobody's."""

LARGEST = 2**63
"""The Bot API's ids have at most 52 bits; the database holds 64."""


def check(update: object) -> None:
    """Raise ValueError, with the field's name, for a known field of a wrong type or whose value cannot be stored.

    That is a number beyond 64 bits, or a text with half of a surrogate pair. Unknown fields are not checked.
    """
    for name, field, value in _fields(update, ""):
        if field in NUMBERS or (field == "id" and name in PEOPLE_AND_CHATS):
            valid = isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value < LARGEST
        elif field in WORDS:
            valid = isinstance(value, str) and _is_unicode(value)
        else:
            continue
        if not valid:
            raise ValueError(field)


def without_unreadable(update: Json, bot: Bot) -> Json | None:
    """Return an update without the parts of its message that cannot be read; None where it has no message to be read.

    A forwarded message stays one: it is by somebody unknown where its origin makes no sense.
    """

    def parse(message: Json) -> None:
        check(message)
        Message.de_json(dict(message), bot)

    kind = next((kind for kind in ("message", "edited_message") if kind in update), "")
    message = update.get(kind)
    if not isinstance(message, Mapping):
        return None
    kept = dict(readable(message, REQUIRED, ("reply_to_message", "external_reply"), parse))
    if "forward_origin" in message:
        kept.setdefault("forward_origin", {"type": "hidden_user", "date": message.get("date"), "sender_user_name": ""})
    parse(kept)
    return {**update, kind: kept}


def _fields(value: object, name: str) -> Iterator[tuple[str, str, object]]:
    """Yield every field of nested objects: the name of its object, its own name, and its value."""
    if isinstance(value, Mapping):
        for field, inner in value.items():
            yield name, str(field), inner
            yield from _fields(inner, str(field))
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, name)


def _is_unicode(text: str) -> bool:
    """Tell whether the text can be encoded: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
