"""Walk over the parser's events, and write text and the marks on it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from adapters.common.markdown.events import Event
from adapters.common.markdown.notes import sign, with_signs
from adapters.common.markdown.tables import aligned
from adapters.telegram.render import tables
from adapters.telegram.render.inline import STYLE_OF, Inline
from adapters.telegram.render.names import without_made_links
from adapters.telegram.render.source import Span, cleaned
from adapters.telegram.render.writer import LOOK_BEHIND, Mark, without_mentions

_LINKS = {"Link", "Image"}
_RULE = "————————"
DEEPEST = 10
"""The levels of nested lists that are indented, however many there are: the text would grow with their square."""

_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")


class Walker(Inline):
    """Walks the events once. Code is put into no other mark but quotes, as Telegram demands (Bot API, MessageEntity).

    `bare`: write text without marks, for a cell of a table.
    """

    def __init__(self, markdown: str, events: Iterable[Event], *, bare: bool = False) -> None:
        super().__init__(markdown, bare=bare)
        self._events = events
        self._texts: list[str] = []
        self._code: list[str] | None = None
        self._table: list[Event] | None = None

    def walked(self) -> tuple[str, list[Mark]]:
        """Return the text, and its marks in no order; to be called once."""
        self._walk(self._events)
        text = "".join(self._parts)
        return text, self._marks if self._bare else without_made_links(text, self._marks, self._addresses)

    def _walk(self, events: Iterable[Event]) -> None:
        for event, span in events:
            if self._table is not None:
                self._collect(event, span)
            elif type(event) is str:
                self._write_texts()
                self._on_rule(span) if event == "Rule" else self._on_break(span)
            else:
                ((kind, value),) = event.items()
                if kind == "Text":
                    (self._texts if self._code is None else self._code).append(value)
                    self._read = span["end"]
                    continue
                self._write_texts()
                if kind in _TAGS:
                    name, value = (value, value) if isinstance(value, str) else next(iter(value.items()))
                    handler = _TAGS[kind].get(name)
                else:
                    handler = _HANDLERS[kind]
                if handler:
                    handler(self, value, span)
        self._write_texts()

    def _write_texts(self) -> None:
        if self._texts:
            text = with_signs(cleaned("".join(self._texts)))
            self._texts.clear()
            text = text.lstrip(" ") if self._gap else text
            before = "".join(self._parts[-8:])[-LOOK_BEHIND:] if text[:1] == "@" else ""
            self._put(text if self._bare or self._linked else without_mentions(text, before))

    # Blocks

    def _begin_block(self, span: Span, *, own_line: bool = False) -> None:
        if self._marker:  # the first block of a list item stands beside its marker
            if own_line:
                self._write_gap()
                self._gap = 1
            return
        if self._quotes and self._quotes[0] == self._at:
            return
        between = self._source[max(self._read - 1, 0) : span["start"]]  # a table ends with its line
        blank = re.search(rb"\n[ \t>]*\n", between) is not None
        self._gap = max(self._gap, 2 if blank and not self._lists else 1)

    def _begin_paragraph(self, _: Any, span: Span) -> None:
        self._begin_block(span)
        self._marker = self._marker or self._indent()

    def _end_paragraph(self, _: Any, _span: Span) -> None:
        self._gap = 1

    def _begin_heading(self, _: Any, span: Span) -> None:
        self._begin_block(span)
        self._open("bold")

    def _end_heading(self, _: Any, _span: Span) -> None:
        self._close("bold")
        self._gap = 1

    def _begin_code(self, _: Any, span: Span) -> None:
        self._begin_block(span, own_line=True)
        self._code = []

    def _begin_table(self, sides: Any, span: Span) -> None:
        self._begin_block(span, own_line=True)
        self._table = [({"Start": {"Table": sides}}, span)]

    def _begin_note(self, name: str, span: Span) -> None:
        self._begin_block(span)
        self._marker = without_mentions(f"{sign(cleaned(name))} ")

    def _on_rule(self, span: Span) -> None:
        self._begin_block(span)
        self._put(_RULE)
        self._gap, self._read = 1, span["end"]

    def _begin_list(self, first: int | None, span: Span) -> None:
        if not self._marker:
            self._begin_block(span)
        self._lists.append(first)

    def _end_list(self, _: Any, _span: Span) -> None:
        self._lists.pop()
        self._gap = max(self._gap, 1)

    def _begin_item(self, _: Any, _span: Span) -> None:
        if self._marker:
            self._write_gap()
        self._gap = max(self._gap, 1)
        number = self._lists[-1]
        self._marker = "  " * min(len(self._lists) - 1, DEEPEST) + ("• " if number is None else f"{number}. ")
        if number is not None:
            self._lists[-1] = number + 1

    def _end_item(self, _: Any, _span: Span) -> None:
        if self._marker:
            self._write_gap()
        self._gap = max(self._gap, 1)

    def _begin_quote(self, _: Any, span: Span) -> None:
        self._begin_block(span, own_line=not self._quotes)
        if not self._quotes:
            self._write_gap()
        self._quotes.append(self._at)

    def _end_quote(self, _: Any, _span: Span) -> None:
        start = self._quotes.pop()
        self._gap = max(self._gap, 1)
        if not self._quotes and not self._bare and self._at > start:
            self._marks.append(Mark("blockquote", start, self._at))

    def _end_code(self, _: Any, span: Span) -> None:
        code, self._code = cleaned("".join(self._code or ())), None
        info = self._source[span["start"] : span["end"]].split(b"\n", 1)[0].decode().lstrip("`~ ")
        fenced = self._source[span["start"] : span["start"] + 1] in (b"`", b"~")
        language = _LANGUAGE.match(info) if fenced else None
        # Telegram makes one blank of a tab
        self._mark("pre", code.rstrip("\n").expandtabs(4), language=language[0] if language else "")
        self._gap, self._read = 1, span["end"]

    def _collect(self, event: Any, span: Span) -> None:
        collected = self._table or []
        if event != {"End": "Table"}:
            collected.append((event, span))
            return
        ((head, _), *cells), self._table = collected, None
        rows = tables.rows(cells)
        texts = [[self._plain(cell) for cell in row] for row in rows]
        linked = any(
            isinstance(each, dict)
            and (
                "://" in each.get("Literal", "") or (isinstance(tag := each.get("Start"), dict) and _LINKS & tag.keys())
            )
            for each, _ in cells
        )
        grid = "" if linked else "\n".join(aligned(texts, head["Start"]["Table"], tables.MAX_WIDTH))
        if grid.strip("- +|\n"):
            self._mark("pre", grid)
        else:
            self._list_rows(rows, texts)
        self._gap, self._read = 1, span["end"]

    def _plain(self, cell: list[Event]) -> str:
        return Walker("", cell, bare=True).walked()[0].replace("\n", " ").strip()

    def _list_rows(self, rows: list[tables.Row], texts: list[list[str]]) -> None:
        """Write each row as a paragraph of lines: **header**: value."""
        head = texts[0]
        if len(rows) == 1:
            self._put(" | ".join(filter(None, head)))
        for number, row in enumerate(rows[1:]):
            self._gap = max(self._gap, 2 if number else 1)
            for name, cell, text in zip(head, row, texts[number + 1], strict=False):
                if not text:
                    continue
                if name:
                    self._open("bold")
                    self._put(without_mentions(name))
                    self._close("bold")
                    self._put(": ")
                self._walk(cell)
                self._gap = max(self._gap, 1)


Handler = Callable[[Walker, Any, Span], None]
"""Handles an event: gets the walker, the value of the event (the tag's name where it has none), and its range."""

_STARTS: dict[str, Handler] = {
    **dict.fromkeys(STYLE_OF, Walker._begin_style),
    "Paragraph": Walker._begin_paragraph,
    "HtmlBlock": Walker._begin_paragraph,
    "Heading": Walker._begin_heading,
    "CodeBlock": Walker._begin_code,
    "Item": Walker._begin_item,
    "List": Walker._begin_list,
    "BlockQuote": Walker._begin_quote,
    "FootnoteDefinition": Walker._begin_note,
    "Link": Walker._begin_link,
    "Image": Walker._begin_image,
    "Table": Walker._begin_table,
}

_ENDS: dict[str, Handler] = {
    **dict.fromkeys(STYLE_OF, Walker._end_style),
    "Paragraph": Walker._end_paragraph,
    "HtmlBlock": Walker._end_paragraph,
    "Heading": Walker._end_heading,
    "CodeBlock": Walker._end_code,
    "Item": Walker._end_item,
    "FootnoteDefinition": Walker._end_item,
    "List": Walker._end_list,
    "BlockQuote": Walker._end_quote,
    "Link": Walker._end_link,
    "Image": Walker._end_link,
}

_TAGS = {"Start": _STARTS, "End": _ENDS}

_HANDLERS: dict[str, Handler] = {
    "Code": Walker._on_code,
    "Literal": Walker._on_literal,
    "InlineMath": Walker._on_math,
    "DisplayMath": Walker._on_display_math,
    "InlineHtml": Walker._on_html,
    "Html": Walker._on_html,
    "TaskListMarker": Walker._on_task,
    "FootnoteReference": Walker._on_note,
}
