"""Qwen's Markdown as rich shows it in a terminal."""

import re

import pyromark
from rich.markdown import Markdown

from adapters.text.clean import clean
from adapters.text.prepare import prepare
from adapters.text.source import OPTIONS, Edit, apply

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FENCE = re.compile(r"[ >]{0,12}(`{3,}|~{3,})(.*)$")

MOST_LINES = 4
"""Lines of source for each row of the screen, of which surely enough are seen: the rest has scrolled away."""


def printable(text: str) -> str:
    """text that cannot command a terminal: without escape sequences and other controls."""
    return _CONTROLS.sub("", clean(text))


def rendered(markdown: str) -> Markdown:
    """What rich shows of it; formulas as text, HTML as it stands."""
    return Markdown(_with_tags(prepare(printable(markdown).encode())).decode(), code_theme="ansi_dark")


def _with_tags(source: bytes) -> bytes:
    """What looks like HTML (`List<String>`) would vanish: it is escaped."""
    if b"<" not in source:
        return source
    tags: list[Edit] = [
        (span["start"], span["start"], "\\")
        for event, span in pyromark.events_with_range(source.decode(), options=OPTIONS)
        if isinstance(event, dict) and "InlineHtml" in event
    ]
    return apply(source, tags, 0, len(source))


def recent(markdown: str, rows: int) -> str:
    """The end of a text that grows, from the beginning of a block: enough for a screen of so many rows."""
    lines = markdown.splitlines(keepends=True)
    least = len(lines) - MOST_LINES * rows
    if least <= 0:
        return markdown
    start, opening, fence = 0, "", ""
    for number, line in enumerate(lines):
        if not fence and not line.strip() and number <= least:
            start, opening = number, ""
        elif fence and number == least:
            start, opening = number, fence
        fence = _fence_after(fence, line)
    return opening + "".join(lines[start:])


def _fence_after(fence: str, line: str) -> str:
    """The line that opened the code block which is open after this line; "" where none is."""
    match = _FENCE.match(line.rstrip("\r\n"))
    if not match:
        return fence
    if not fence:
        return line if line.endswith("\n") else line + "\n"
    opened = _FENCE.match(fence.rstrip("\r\n"))
    closes = opened and match[1].startswith(opened[1]) and not match[2].strip()
    return "" if closes else fence
