"""Walk over the parser's events, and replace in the source what Discord would not show as it stands."""

from collections.abc import Callable
from typing import Any

from adapters.common.markdown.events import events
from adapters.common.markdown.source import apply, line_starts
from adapters.discord.render.blocks import fenced, shows_unchanged
from adapters.discord.render.containers import Layout
from adapters.discord.render.definitions import definitions
from adapters.discord.render.inline import Inline
from adapters.discord.render.plain import ZERO_WIDTH, plain, reference
from adapters.discord.render.tables import Cell, Row, table

RULE = "─" * 15
"""Shown for a thematic break (`---`), which Discord does not know; short enough for a phone."""


def rewrite(source: bytes) -> bytes:
    """Return UTF-8 Markdown for Discord. The source is what prepare() returns: HTML is text, formulas are code."""
    walk = _Walk(source)
    for event, span in events(source.decode()):
        walk.take(event, span["start"], span["end"])
    walk.inline.flush()
    edits = walk.layout.lines() + walk.layout.edits + walk.inline.edits + definitions(source)
    return apply(source, edits, 0, len(source)) if edits else source


class _Walk:
    """Walks over the events of one source; positions are bytes in it."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.layout = Layout(source, line_starts(source))
        self.inline = Inline(source, self.layout)
        self._code: list[str] | None = None
        self._info: str | None = None
        self._level = 0
        self._before = ""  # the block before: "list" or "table", if it is shown as a list
        self._rows: list[Row] = []
        self._alignments: list[str] = []
        self._table_edits = self._table_links = self._cell_edits = self._cell_texts = 0

    def take(self, event: Any, start: int, end: int) -> None:
        """Take the next event, and its range in the source."""
        key: str
        value: Any
        ((key, value),) = event.items() if isinstance(event, dict) else ((event, None),)
        opens = key == "Start"
        if opens or key == "End":
            self.inline.flush()
            name, value = (value, None) if isinstance(value, str) else next(iter(value.items()))
            key = f"{key} {name}"
        handler = _HANDLERS.get(key)
        if key in _BLOCKS:
            self._before = ""
        if handler:
            handler(self, value, start, end)
        self.inline.previous = start if opens else end

    def text(self, value: str, start: int, end: int) -> None:
        """Add text, to the code block if one is open."""
        if self._code is None:
            self.inline.text(value, start, end)
        else:
            self._code.append(value)

    def soft_break(self, _: None, start: int, end: int) -> None:
        """Take a line break of the source."""
        self.inline.line_break(start, end, hard=False)

    def hard_break(self, _: None, start: int, end: int) -> None:
        """Take a line break that is written as such, by a backslash or two blanks."""
        self.inline.line_break(start, end, hard=True)

    def rule(self, _: None, start: int, end: int) -> None:
        """Replace a thematic break."""
        self._replace(start, end, [RULE])

    def heading(self, detail: dict[str, Any], start: int, end: int) -> None:
        """Begin a heading: Discord knows three levels, further ones become bold text."""
        self._level = int(detail["level"][1])
        self.inline.one_line = True
        signs = self.source[start : start + 6].decode(errors="ignore")
        if self._level > 3:
            self.inline.bold += 1
            hashes = len(signs) - len(signs.lstrip("#"))
            text = self.source[start + hashes : end].lstrip(b" \t")
            self.inline.edits.append((start, end - len(text), "**"))
        elif not signs.startswith("#"):
            self.inline.edits.append((start, start, "#" * self._level + " "))

    def heading_end(self, _: Any, start: int, end: int) -> None:
        """End a heading: remove the hashes or the underline behind its text."""
        self.inline.one_line = False
        empty = self.inline.previous == start
        stop = start + len(self.source[start:end].rstrip(b"\n"))
        if self._level > 3:
            self.inline.bold -= 1
            edit = (start, stop, "") if empty else (self.inline.previous, stop, "**")
            if empty:
                self.inline.edits.pop()
            self.inline.edits.append(edit)
        elif not empty and self.source[self.inline.previous : stop].strip():
            self.inline.edits.append((self.inline.previous, stop, ""))

    def paragraph(self, _: Any, start: int, _end: int) -> None:
        """Remove an indentation beyond that of its containers, which means nothing."""
        if self.source[start - 1 : start] not in (b" ", b"\t"):
            return
        begin = self.layout.content(start)
        if begin < start:
            self.inline.edits.append((begin, start, ""))

    def code_block(self, detail: Any, _start: int, _end: int) -> None:
        """Begin a code block; `detail` holds what follows its fence, if it has one."""
        self._code = []
        self._info = detail["Fenced"] if isinstance(detail, dict) else None

    def code_block_end(self, _: Any, start: int, end: int) -> None:
        """End a code block, and write it anew where Discord would show it otherwise."""
        code, self._code = "".join(self._code or ()), None
        begin = self.layout.content(start)
        if self._info is None:
            if code.strip():
                self._replace(begin, end, fenced("", code))
        elif begin < start or not shows_unchanged(self.source[start:end].decode(), code):
            self._replace(begin, end, fenced(self._info, code))

    def table(self, detail: tuple[str, ...], _start: int, _end: int) -> None:
        """Begin a table; `detail` holds the alignment of each column."""
        self._rows, self._alignments = [], list(detail)
        self._table_edits, self._table_links = len(self.inline.edits), self.inline.links
        self.inline.one_line = True

    def row(self, _: Any, _start: int, _end: int) -> None:
        """Begin a row."""
        self._rows.append([])

    def row_end(self, _: Any, _start: int, end: int) -> None:
        """End a row: add cells beyond those of the head, which have no events, to the last one."""
        more = self.source[self.inline.previous : end].decode().strip(" \t\n|>")
        if more and self._rows[-1]:
            last = self._rows[-1][-1]
            self._rows[-1][-1] = Cell(f"{last.text} | {more}", f"{last.markdown} | {plain(more)}")

    def cell(self, _: Any, _start: int, _end: int) -> None:
        """Begin a cell."""
        self._cell_edits, self._cell_texts = len(self.inline.edits), len(self.inline.texts)

    def cell_end(self, _: Any, start: int, end: int) -> None:
        """End a cell: add its words and its Markdown to the row."""
        shown = apply(self.source, self.inline.edits[self._cell_edits :], start, end).decode()
        text = " ".join("".join(self.inline.texts[self._cell_texts :]).split())
        self._rows[-1].append(Cell(text, shown.strip()))

    def table_end(self, _: Any, start: int, end: int) -> None:
        """End a table, and write it anew as code or as a list."""
        self.inline.one_line = False
        del self.inline.edits[self._table_edits :]
        lines = table(self._rows, self._alignments, linked=self.inline.links > self._table_links)
        is_list = lines[0].startswith("- ")
        if is_list and self._before:
            lines.insert(0, ZERO_WIDTH)
        self._before = "table" if is_list else ""
        self._replace(start, end, lines)

    def list_start(self, _: Any, start: int, _end: int) -> None:
        """Divide a list from the list that the table before it became: Discord would join them."""
        if self._before == "table":
            begin = self.layout.content(start)
            self.layout.edits.append((begin, begin, f"{ZERO_WIDTH}\n{self.layout.here.prefix}"))

    def list_end(self, _: Any, _start: int, _end: int) -> None:
        """End a list; the next block may have to be divided from it."""
        self._before = "list"

    def quote(self, _: Any, start: int, _end: int) -> None:
        """Begin a quote."""
        self.layout.quote(start)

    def item(self, _: Any, start: int, _end: int) -> None:
        """Begin a list item."""
        self.layout.item(start)

    def footnote(self, name: str, start: int, end: int) -> None:
        """Begin a footnote: small text behind its sign, in one line."""
        colon = self.source.find(b"]:", start, end)
        self.inline.edits.append((start, colon + 2, f"-# {reference(name)}"))
        self.inline.one_line = True  # each line would have to be made small
        self.layout.note(start)

    def footnote_end(self, _: Any, _start: int, end: int) -> None:
        """End a footnote."""
        self.inline.one_line = False
        self.layout.leave(end)

    def leave(self, _: Any, _start: int, end: int) -> None:
        """End a quote or a list item."""
        self.layout.leave(end)

    def _replace(self, start: int, end: int, lines: list[str]) -> None:
        """Replace a block, but not the line end behind it."""
        stop = start + len(self.source[start:end].rstrip(b"\n"))
        self.inline.edits.append((start, stop, f"\n{self.layout.here.prefix}".join(lines)))


_BLOCKS = frozenset(
    f"Start {name}" for name in ("Paragraph", "Heading", "CodeBlock", "BlockQuote", "Item", "FootnoteDefinition")
) | {"Rule", "End BlockQuote"}


def _inline_handler(name: str) -> Callable[[_Walk, Any, int, int], None]:
    method = getattr(Inline, name)

    def handler(walk: _Walk, value: Any, start: int, end: int) -> None:
        method(walk.inline, value, start, end)

    return handler


_HANDLERS: dict[str, Callable[[_Walk, Any, int, int], None]] = {
    "Text": _Walk.text,
    "Literal": _inline_handler("literal"),
    "Code": _inline_handler("code"),
    "InlineHtml": _inline_handler("html"),
    "Html": _inline_handler("html"),
    "SoftBreak": _Walk.soft_break,
    "HardBreak": _Walk.hard_break,
    "Rule": _Walk.rule,
    "FootnoteReference": _inline_handler("note"),
    "TaskListMarker": _inline_handler("task"),
    "Start Strong": _inline_handler("strong"),
    "End Strong": _inline_handler("strong_end"),
    "End Emphasis": _inline_handler("emphasis_end"),
    "End Strikethrough": _inline_handler("strike_end"),
    "Start Link": _inline_handler("link"),
    "Start Image": _inline_handler("link"),
    "End Link": _inline_handler("link_end"),
    "End Image": _inline_handler("image_end"),
    "Start Heading": _Walk.heading,
    "End Heading": _Walk.heading_end,
    "Start CodeBlock": _Walk.code_block,
    "End CodeBlock": _Walk.code_block_end,
    "Start Table": _Walk.table,
    "Start TableHead": _Walk.row,
    "End TableHead": _Walk.row_end,
    "Start TableRow": _Walk.row,
    "End TableRow": _Walk.row_end,
    "Start TableCell": _Walk.cell,
    "End TableCell": _Walk.cell_end,
    "End Table": _Walk.table_end,
    "Start BlockQuote": _Walk.quote,
    "Start Item": _Walk.item,
    "Start FootnoteDefinition": _Walk.footnote,
    "End BlockQuote": _Walk.leave,
    "End Item": _Walk.leave,
    "End FootnoteDefinition": _Walk.footnote_end,
    "Start Paragraph": _Walk.paragraph,
    "Start List": _Walk.list_start,
    "End List": _Walk.list_end,
}
