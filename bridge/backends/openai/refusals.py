"""Reads what a refusal says: servers put its codes, its words and its number into different places of their JSON."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

CODES = frozenset({"code", "errorcode", "errcode", "type", "errortype", "status", "reason", "statuscode", "httpcode"})
"""Lists the names of fields with a code: a text or an HTTP status; by their lower-case letters alone, as are WORDS."""

WORDS = frozenset(
    {
        *("error", "errors", "message", "msg", "errormessage", "errormsg", "errordescription", "description", "title"),
        *("detail", "details", "reasons", "cause", "raw", "metadata", "data", "innererror", "errorinfo"),
        *("param", "loc", "nprompttokens", "nctx"),
    }
)
"""Lists the names of fields with words, or with more fields. No other is read: it may repeat what the person wrote."""

NAMED = ("errorcode", "errormessage", "detail")
"""Lists the names of fields that no part of an answer has."""

DEEPEST, LONGEST = 8, 2000
"""Bound how deep a body is read, and how many code points of its words."""

_NAME = re.compile(r"[^a-z]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ADDRESS = re.compile(r"https?://\S+")
_ECHO = re.compile(r"""['"]?\binput(?:_value)?['"]?\s*[:=]\s*(?:'[^']*'|"[^"]*"|\{[^}]*\}|\[[^\]]*\])""")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Holds what a refusal says.

    `words`: all its words and codes, in lower case, without addresses and without what it repeats of the question.
    `number`: the HTTP status that it states itself; 0 without one. `structured`: whether it was JSON.
    """

    words: str = ""
    number: int = 0
    structured: bool = True


def in_bytes(body: bytes) -> Refusal | None:
    """Return what a body says, JSON or plain text; None for a page, for bytes that are no text, and for nothing."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        text = body[:LONGEST].decode("utf-8", "replace").strip()
        plain = text and "\ufffd" not in text and text[0] not in "<{["
        return Refusal(_plain(text), structured=False) if plain else None
    if isinstance(value, list) and not any(isinstance(each, Mapping) for each in value):
        return None
    return in_value(value) if isinstance(value, Mapping | list | str) else None


def in_value(value: object) -> Refusal:
    """Return what a JSON value says."""
    parts = list(_parts(value, 0))
    numbers = [part for part in parts if isinstance(part, int)]
    words = " ".join(part for part in parts if isinstance(part, str))
    return Refusal(_plain(words), numbers[0] if numbers else 0)


def in_frame(frame: Mapping[str, object]) -> Refusal | None:
    """Return what a frame of a stream, or a whole answer, says is wrong; None for a part of an answer."""
    choices = frame.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(choice, Mapping) and choice.get("error"):
        return in_value(choice["error"])
    if frame.get("error"):
        return in_value(frame)
    if choices is not None:
        return None
    named = any(value and _NAME.sub("", name.lower()) in NAMED for name, value in frame.items())
    is_error = named or "error" in (frame.get("object"), frame.get("type")) or _fails(frame.get("code"))
    return in_value(frame) if is_error else None


def _fails(code: object) -> bool:
    """Tell whether a code beside no answer means a failure: a text, or the HTTP status of one."""
    return bool(_status(code)) or (isinstance(code, str) and not code.isdecimal() and code.lower() not in ("", "ok"))


def _parts(value: object, depth: int, name: str = "message") -> Iterator[str | int]:
    """Yield the words and HTTP statuses of a value: of a mapping, its own codes before what stands deeper in it."""
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for field, inner in sorted(((_NAME.sub("", str(key).lower()), of) for key, of in value.items()), key=_later):
            if field in CODES or field in WORDS:
                yield from _parts(inner, depth + 1, field)
    elif isinstance(value, list):
        for each in value:
            yield from _parts(each, depth + 1, name)
    elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        yield from _nested(value, depth)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield from _code(value) if name in CODES else (str(value),)  # some state tokens as numbers of their own


def _code(value: str | int) -> Iterator[str | int]:
    """Yield a code as an HTTP status, or as words; no other number, which would count tokens."""
    if number := _status(value):
        yield number
    elif isinstance(value, str) and not value.isdecimal():
        yield _HUMP.sub(" ", value).replace("_", " ")


def _nested(text: str, depth: int) -> Iterator[str | int]:
    """Yield the parts of a text that is JSON itself, as of the refusal that a server passes on; else the text."""
    try:
        yield from _parts(orjson.loads(text), depth + 1)
    except orjson.JSONDecodeError:
        yield text


def _later(field: tuple[str, object]) -> bool:
    return field[0] not in CODES


def _status(code: object) -> int:
    """Return the HTTP status of a failure that a code is, or begins with as a text; 0 for any other."""
    found = re.match(r"\s*([45]\d\d)\b", str(code)) if isinstance(code, int | str) else None
    return int(found[1]) if found else 0


def _plain(words: str) -> str:
    return _ECHO.sub("", _ADDRESS.sub("", words[:LONGEST])).lower()
