"""The events of pyromark, with literals as events of their own: no markup is found in them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import pyromark

from adapters.common.markdown.source import OPTIONS
from bridge import Literal, literals, masked

Event = tuple[Any, dict[str, int]]
"""An event of pyromark, or `{"Literal": …}`; with its range in the source: UTF-8 bytes, `start` and `end`.

An event is a name, as "SoftBreak", or a dict with one key, as {"Text": "Hello"} or {"Start": {"Link": …}}.
"""


Spans = list[tuple[int, int]]


def events(markdown: str, options: pyromark.Options = OPTIONS) -> Iterable[Event]:
    """Parse Markdown. A literal, such as an address, is one event, but for the cells of a table that divide it."""
    mask, spans = _prepared(markdown)
    found: Iterable[Any] = pyromark.events_with_range(mask, options=options)
    return _Literals(markdown, mask, spans).told(found) if spans else found


def masked_events(markdown: str, options: pyromark.Options = OPTIONS) -> Iterable[Event]:
    """Parse Markdown like events(), but quicker: what the literals are is not told, there are other letters instead."""
    found: Iterable[Any] = pyromark.events_with_range(_prepared(markdown)[0], options=options)
    return found


@lru_cache(4)
def _prepared(markdown: str) -> tuple[str, Spans]:
    """Return the Markdown as the parser gets it, and where its literals are, in bytes."""
    found = literals(markdown)
    return (masked(markdown, found), _in_bytes(markdown, found)) if found else (markdown, [])


def _in_bytes(markdown: str, found: list[Literal]) -> Spans:
    if markdown.isascii():
        return [(start, stop) for start, stop, _ in found]
    spans: Spans = []
    at = count = 0
    for start, stop, _ in found:
        first = count + len(markdown[at:start].encode())
        count = first + len(markdown[start:stop].encode())
        spans.append((first, count))
        at = stop
    return spans


class _Literals:
    """Puts the text of the source in place of the mask's; `spans` says where that differs."""

    def __init__(self, markdown: str, mask: str, spans: Spans) -> None:
        self._source = markdown.encode()
        self._mask = mask.encode()
        self._spans = [*spans, (len(self._source) + 1, len(self._source) + 1)]
        self._number = 0
        self._parts: list[str] = []  # of a literal that has begun
        self._range = {"start": 0, "end": 0}

    def told(self, found: Iterable[Event]) -> list[Event]:
        """Return the events."""
        told: list[Event] = []
        in_code = False
        first, last = self._spans[0]
        rest = iter(found)
        for each in rest:
            event, span = each
            end = span["end"]
            if end <= first or type(event) is str:
                told.append(each)
                continue
            start = span["start"]
            while last <= start:
                self._number += 1
                first, last = self._spans[self._number]
            ((kind, value),) = event.items()
            if kind == "Text" and not in_code:
                told += self._text(value, start, end)
                first, last = self._spans[self._number]
                continue
            if kind in ("Start", "End"):
                in_code = kind == "Start" and isinstance(value, dict) and "CodeBlock" in value
            elif kind in ("Text", "Code", "Html", "InlineHtml"):
                event = {kind: self._restored(kind, value, start, end)}
            if self._parts:
                told.append(self._literal())
            told.append((event, span))
            if first > len(self._source):  # there are no more literals
                told += rest
        return told

    def _restored(self, kind: str, value: str, start: int, end: int) -> str:
        source, mask = self._source[start:end], self._mask[start:end]
        if source == mask or (kind != "Code" and value.encode() != mask):
            return value
        return _code(source.decode()) if kind == "Code" else source.decode()

    def _text(self, value: str, start: int, end: int) -> Iterator[Event]:
        """Yield a text as events of text and of literals."""
        same = value.encode() == self._mask[start:end]  # and no entity
        while start < end:
            first, last = self._spans[self._number]
            if start < first:
                if self._parts:
                    yield self._literal()
                stop = min(first, end) if same else end
                yield {"Text": self._source[start:stop].decode() if same else value}, {"start": start, "end": stop}
            else:
                stop = min(last, end) if same else end
                if not self._parts:
                    self._range = {"start": start, "end": stop}
                self._parts.append(self._source[start:stop].decode() if same else value)
                self._range["end"] = stop
                if stop >= last:
                    self._number += 1
                    yield self._literal()
            start = stop

    def _literal(self) -> Event:
        event = {"Literal": "".join(self._parts)}, self._range
        self._parts.clear()
        return event


def _code(source: str) -> str:
    """Return the contents of a code span (CommonMark 0.31, 6.1)."""
    size = len(source) - len(source.lstrip("`"))
    code = source[size:-size].replace("\n", " ")
    return code[1:-1] if code[:1] == code[-1:] == " " and code.strip() else code
