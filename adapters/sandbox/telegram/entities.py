"""Message text as Telegram's server treats it: cleaned, trimmed, its entities checked, repaired and added to.

Offsets and lengths of entities count UTF-16 code units.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.links import checked_link, found_in, mentioned_user

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ENTITY_LIMIT = 100

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = ("blockquote", "expandable_blockquote")
CODE = ("pre", "code")
FOUND = ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number")
_ORDER = {"blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "text_link": 49, "text_mention": 49}
_ORDER |= {style: 90 + place for place, style in enumerate(STYLES)} | {"custom_emoji": 99}

_DROPPED = frozenset("\r\u0333\u033f\u030a") | {chr(code) for code in range(0x2028, 0x202F)}
_INVISIBLE = frozenset(" \n\u00a0\u1680\u180e\u202f\u205f\u2800\u3000\ufffc") | {
    chr(code) for code in range(0x2000, 0x2010)
}

FindUser = Callable[[int], Json | None]
"""Gives a known user as JSON by id."""


class Unreadable(Exception):
    """Why an entity cannot be read."""


@dataclass(frozen=True)
class Entity:
    """One marked stretch of a text; ``extra`` holds what its type adds (``url``, ``language``, ``user``)."""

    type: str
    offset: int
    length: int
    extra: Json = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Return the offset right after it."""
        return self.offset + self.length

    def json(self) -> Json:
        """Return it as the Bot API shows it."""
        return {"offset": self.offset, "length": self.length, "type": self.type, **self.extra}


def width(text: str) -> int:
    """Count the UTF-16 code units of a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _units(letter: str) -> int:
    return 2 if letter > "\uffff" else 1


def stretch(text: str, offset: int, length: int) -> str:
    """Return the part of a text that an entity covers."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def read_entities(raw: str, find_user: FindUser) -> list[Entity]:
    """Read the entities of a request. As on the server, no JSON array means none. Raises Refused for a wrong member."""
    try:
        items = json.loads(raw) if raw else []
    except ValueError:
        return []
    if not isinstance(items, list):
        return []
    try:
        read = [_entity(item, find_user) for item in items]
    except Unreadable as problem:
        raise bad(f"can't parse MessageEntity: {problem}") from None
    return [entity for entity in read if entity.type not in FOUND]


def _entity(item: object, find_user: FindUser) -> Entity:
    if not isinstance(item, dict):
        raise Unreadable("expected an Object")
    offset, length, kind = _number(item, "offset"), _number(item, "length"), _string(item, "type")
    if kind in (*STYLES, *QUOTES, "code", *FOUND):
        return Entity(kind, offset, length)
    if kind == "pre":
        language = item.get("language") or ""
        return Entity(kind, offset, length, {"language": language} if language else {})
    if kind == "text_link":
        return _link(_string(item, "url"), offset, length, find_user)
    if kind == "text_mention":
        user = item.get("user")
        return _mention(_number(user if isinstance(user, dict) else {}, "id"), offset, length, find_user)
    if kind == "custom_emoji":
        return Entity(kind, offset, length, {"custom_emoji_id": str(_number(item, "custom_emoji_id"))})
    if kind == "date_time":
        return Entity(kind, offset, length, {"unix_time": _number(item, "unix_time")})
    raise Unreadable("Unsupported type specified")


def _number(item: Json, name: str) -> int:
    if name not in item:
        raise Unreadable(f'Can\'t find field "{name}"')
    value = item[name]
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Unreadable(f'Field "{name}" must be of type Number')
    try:
        return int(value)
    except ValueError:
        raise Unreadable(f'Field "{name}" must be a valid Number') from None


def _string(item: Json, name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str):
        raise Unreadable(f'Can\'t find field "{name}"')
    return value


def _link(url: str, offset: int, length: int, find_user: FindUser) -> Entity:
    user_id = mentioned_user(url)
    if user_id is not None:
        return _mention(user_id, offset, length, find_user)
    try:
        return Entity("text_link", offset, length, {"url": checked_link(url)})
    except ValueError as reason:
        raise bad(f"entity URL '{url}' is invalid: {reason}") from None


def _mention(user_id: int, offset: int, length: int, find_user: FindUser) -> Entity:
    user = find_user(user_id)
    if user is None:
        raise bad("user not found")
    return Entity("text_mention", offset, length, {"user": user})


def formatted(text: str, wanted: Iterable[Entity], *, may_be_empty: bool = False) -> tuple[str, list[Entity]]:
    """Return text and entities as they are stored. Raises Refused; lengths are for the caller to check."""
    entities = list(wanted)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    for entity in entities:
        for name, value in (("offset", entity.offset), ("length", entity.length)):
            if not 0 <= value <= 1_000_000:
                raise bad(f"receive an entity with incorrect {name} {value}")
    text, entities = _cleaned(text, repaired(entities))
    text, entities = _trimmed(text, repaired(entities))
    if not text or all(letter in _INVISIBLE for letter in text):
        if may_be_empty:
            return "", []
        raise bad("text must be non-empty")
    return text, with_found(text, _capped(entities))


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Control characters become blanks, some marks vanish, and the entities move along."""
    places: dict[int, int] = {}
    before = after = 0
    kept: list[str] = []
    for letter in text:
        places[before] = after
        if letter not in _DROPPED:
            kept.append(" " if letter < " " and letter != "\n" else letter)
            after += _units(letter)
        before += _units(letter)
    places[before] = after
    return "".join(kept), [_moved(entity, places, before) for entity in entities]


def _moved(entity: Entity, places: dict[int, int], total: int) -> Entity:
    start, end = places.get(entity.offset), places.get(entity.end)
    named = f"entity beginning at UTF-16 offset {entity.offset}"
    if entity.offset > total:
        raise bad(f"entity begins after the end of the text at UTF-16 offset {entity.offset}")
    if entity.end > total:
        raise bad(f"{named} ends after the end of the text at UTF-16 offset {entity.end}")
    if start is None:
        raise bad(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {entity.offset}")
    if end is None:
        raise bad(f"{named} ends in a middle of a UTF-16 symbol at UTF-16 offset {entity.end}")
    return replace(entity, offset=start, length=end - start)


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Blanks at the end go, those at the start up to the first entity."""
    text = text.rstrip(" \n")
    total = width(text)
    kept = [replace(each, length=min(each.end, total) - each.offset) for each in entities if each.offset < total]
    leading = len(text) - len(text.lstrip(" \n"))
    cut = min([leading, *(entity.offset for entity in kept)])
    return text[cut:], _sorted([replace(each, offset=each.offset - cut) for each in kept])


def _capped(entities: list[Entity]) -> list[Entity]:
    """The first hundred; the styles are counted last."""
    solid = [entity for entity in entities if entity.type not in STYLES]
    styles = [entity for entity in entities if entity.type in STYLES]
    return _sorted([*solid, *styles][:ENTITY_LIMIT])


def with_found(text: str, entities: list[Entity]) -> list[Entity]:
    """Return the entities with what the server finds by itself, where no other solid entity stands."""
    solid = [entity for entity in entities if entity.type not in STYLES]
    added = []
    for kind, start, end in found_in(text):
        new = Entity(kind, width(text[:start]), width(text[start:end]))
        if all(_apart(new, old) or (old.type in QUOTES and _inside(new, old)) for old in solid):
            added.append(new)
    return _sorted([*entities, *added])


def _apart(one: Entity, other: Entity) -> bool:
    return one.end <= other.offset or other.end <= one.offset


def _inside(one: Entity, other: Entity) -> bool:
    return other.offset <= one.offset and one.end <= other.end


def _sorted(entities: Iterable[Entity]) -> list[Entity]:
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length, _ORDER.get(entity.type, 50)))


def repaired(entities: list[Entity]) -> list[Entity]:
    """Return the entities without overlaps: solid ones win in order, styles split around code, like ones merge."""
    entities = _sorted(entity for entity in entities if entity.length)
    if _nested_well(entities):
        return entities
    quotes = _without_overlaps(entity for entity in entities if entity.type in QUOTES)
    solid = _without_overlaps(entity for entity in entities if entity.type not in (*STYLES, *QUOTES))
    solid = [entity for entity in solid if all(_apart(entity, quote) or _inside(entity, quote) for quote in quotes)]
    solid = _sorted([*solid, *quotes])
    styles = [piece for style in STYLES for piece in _pieces(style, entities, solid)]
    return _sorted([*solid, *styles])


def _without_overlaps(entities: Iterable[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in entities:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _nested_well(entities: list[Entity]) -> bool:
    stack: list[Entity] = []
    ends: dict[str, int] = {}
    for entity in entities:
        while stack and entity.offset >= stack[-1].end:
            stack.pop()
        if ends.get(entity.type, -1) >= entity.offset and entity.type in STYLES:
            return False
        if stack and not _may_nest(entity, stack):
            return False
        ends[entity.type] = entity.end
        stack.append(entity)
    return True


def _may_nest(entity: Entity, stack: list[Entity]) -> bool:
    outer = {other.type for other in stack}
    if entity.end > stack[-1].end or stack[-1].type in CODE or entity.type in outer:
        return False
    if entity.type in STYLES:
        return True
    if entity.type in CODE:
        return outer <= set(QUOTES)
    return outer <= {*STYLES, *QUOTES} and not (entity.type in QUOTES and outer)


def _pieces(style: str, entities: list[Entity], solid: list[Entity]) -> list[Entity]:
    """The stretches of one style: merged where they touch, cut where a solid entity begins or ends, none in code."""
    merged: list[tuple[int, int]] = []
    for entity in entities:
        if entity.type == style:
            if merged and entity.offset <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], entity.end))
            else:
                merged.append((entity.offset, entity.end))
    pieces = []
    for start, end in merged:
        cuts = sorted({start, end, *(cut for one in solid for cut in (one.offset, one.end) if start < cut < end)})
        pieces += [Entity(style, left, right - left) for left, right in pairwise(cuts)]
    return [piece for piece in pieces if not any(one.type in CODE and _inside(piece, one) for one in solid)]
