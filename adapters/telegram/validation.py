"""Check that an update has the types that the Bot API promises, since the library believes everything."""

from collections.abc import Iterator, Mapping

NUMBERS = frozenset(
    ("message_id", "message_thread_id", "migrate_to_chat_id", "date", "edit_date", "offset", "length", "file_size")
)

PEOPLE_AND_CHATS = frozenset(("chat", "from", "sender_chat", "user", "sender_user", "via_bot"))
"""Objects whose `id` is a number."""

WORDS = frozenset(
    (
        *("text", "caption", "first_name", "last_name", "title", "username", "language_code", "type", "data", "status"),
        *("file_id", "file_name", "mime_type", "media_group_id", "author_signature"),
    )
)

LARGEST = 2**63
"""The Bot API's ids have at most 52 bits; the database holds 64."""


def check(update: object) -> None:
    """Raise ValueError for a known field of another type, or with a number or a text that cannot be stored."""
    for name, field, value in _fields(update, ""):
        if field in NUMBERS or (field == "id" and name in PEOPLE_AND_CHATS):
            sound = isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value < LARGEST
        elif field in WORDS:
            sound = isinstance(value, str) and _is_unicode(value)
        else:
            continue
        if not sound:
            raise ValueError(field)


def _fields(value: object, name: str) -> Iterator[tuple[str, str, object]]:
    """Every field: the name of the object that it is in, its own, and what it holds."""
    if isinstance(value, Mapping):
        for field, inner in value.items():
            yield name, str(field), inner
            yield from _fields(inner, str(field))
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, name)


def _is_unicode(text: str) -> bool:
    """Half of a surrogate pair is no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
