"""The preprocessing of Markdown source: formulas become code, and HTML blocks become ordinary text."""

import re
from collections.abc import Iterator

import pyromark

from adapters.common.markdown.events import masked_events
from adapters.common.markdown.formulas import code, to_text
from adapters.common.markdown.source import OPTIONS, Edit, apply
from bridge import is_formula

_HTML_ROUNDS = 4
"""How often HTML blocks are searched for: escaping one may make another of the text behind it."""

_HTML_LINE = re.compile(rb"^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*<[A-Za-z!?/]", re.MULTILINE)
"""A line at which an HTML block may begin."""

_BREAK = re.compile(rb"<br */?>", re.IGNORECASE)

# Formulas in `\(…\)` and `\[…\]`. No body contains an opening bracket, so the search takes linear time.
_BRACKETS = re.compile(
    rb"\\\((?P<inline>[^\\]*(?:\\[^()\[\]][^\\]*)*)\\\)|\\\[(?P<block>[^\\]*(?:\\[^()\[\]][^\\]*)*)\\\]|\\.", re.DOTALL
)

_BEFORE_BLOCK = re.compile(rb"(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*")
"""The prefixes of a line before a block: quote markers, indentation and list markers."""


def prepare(source: bytes) -> bytes:
    """Return UTF-8 Markdown with HTML blocks escaped, and with formulas as code spans or blocks of Unicode text."""
    for _ in range(_HTML_ROUNDS if b"<" in source and _HTML_LINE.search(source) else 0):
        edits = list(_html_blocks(source))
        if not edits:
            break
        source = apply(source, edits, 0, len(source))
    if b"$" in source or b"\\(" in source or b"\\[" in source:
        source = apply(source, list(_formulas(source)), 0, len(source))
    return source


def _html_blocks(source: bytes) -> Iterator[Edit]:
    for event, span in masked_events(source.decode()):
        if event == {"Start": "HtmlBlock"}:
            at = source.find(b"<", span["start"], span["end"])
            found = _BREAK.match(source, at) if at >= 0 else None
            if found:
                yield at, found.end(), ""
            elif at >= 0:
                yield at, at, "\\"


def _formulas(source: bytes) -> Iterator[Edit]:
    texts: set[int] = set()
    tables: list[tuple[int, int]] = []
    found: list[tuple[int, int, str, bool]] = []
    for event, span in masked_events(source.decode(), OPTIONS | pyromark.Options.ENABLE_MATH):
        if not isinstance(event, dict):
            continue
        start, end = span["start"], span["end"]
        if "Text" in event:
            texts.add(start)
        elif "DisplayMath" in event or "InlineMath" in event:
            (latex,) = event.values()
            if is_formula(str(latex), source[end : end + 3].decode(errors="ignore"), block="DisplayMath" in event):
                found.append((start, end, str(latex), "DisplayMath" in event))
        elif "Start" in event and isinstance(event["Start"], dict) and "Table" in event["Start"]:
            tables.append((start, end))
    found += _bracketed(source, texts)
    for start, end, latex, block in sorted(found):
        while tables and tables[0][1] <= start:
            tables.pop(0)
        yield start, end, _shown(source, start, end, latex, block=block, table=bool(tables and tables[0][0] <= start))


def _bracketed(source: bytes, texts: set[int]) -> Iterator[tuple[int, int, str, bool]]:
    """Find formulas in brackets whose brackets both are text, and not in code or in the address of a link."""
    for match in _BRACKETS.finditer(source):
        body = match["inline"] or match["block"]
        if body and b"\n\n" not in body and {match.start() + 1, match.end() - 1} <= texts:
            yield match.start(), match.end(), body.decode(), match["block"] is not None


def _shown(source: bytes, start: int, end: int, latex: str, *, block: bool, table: bool) -> str:
    text = to_text(latex)
    line = source.rfind(b"\n", 0, start) + 1
    after = source.find(b"\n", end)
    behind = source[end : len(source) if after < 0 else after]
    alone = _BEFORE_BLOCK.fullmatch(source, line, start) and not behind.strip()
    if not (block and alone) or table:
        return code(text).replace("|", "\\|") if table else code(text)
    prefix = "\n" + re.sub(r"[^>\s]", " ", source[line:start].decode())
    return prefix.join(["```", *text.split("\n"), "```"])
