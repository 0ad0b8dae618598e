"""Check that an update has the types that the Bot API promises, and leave out of a message what has not.

The library itself checks nothing, and raises all kinds of errors.
"""

from collections.abc import Callable, Iterator, Mapping

from telegram import Bot, Chat, MessageEntity, Update

from adapters.common.readable import Json, readable
from adapters.telegram.rich_reading import marks

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

ANSWERS = frozenset(("is_bot", "is_topic_message", "is_automatic_forward"))
"""Fields that are true or false."""

ANY_SHAPE = "rich_message"
"""The field that is of many shapes (Bot API, RichText): what reads it bears them all."""

REQUIRED = (
    *("message_id", "date", "chat", "from", "sender_chat", "is_automatic_forward", "origin"),
    *("id", "data", "chat_instance"),  # of a press
)
"""Fields that say who wrote a message where: without them it is nobody's."""

DEFAULTS: Mapping[str, Json] = {
    "message": {"date": 1},  # 0 is that of a message which is not accessible any more
    "edited_message": {"date": 1},
    "reply_to_message": {"date": 1},
    "callback_query": {"chat_instance": ""},
    "from": {"first_name": "", "is_bot": False},
    "user": {"first_name": "", "is_bot": False},
    "sender_user": {"first_name": "", "is_bot": False},
}
"""What is put in the place of fields that the library insists on, by the name of their object."""

KINDS = ("message", "edited_message", "callback_query")
"""The kinds of updates of which parts are left out."""

_MARKED = (MessageEntity.MENTION, MessageEntity.BOT_COMMAND)

LARGEST = 2**63
"""The Bot API's ids have at most 52 bits; the database holds 64."""


def check(update: object) -> None:
    """Raise ValueError, with the field's name, for a known field of a wrong type or whose value cannot be stored.

    That is a number beyond 64 bits. Unknown fields are not checked.
    """
    for name, field, value in _fields(update, ""):
        if not _is_valid(name, field, value):
            raise ValueError(field)


def without_unreadable(update: Json, bot: Bot, read: Callable[[Update], object]) -> Json:
    """Return an update without the parts that the library, or `read`, raises over.

    A forwarded message stays one: it is by somebody unknown where its origin makes no sense. Mentions and a command
    count by their words where what marks them makes no sense. Raises what is raised over the parts that are required.
    """
    kind = next((kind for kind in KINDS if kind in update), "")
    content = _mended(update[kind], kind) if kind else None
    if not isinstance(content, dict):
        raise TypeError(kind)

    def parse(content: Json) -> None:
        read(Update.de_json({"update_id": 0, kind: dict(content)}, bot))

    kept = dict(readable(content, REQUIRED, ("reply_to_message", "external_reply", *KINDS), parse))
    if "forward_origin" in content:
        kept.setdefault("forward_origin", {"type": "hidden_user", "date": content.get("date"), "sender_user_name": ""})
    for field, words in (("entities", "text"), ("caption_entities", "caption")):
        if kept.get(field) != content.get(field):
            kept[field] = _marked(kept.get(field), str(kept.get(words, "")))
    parse(kept)
    return {"update_id": update.get("update_id"), kind: kept}


def _marked(entities: object, text: str) -> list[Json]:
    """Return entities, of which some could not be read, with the mentions and the command that the text shows."""
    found = [mark.to_dict() for mark in marks(text)]
    known = entities if isinstance(entities, list) else []
    return sorted([*found, *(each for each in known if each["type"] not in _MARKED)], key=lambda each: each["offset"])


def _mended(value: object, name: str) -> object:
    """Return a copy without mistyped fields at any depth, and with what is put in their place."""
    if isinstance(value, list):
        return [_mended(inner, name) for inner in value]
    if not isinstance(value, Mapping):
        return value
    kept = {
        field: inner if field == ANY_SHAPE else _mended(inner, field)
        for field, inner in value.items()
        if inner is not None and _is_valid(name, field, inner)
    }
    if name in ("chat", "sender_chat") and isinstance(number := kept.get("id"), int):
        kept.setdefault("type", Chat.PRIVATE if number > 0 else Chat.SUPERGROUP)
    return {**DEFAULTS.get(name, {}), **kept}


def _is_valid(name: str, field: str, value: object) -> bool:
    """Tell whether a field, of the object with this name, is of the type that the Bot API promises."""
    if field in NUMBERS or (field == "id" and name in PEOPLE_AND_CHATS):
        return isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value < LARGEST
    if field in WORDS:
        return isinstance(value, str)
    return field not in ANSWERS or isinstance(value, bool)


def _fields(value: object, name: str) -> Iterator[tuple[str, str, object]]:
    """Yield every field of nested objects: the name of its object, its own name, and its value."""
    if isinstance(value, Mapping):
        for field, inner in value.items():
            yield name, str(field), inner
            if field != ANY_SHAPE:
                yield from _fields(inner, str(field))
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, name)
