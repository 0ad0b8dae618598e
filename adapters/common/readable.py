"""Leave out of a message the parts that a platform's library cannot read: they do not cost the whole message."""

from collections.abc import Callable, Collection, Mapping
from functools import partial

Json = Mapping[str, object]

Parse = Callable[[Json], object]
"""Reads a message as the library does; raises whatever that raises."""


def readable(message: Json, required: Collection[str], nested: Collection[str], parse: Parse) -> Json:
    """Return a message without the parts that `parse` cannot read.

    required: fields that are kept in any case, as nothing is left of the message without them.
    nested: fields that hold messages, directly or in a list as {"message": …}: of them, too, only parts are left out.
    """
    kept = {name: value for name, value in message.items() if name in required}
    optional = [name for name in message if name not in required]
    for name in sorted(optional, key=lambda name: name in nested):

        def reads(value: object, name: str = name) -> bool:
            return _reads(parse, {**kept, name: value})

        part = message[name]
        if not reads(part) and name in nested:
            part = _nested(part, partial(_parse_with, parse, kept, name), required, nested)
        if not reads(part) and isinstance(part, list):
            part = [each for each in part if reads([each])]
        if reads(part):
            kept[name] = part
    return kept


def _nested(
    part: object, parse: Callable[[object], object], required: Collection[str], nested: Collection[str]
) -> object:
    if isinstance(part, list):
        return [_nested(each, lambda inner: parse([inner]), required, nested) for each in part]
    if not isinstance(part, Mapping):
        return part
    inside = part.get("message")
    if isinstance(inside, Mapping):
        return {**part, "message": readable(inside, required, nested, lambda inner: parse({**part, "message": inner}))}
    return readable(part, required, nested, parse)


def _parse_with(parse: Parse, kept: Json, name: str, part: object) -> object:
    return parse({**kept, name: part})


def _reads(parse: Parse, message: Json) -> bool:
    try:
        parse(message)
    except Exception:  # noqa: BLE001  whatever the library raises over a part
        return False
    return True
