"""Check that an event has the types that Discord promises, and put what the library insists on in a mistyped place.

The library itself checks nothing, and raises all kinds of errors.
"""

from collections.abc import Mapping
from datetime import datetime

from adapters.common.readable import Json

WORDS = frozenset(
    (
        *("global_name", "nick", "name", "title", "description", "text", "label", "token"),
        *("content_type", "url", "proxy_url", "custom_id", "locale", "preferred_locale"),
    )
)
"""Fields that are text, or null."""

ALWAYS_WORDS = frozenset(("content", "username", "filename"))
"""Fields that are text."""

NUMBERS = frozenset(("flags", "size"))
"""Fields that are integers."""

ANY_SHAPE = "options"
"""The field of a command whose values are of many types."""

USER: Json = {"id": "", "username": "", "discriminator": "0", "avatar": None, "global_name": None, "bot": False}
MEMBER: Json = {"user": {}, "roles": [], "flags": 0, "nick": None, "joined_at": None, "permissions": "0"}
MESSAGE: Json = {"content": "", "type": 0, "edited_timestamp": None}
INTERACTION: Json = {"version": 1, "attachment_size_limit": 0}
"""What is put in the place of fields that the library insists on."""

NEEDED = {"username", "discriminator", "avatar"}
"""Fields of a user that the library insists on."""

LONG_AGO = "1970-01-01T00:00:00+00:00"


def check(data: object) -> None:
    """Raise ValueError, with the field's name, for a known field of a wrong type at any depth."""
    if isinstance(data, Mapping) and not isinstance(data.get("type", 0), int):  # that of an embed inside is none
        raise ValueError("type")  # noqa: TRY004  the library raises all kinds
    inside = [data]
    while inside:
        value = inside.pop()
        if isinstance(value, list):
            inside += value
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                if not _is_valid(name, inner) or (name in ("author", "user") and _is_partial(inner)):
                    raise ValueError(name)
                if isinstance(inner, list | dict) and name != ANY_SHAPE:
                    inside.append(inner)


def mended_message(message: Json) -> Json:
    """Return a message whose kind, text, author, roles and mentions are of the types that the library insists on.

    People have nothing but what the product reads of them.
    """
    mended = {**MESSAGE, **{name: value for name, value in message.items() if _is_valid(name, value)}}
    mended["type"] = kind if isinstance(kind := message.get("type"), int) else 0
    mended["mentions"] = [_sound(USER, each) for each in _list(message.get("mentions")) if isinstance(each, Mapping)]
    mended["mention_roles"] = [role for role in _list(message.get("mention_roles")) if _is_number(role)]
    if isinstance(replied := message.get("referenced_message"), Mapping):
        mended["referenced_message"] = mended_message(replied)
    if isinstance(author := message.get("author"), Mapping):
        mended["author"] = _sound(USER, author)
    if isinstance(member := message.get("member"), Mapping):
        mended["member"] = _member(member)
    if (edited := message.get("edited_timestamp")) is not None:
        mended["edited_timestamp"] = edited if _is_time(edited) else LONG_AGO  # it is an edit all the same
    return mended


def mended_interaction(interaction: Json) -> Json:
    """Return an interaction whose user, member and channel have nothing but what the product reads of them."""
    mended = {**INTERACTION, **interaction}
    if isinstance(user := interaction.get("user"), Mapping):
        mended["user"] = _sound(USER, user)
    if isinstance(member := interaction.get("member"), Mapping):
        mended["member"] = _member(member)
    channel = interaction.get("channel")
    kind = channel.get("type") if isinstance(channel, Mapping) else None
    mended["channel"] = {"id": interaction.get("channel_id"), "type": kind if isinstance(kind, int) else 0}
    return mended


def _member(member: Json) -> Json:
    sound = dict(_sound(MEMBER, member))
    sound["roles"] = [role for role in _list(member.get("roles")) if _is_number(role)]
    sound["joined_at"] = joined if _is_time(joined := member.get("joined_at")) else None
    sound["permissions"] = allowed if _is_number(allowed := member.get("permissions")) else "0"
    sound["user"] = _sound(USER, user) if isinstance(user := member.get("user"), Mapping) else {}
    return sound


def _sound(wanted: Json, given: Json) -> Json:
    """Return the fields that are `wanted`, each as it is given where that is of its type."""
    return {
        name: value if isinstance(value := given.get(name), str | bool | int) and _is_valid(name, value) else usual
        for name, usual in wanted.items()
    }


def _is_valid(name: str, value: object) -> bool:
    if name in WORDS:
        return value is None or isinstance(value, str)
    if name in ALWAYS_WORDS:
        return isinstance(value, str)
    return name not in NUMBERS or (isinstance(value, int) and not isinstance(value, bool))


def _is_partial(user: object) -> bool:
    """Tell whether a user lacks what the library insists on; it leaves them out then. An embed has an author, too."""
    return isinstance(user, Mapping) and "id" in user and not user.keys() >= NEEDED


def _is_number(value: object) -> bool:
    """Tell whether the value is an id or a set of rights: digits in a text, or a number."""
    return isinstance(value, str | int) and str(value).isascii() and str(value).isdecimal()


def _is_time(value: object) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
