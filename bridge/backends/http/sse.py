"""Reads streams of server-sent events: bytes in, the frame of each event out. No connection of its own."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import orjson

from bridge.runtime.surrogates import whole_pairs

MAX_EVENT_BYTES = 1 << 20
"""Limits one event: more bytes without an end are no event of an answer."""

ANSWER_SECONDS = 900.0
"""Limits a whole answer: long thinking takes five to ten minutes (qwen wire, silent failures)."""

PROGRESS_SECONDS = 300.0
"""Limits the wait for the next piece of an answer while only signs of life come, which are no progress."""

BOM = b"\xef\xbb\xbf"
"""May stand before a stream, and is no part of it."""

DONE = "[DONE]"
"""Ends the streams of OpenAI-compatible servers; Qwen sends none today (qwen wire, SSE framing)."""

FIELDS = (b"event", b"id", b"retry")
"""Lists the fields of an event besides its data."""

BODIES = (b"{", b"[", b"<")
"""Begin what is no stream: one JSON value, or a page."""

_LINE_END = re.compile(rb"\r\n|\r|\n")


class Overflow(ValueError):
    """Says that an event grew beyond MAX_EVENT_BYTES."""


class Progress(Protocol):
    """Knows when an answer began or last went on, by time.monotonic()."""

    moved_at: float


class Mark(Enum):
    """Stands for an event without a JSON object: the end of the stream, or one that cannot be read."""

    DONE = auto()
    UNREADABLE = auto()


@dataclass(frozen=True, slots=True)
class Whole:
    """Holds a body that is no stream of events, such as one JSON object."""

    body: bytes


Frame = Mapping[str, object] | Mark | Whole


async def frames(chunks: AsyncIterator[bytes], answer: Progress) -> AsyncIterator[Frame]:
    """Yield the frames of a body, which its first bytes tell, not the content type: a Whole alone, or a stream's.

    `chunks`: the bytes of the body, however they are cut. Raises Overflow; TimeoutError after ANSWER_SECONDS, and where
    the `answer` has not gone on for PROGRESS_SECONDS.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    decoder = Decoder()
    first: bytes | None = b""
    async for chunk in chunks:
        if time.monotonic() > min(deadline, answer.moved_at + PROGRESS_SECONDS):
            raise TimeoutError
        if first is not None:
            first += chunk
            if not (begun := first.lstrip(BOM + b" \t\r\n")):
                continue
            if begun.startswith(BODIES):
                async with asyncio.timeout(PROGRESS_SECONDS):
                    rest = b"".join([more async for more in chunks])
                yield Whole(begun + rest)
                return
            chunk, first = first, None
        for data in decoder.feed(chunk):
            for frame in parsed(data):
                yield frame
    for data in decoder.end():
        for frame in parsed(data):
            yield frame


def parsed(data: str) -> list[Mapping[str, object] | Mark]:
    """Return the frames that an event's data holds: one as a rule; none where it is no object, as in a keepalive.

    Some servers leave out the blank line between events, which makes several objects of one event's data.
    """
    data = data.strip()
    if data == DONE:
        return [Mark.DONE]
    value = json_of(data or "null")
    if isinstance(value, Mapping):
        return [value, Mark.UNREADABLE] if "\\u" in data and whole_pairs(data) is not data else [value]
    if value is not None or data in ("", "null"):
        return []
    lines = data.split("\n")
    if len(lines) == 1:
        return [Mark.UNREADABLE]
    found = [frame for line in lines for frame in parsed(line)]
    return [Mark.UNREADABLE] if all(frame is Mark.UNREADABLE for frame in found) else found


def json_of(data: str | bytes) -> object:
    """Return a JSON value, also with NaN, as some servers say for a probability; None for what is none.

    U+FFFD stands for each half of a surrogate pair, which could be neither shown nor stored.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(whole_pairs(data if isinstance(data, str) else data.decode("utf-8", "replace")))
        except (ValueError, RecursionError):
            return None


class Decoder:
    """Decodes the bytes of a stream, however they are cut, to the data of each event that is complete.

    Lines end in LF, CRLF or CR; several `data:` lines of one event are joined by LF; comments and other fields are
    ignored (Qwen sends none: qwen wire, SSE framing), but what an `event: error` says is put under "error", where other
    servers have it. A line that is no field at all counts as an event of its own: so does a server in front of Qwen
    answer with a JSON object, and so is what was garbled on the way not passed over.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._name = b""
        self._began = self._after_cr = False

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yield the data of the events that `chunk` completes. Raises Overflow."""
        if not chunk:
            return
        if self._after_cr:
            chunk = chunk.removeprefix(b"\n")
        searched, start = len(self._rest), 0
        self._rest += chunk
        for found in _LINE_END.finditer(bytes(self._rest[searched:])):
            line = bytes(self._rest[start : searched + found.start()])
            start = searched + found.end()
            yield from self._line(line)
        self._after_cr = start == len(self._rest) and self._rest.endswith(b"\r")
        del self._rest[:start]
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise Overflow

    def end(self) -> Iterator[str]:
        """Yield the data of the last event, where the stream closed without the blank line after it."""
        if self._rest:
            yield from self._line(bytes(self._rest))
            self._rest.clear()
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[str]:
        if not self._began:
            self._began, line = True, line.removeprefix(BOM)
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(value)
        elif not line:
            yield from self._event()
        elif name == b"event":
            self._name = value
        elif name and name not in FIELDS:
            yield line.decode("utf-8", "replace")

    def _event(self) -> Iterator[str]:
        data, failed = b"\n".join(self._data).decode("utf-8", "replace"), self._name.strip() == b"error"
        some, self._name, self._size = bool(self._data), b"", 0
        self._data.clear()
        if some:
            yield _as_error(data) if failed else data


def _as_error(data: str) -> str:
    """Return the data of an `event: error` with what it says under "error"."""
    said = json_of(data)
    if isinstance(said, Mapping) and said.get("error"):
        return data
    return orjson.dumps({"error": data if said is None else said}).decode()
