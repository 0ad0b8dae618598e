"""Malformed copies of real things: fields that are missing, mistyped, huge or deep, and garbled bytes."""

import json
import random
from collections.abc import Callable, Iterator

Path = tuple[str | int, ...]
"""Leads from a value to one inside it: names of fields and places in lists."""

Json = dict[str, object]

HUGE, DEEP = 20_000, 300


def _deep(rng: random.Random) -> object:
    value: object = "deep"
    for _ in range(DEEP):
        value = {"a": value} if rng.random() < 0.5 else [value]
    return value


ODD: tuple[Callable[[random.Random], object], ...] = (
    lambda _: None,
    lambda rng: rng.choice((True, False)),
    lambda rng: rng.choice((0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**30)),
    lambda rng: rng.choice((0.5, -1e308, 1e308)),
    lambda rng: rng.choice(("", " ", "x", "0", "-1", "NaN", "\u0000", "\ud800", "\u202e", "null", "1e999")),
    lambda rng: rng.choice(("x", "\n", "𝔘", "<", "`")) * HUGE,
    lambda rng: rng.choice(([], {}, [None], [[]], {"": {}}, {"id": None}, [1, "a", {}])),
    _deep,
)


def malformed(rng: random.Random, real: Json, most: int = 3) -> Json:
    """A copy in which some values, anywhere, are gone or are others."""
    copy: Json = json.loads(json.dumps(real))
    for _ in range(rng.randint(1, most)):
        holders = list(_holders(copy))
        if not holders:
            break
        _spoil(rng, rng.choice(holders))
    return copy


def _spoil(rng: random.Random, holder: "dict[str, object] | list[object]") -> None:
    gone, odd = rng.random() < 0.3, rng.choice(ODD)(rng)
    if isinstance(holder, dict):
        key = rng.choice(list(holder))
        holder[key] = odd
        if gone:
            del holder[key]
    else:
        place = rng.randrange(len(holder))
        holder[place : place + 1] = [] if gone else [odd]


def _holders(value: object) -> "list[dict[str, object] | list[object]]":
    """All objects and lists in a value that hold something, outermost first; not what is deeper than anything real."""
    found: list[dict[str, object] | list[object]] = []
    level = [value]
    for _ in range(20):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict | list) and each:
                found.append(each)
                inner += each.values() if isinstance(each, dict) else each
        level = inner
    return found


def garbled(rng: random.Random, real: bytes) -> bytes:
    """A copy in which bytes are gone, doubled, others, or cut off."""
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(real) + 1)
        end = min(len(real), start + rng.choice((1, 2, 10, 100, len(real))))
        odd = rng.choice((b"", real[start:end] * 2, rng.randbytes(end - start), b"\n", b"\r\n\r\n", b"\0", b"\xff" * 9))
        real = real[:start] + odd + real[end:]
    return real


GONE = object()
"""Stands for a field that is not there."""

OTHERS: tuple[Callable[[object], object], ...] = (
    lambda _: GONE,
    lambda _: None,
    lambda _: [],
    lambda _: {},
    lambda _: "",
    lambda _: 0,
    lambda _: -1,
    lambda _: True,
    lambda _: False,
    lambda _: 0.5,
    lambda _: 2**63,
    lambda _: -(10**30),
    lambda real: [real],
    lambda real: [real, None, [real]],
    lambda real: {"type": "bold", "text": real},
    lambda real: {"id": real, "name": real},
    str,
    lambda real: int(real) if isinstance(real, str) and real.isdecimal() else "12",
    lambda real: real * 200 if isinstance(real, str | list) else "x" * HUGE,
    lambda _: "\ud83d half",
    lambda _: "\u202e\u200b\u0000𝔘\ufeff",
    lambda _: _deep(random.Random(1)),
)
"""What is put in a field's place: what newer or older servers may send, and what nobody should."""


def ways(rng: random.Random, real: object) -> Iterator[tuple[Path, Callable[[object], object]]]:
    """Yield for ever where a value is changed and how: each of all ways once before any comes again."""
    every = [(path, other) for path in paths(real) for other in OTHERS]
    while every:
        rng.shuffle(every)
        yield from every


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the paths to everything inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*path, name)
        yield from paths(each, (*path, name))


def changed(real: Json, path: Path, other: Callable[[object], object]) -> Json:
    """A copy with what stands at the path gone or other; the same where nothing stands there."""
    copy: Json = json.loads(json.dumps(real))
    holder: object = copy
    for name in path[:-1]:
        if not _holds(holder, name):
            return copy
        holder = holder[name]  # type: ignore[index]
    if isinstance(holder, dict | list) and _holds(holder, path[-1]):
        new = other(holder[path[-1]])  # type: ignore[index]
        if new is GONE:
            del holder[path[-1]]  # type: ignore[arg-type]
        else:
            holder[path[-1]] = new  # type: ignore[index]
    return copy


def _holds(holder: object, name: str | int) -> bool:
    if isinstance(holder, dict):
        return name in holder
    return isinstance(holder, list) and isinstance(name, int) and name < len(holder)
