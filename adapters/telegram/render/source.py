"""Parse Markdown, after cleaning it and escaping what only looks like markup."""

import re
from collections.abc import Callable

import pyromark

from adapters.common.markdown.emphasis import EDGE, edged
from adapters.common.markdown.events import Event, events
from adapters.common.markdown.source import OPTIONS
from bridge import is_formula

Span = dict[str, int]
"""The range of an event in the source, in UTF-8 bytes: its `start` and `end`."""

_MAX_ROUNDS = 4
"""Rounds of escaping, at most: each may make markup of something behind it that was none before."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff" + EDGE + "]")
_CLEAN = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "")
_CLEAN |= {0x09: "\t", 0x0B: " ", 0x0C: " ", 0x1C: " ", 0x1D: " ", 0x1E: " ", 0x1F: " "}
_CLEAN[ord(EDGE)] = ""
_CLEAN |= dict.fromkeys((0x0A, 0x0D, 0x85, 0x2028, 0x2029), "\n") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

BREAK = re.compile(r"<br\s{0,9}/?>", re.IGNORECASE)
_HTML_LINE = re.compile(r"^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*<[A-Za-z!?/]", re.MULTILINE)
_BRACKETS = re.compile(r"(?<!\\)\\(?:\((?:(?!\n\s*\n)[^$]){1,1000}?\\\)|\[(?:(?!\n\s*\n)[^$]){1,2000}?\\\])")
_DEFINITION = re.compile(r"^[ >]{0,9}(\[([^\[\]\n^][^\[\]\n]{0,98})\]:)", re.MULTILINE)


def cleaned(text: str) -> str:
    """Return the text without control characters, lone surrogates and changes of direction; lines end with \\n."""
    if not _CONTROLS.search(text):
        return text
    return text.replace("\r\n", "\n").translate(_CLEAN)


def parsed(markdown: str) -> tuple[str, list[Event]]:
    """Return the Markdown as it was parsed, and its events. What only looks like markup is escaped before.

    That is: lines that look like HTML (they would vanish), and definitions of links that are used nowhere here, as in a
    list of sources.
    """
    if "\\(" in markdown or "\\[" in markdown:  # formulas for models, and plain brackets in Markdown
        markdown = outside_code(markdown, lambda text: _BRACKETS.sub(_dollars, text))
    markdown = edged(markdown)
    found = _parse(markdown)
    for _ in range(_MAX_ROUNDS):
        source = markdown.encode()
        offsets = _unmeant_markup(markdown, source, found)
        if not offsets:
            break
        for at in sorted(offsets, reverse=True):
            source = source[:at] + b"\\" + source[at:]
        markdown = source.decode()
        found = _parse(markdown)
    return markdown, found


def _parse(markdown: str) -> list[Event]:
    return list(events(markdown, OPTIONS | pyromark.Options.ENABLE_MATH))


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
    inner, block = formula[0][2:-2], formula[0][1] == "["
    if not is_formula(inner.strip(), "", block=block):
        return formula[0]
    before, behind = (
        formula.string[formula.start() - 1 : formula.start()],
        formula.string[formula.end() : formula.end() + 1],
    )
    dollars = f"$${inner}$$" if block else f"${inner.strip()}$"
    return (EDGE if before.isalnum() else "") + dollars + (EDGE if behind.isalnum() else "")


def _is_code_block(tag: object) -> bool:
    return isinstance(tag, dict) and "CodeBlock" in tag


def _unmeant_markup(markdown: str, source: bytes, found: list[Event]) -> set[int]:
    """Return the byte offsets at which a backslash has to go in front of what is not meant as markup."""
    offsets: set[int] = set()
    if "<" in markdown and _HTML_LINE.search(markdown):
        for event, span in found:
            if isinstance(event, dict) and "Html" in event:
                offsets |= {
                    span["start"] + at.start() for at in re.finditer(rb"<", source[span["start"] : span["end"]])
                }
    if "]:" in markdown:
        offsets |= _unused_definitions(markdown, found)
    return offsets


def _unused_definitions(markdown: str, found: list[Event]) -> set[int]:
    shown = [
        (span["start"], span["end"])
        for event, span in found
        if isinstance(event, dict)
        and ("Text" in event or "Literal" in event or "Code" in event or _is_code_block(event.get("Start")))
    ]
    folded = markdown.casefold()
    offsets = set()
    for definition in _DEFINITION.finditer(markdown):
        at = len(markdown[: definition.start(1)].encode())
        if folded.count(f"[{definition[2].casefold()}]") == 1 and not any(start <= at < end for start, end in shown):
            offsets.add(at)
    return offsets
