"""Parse Markdown, after cleaning it and escaping what only looks like markup."""

import re
from collections.abc import Callable
from typing import Any, cast

import pyromark

from adapters.common.markdown.emphasis import EDGE, edged

Span = dict[str, int]
"""The range of an event in the source, in UTF-8 bytes: its `start` and `end`."""

Event = tuple[Any, Span]
"""An event of pyromark with its range.

It is `"SoftBreak"`, or a dict with one key: `{"Text": "Hello"}`, `{"Start": "Strong"}`, `{"Start": {"Link": …}}`.
"""

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_MATH
)

_MAX_ROUNDS = 4
"""Rounds of escaping, at most: each may make markup of something behind it that was none before."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff" + EDGE + "]")
_CLEAN = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "")
_CLEAN |= {0x09: "\t", 0x0B: " ", 0x0C: " ", 0x1C: " ", 0x1D: " ", 0x1E: " ", 0x1F: " "}
_CLEAN[ord(EDGE)] = ""
_CLEAN |= dict.fromkeys((0x0A, 0x0D, 0x85, 0x2028, 0x2029), "\n") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

BREAK = re.compile(r"<br\s{0,9}/?>", re.IGNORECASE)
_BRACKETS = re.compile(r"(?<!\\)\\(?:\((?:(?!\n\s*\n)[^$]){1,1000}?\\\)|\[(?:(?!\n\s*\n)[^$]){1,2000}?\\\])")
_DEFINITION = re.compile(r"^[ >]{0,9}(\[([^\[\]\n^][^\[\]\n]{0,98})\]:)", re.MULTILINE)


def cleaned(text: str) -> str:
    """Return the text without control characters, lone surrogates and changes of direction; lines end with \\n."""
    if not _CONTROLS.search(text):
        return text
    return text.replace("\r\n", "\n").translate(_CLEAN)


def parsed(markdown: str) -> tuple[str, list[Event]]:
    """Return the Markdown as it was parsed, and its events. What only looks like markup is escaped before.

    That is: lines that look like HTML (they would vanish), the dollars of prices (`$10.49 (~$11.20)` is no formula),
    and definitions of links that are used nowhere here, as in a list of sources.
    """
    if "\\(" in markdown or "\\[" in markdown:  # formulas for models, and plain brackets in Markdown
        markdown = outside_code(markdown, lambda text: _BRACKETS.sub(_dollars, text))
    markdown = edged(markdown)
    events = _parse(markdown)
    for _ in range(_MAX_ROUNDS):
        source = markdown.encode()
        offsets = _unmeant_markup(markdown, source, events)
        if not offsets:
            break
        for at in sorted(offsets, reverse=True):
            source = source[:at] + b"\\" + source[at:]
        markdown = source.decode()
        events = _parse(markdown)
    return markdown, events


def _parse(markdown: str) -> list[Event]:
    return cast("list[Event]", list(pyromark.events_with_range(markdown, options=_OPTIONS)))


def outside_code(markdown: str, change: Callable[[str], str]) -> str:
    """Return the Markdown with `change` applied to all of it but code spans and blocks."""
    source, at, done = markdown.encode(), 0, []
    for event, span in _parse(markdown):
        if isinstance(event, dict) and ("Code" in event or _is_code_block(event.get("Start"))):
            done.append(change(source[at : span["start"]].decode()))
            done.append(source[span["start"] : span["end"]].decode())
            at = span["end"]
    return "".join([*done, change(source[at:].decode())])


def _dollars(formula: re.Match[str]) -> str:
    r"""Return $x$ for \(x\), and $$x$$ for \[x\]."""
    inner = formula[0][2:-2]
    if not inner.strip():
        return formula[0]
    return f"${inner.strip()}$" if formula[0][1] == "(" else f"$${inner}$$"


def _is_code_block(tag: object) -> bool:
    return isinstance(tag, dict) and "CodeBlock" in tag


def _unmeant_markup(markdown: str, source: bytes, events: list[Event]) -> set[int]:
    """Return the byte offsets at which a backslash has to go in front of what is not meant as markup."""
    offsets: set[int] = set()
    if "<" in markdown:
        for event, span in events:
            if isinstance(event, dict) and "Html" in event:
                offsets |= {
                    span["start"] + at.start() for at in re.finditer(rb"<", source[span["start"] : span["end"]])
                }
    if "$" in markdown:
        for event, span in events:
            if isinstance(event, dict) and "InlineMath" in event and source[span["end"] : span["end"] + 1].isdigit():
                offsets |= {span["start"], span["end"] - 1}
    if "]:" in markdown:
        offsets |= _unused_definitions(markdown, events)
    return offsets


def _unused_definitions(markdown: str, events: list[Event]) -> set[int]:
    shown = [
        (span["start"], span["end"])
        for event, span in events
        if isinstance(event, dict) and ("Text" in event or "Code" in event or _is_code_block(event.get("Start")))
    ]
    folded = markdown.casefold()
    offsets = set()
    for definition in _DEFINITION.finditer(markdown):
        at = len(markdown[: definition.start(1)].encode())
        if folded.count(f"[{definition[2].casefold()}]") == 1 and not any(start <= at < end for start, end in shown):
            offsets.add(at)
    return offsets
