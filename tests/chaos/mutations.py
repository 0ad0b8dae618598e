"""Malformed copies of real things: fields that are missing, mistyped, huge or deep, and garbled bytes."""

import json
import random
from collections.abc import Callable

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
