"""The parser's events become text, and marks on it."""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from adapters.telegram.render import tables
from adapters.telegram.render.links import host, note
from adapters.telegram.render.math import unicode
from adapters.telegram.render.source import BREAK, Event, Span, cleaned

_STYLES = {"Strong": "bold", "Emphasis": "italic", "Strikethrough": "strikethrough"}
_RULE = "————————"
_PICTURE = "🖼"
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")
_MENTION = re.compile(r"@(?=\w|\Z)")
_TOKEN = 200


class Mark(NamedTuple):
    """A marked stretch of the text, in code points."""

    type: str
    start: int
    end: int
    url: str = ""
    language: str = ""

    def moved(self, by: int, most: int) -> "Mark":
        """Moved along with its text, and cut at the text's end."""
        return self._replace(start=self.start + by, end=min(self.end + by, most))


def defused(text: str, before: str = "") -> str:
    """The text with a word joiner in each @name, which then mentions nobody; addresses and links stay as they are."""
    if "@" not in text:
        return text

    def joined(found: re.Match[str]) -> str:
        at = found.start()
        head = text[max(0, at - _TOKEN) : at] if at else before
        token = head.split()[-1] if head[-1:].strip() else ""
        is_address = token[-1:].isalnum() or token[-1:] == "_" or ("/" in token and "." in token)
        return "@" if is_address else "@\u2060"

    return _MENTION.sub(joined, text)


class Walker:
    """Walks the events once. Code contains nothing and stands in quotes only, as Telegram wants it."""

    def __init__(self, markdown: str, events: Iterable[Event], *, solid: bool = False) -> None:
        self._source = markdown.encode()
        self._events = events
        self._parts: list[str] = []
        self._at = 0  # where the text ends, in code points
        self._read = 0  # where the last thing shown ends in the source
        self._last = ""
        self._marks: list[Mark] = []
        self._gap = 0  # line ends before what comes next
        self._marker = ""  # of the list item that begins
        self._lists: list[int | None] = []
        self._styles: dict[str, tuple[int, int]] = {}  # where each open style begins, and how often it is open
        self._tildes: list[bool] = []
        self._quotes: list[int] = []
        self._links: list[tuple[int, int, str, bool]] = []  # start, first part, address, whether it is a link
        self._solid = solid  # nothing but text is wanted
        self._texts: list[str] = []
        self._code: list[str] | None = None
        self._table: list[Event] | None = None

    def walked(self) -> tuple[str, list[Mark]]:
        """The text and its marks, in no order."""
        self._walk(self._events)
        return "".join(self._parts), self._marks

    def _walk(self, events: Iterable[Event]) -> None:
        for event, span in events:
            if self._table is not None:
                self._collect(event, span)
            elif type(event) is str:
                self._on_break(event, span)
            else:
                ((kind, value),) = event.items()
                if kind == "Text":
                    (self._texts if self._code is None else self._code).append(value)
                    self._read = span["end"]
                else:
                    self._write_texts()
                    _HANDLERS[kind](self, value, span)
        self._write_texts()

    # Writing

    def _put(self, text: str) -> None:
        if not text:
            return
        self._write_gap()
        self._parts.append(text)
        self._at += len(text)
        self._last = text[-1]

    def _write_gap(self) -> None:
        begin = ("\n" * self._gap if self._at else "") + self._marker
        self._gap, self._marker = 0, ""
        if begin:
            self._parts.append(begin)
            self._at += len(begin)
            self._last = begin[-1]

    def _write_texts(self) -> None:
        if self._texts:
            text = cleaned("".join(self._texts))
            self._texts.clear()
            text = text.lstrip(" ") if self._gap else text
            before = "".join(self._parts[-8:])[-_TOKEN:] if text[:1] == "@" else ""
            self._put(text if self._solid or self._links_kept() else defused(text, before))

    def _links_kept(self) -> bool:
        return any(kept for _, _, _, kept in self._links)

    def _mark(self, kind: str, text: str, *, language: str = "") -> None:
        """Code, which the styles around it leave out."""
        if self._solid or self._links_kept():
            self._put(text)
            return
        self._write_gap()
        start = self._at
        self._put(text)
        for style, (begin, depth) in self._styles.items():
            if start > begin:
                self._marks.append(Mark(style, begin, start))
            self._styles[style] = (self._at, depth)
        if text:
            self._marks.append(Mark(kind, start, self._at, language=language))

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

    def _on_start(self, tag: Any, span: Span) -> None:
        name: str = tag if isinstance(tag, str) else next(iter(tag))
        value: Any = None if isinstance(tag, str) else tag[name]
        if name in _STYLES:
            self._begin_style(name, span)
        elif name in ("Paragraph", "HtmlBlock"):
            self._begin_block(span)
            self._marker = self._marker or self._indent()
        elif name == "Heading":
            self._begin_block(span)
            self._open("bold")
        elif name == "CodeBlock":
            self._begin_block(span, own_line=True)
            self._code = []
        elif name == "Item":
            self._begin_item()
        elif name == "List":
            self._begin_list(value, span)
        elif name == "BlockQuote":
            self._begin_quote(span)
        elif name in ("Link", "Image"):
            self._begin_link(name, value["dest_url"], value["link_type"])
        elif name == "Table":
            self._begin_block(span, own_line=True)
            self._table = [({"Start": tag}, span)]

    def _on_end(self, tag: Any, span: Span) -> None:
        name = tag if isinstance(tag, str) else next(iter(tag))
        if name in _STYLES:
            self._end_style(name)
            self._read = span["end"]
        elif name == "Heading":
            self._close("bold")
            self._gap = 1
        elif name in ("Paragraph", "HtmlBlock"):
            self._gap = 1
        elif name == "CodeBlock":
            self._end_code(span)
        elif name == "Item":
            self._write_gap() if self._marker else None
            self._gap = max(self._gap, 1)
        elif name == "List":
            self._lists.pop()
            self._gap = max(self._gap, 1)
        elif name == "BlockQuote":
            self._end_quote()
        elif name in ("Link", "Image"):
            self._end_link()
            self._read = span["end"]

    def _indent(self) -> str:
        """What sets further lines of a list item in; a quote stands at the margin."""
        return "" if self._quotes else "  " * len(self._lists)

    def _begin_list(self, first: int | None, span: Span) -> None:
        if not self._marker:
            self._begin_block(span)
        self._lists.append(first)

    def _begin_item(self) -> None:
        if self._marker:
            self._write_gap()
        self._gap = max(self._gap, 1)
        number = self._lists[-1]
        self._marker = "  " * (len(self._lists) - 1) + ("• " if number is None else f"{number}. ")
        if number is not None:
            self._lists[-1] = number + 1

    def _begin_quote(self, span: Span) -> None:
        self._begin_block(span, own_line=not self._quotes)
        if not self._quotes:
            self._write_gap()
        self._quotes.append(self._at)

    def _end_quote(self) -> None:
        start = self._quotes.pop()
        self._gap = max(self._gap, 1)
        if not self._quotes and not self._solid and self._at > start:
            self._marks.append(Mark("blockquote", start, self._at))

    def _end_code(self, span: Span) -> None:
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
            isinstance(each, dict) and isinstance(tag := each.get("Start"), dict) and ("Link" in tag or "Image" in tag)
            for each, _ in cells
        )
        grid = "" if linked else tables.aligned(texts, head["Start"]["Table"])
        if grid.strip("- +|\n"):
            self._mark("pre", grid)
        else:
            self._list_rows(rows, texts)
        self._gap, self._read = 1, span["end"]

    def _plain(self, cell: list[Event]) -> str:
        return Walker("", cell, solid=True).walked()[0].replace("\n", " ").strip()

    def _list_rows(self, rows: list[tables.Row], texts: list[list[str]]) -> None:
        """Each row is a paragraph of lines: **header**: value."""
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
                    self._put(defused(name))
                    self._close("bold")
                    self._put(": ")
                self._walk(cell)
                self._gap = max(self._gap, 1)

    # Inside a line

    def _begin_style(self, name: str, span: Span) -> None:
        single = name == "Strikethrough" and self._source[span["start"] + 1 : span["start"] + 2] != b"~"
        if name == "Strikethrough":
            self._tildes.append(single)
        if single and self._source:  # about, not struck out
            self._put("~")
        else:
            self._open(_STYLES[name])

    def _end_style(self, name: str) -> None:
        if name == "Strikethrough" and self._tildes.pop() and self._source:
            self._put("~")
        else:
            self._close(_STYLES[name])

    def _open(self, style: str) -> None:
        if not self._solid:
            self._write_gap()
            start, depth = self._styles.get(style, (self._at, 0))
            self._styles[style] = (start, depth + 1)

    def _close(self, style: str) -> None:
        if self._solid:
            return
        start, depth = self._styles.pop(style)
        if depth > 1:
            self._styles[style] = (start, depth - 1)
        elif self._at > start:
            self._marks.append(Mark(style, start, self._at))

    def _begin_link(self, name: str, url: str, kind: str) -> None:
        self._write_gap()
        if kind == "Email":
            url = f"mailto:{url}"
        kept = bool(host(url)) and not self._links and not self._solid
        self._links.append((self._at, len(self._parts), url, kept))
        if name == "Image":
            self._put(_PICTURE + " ")

    def _end_link(self) -> None:
        start, first, url, kept = self._links.pop()
        label = "".join(self._parts[first:])
        if not label.strip() and kept:
            self._put(label := url)
        if kept:
            self._marks.append(Mark("text_link", start, self._at, url))
        if not self._links and not self._solid:
            self._put(defused(note(label, url)))

    def _on_break(self, event: str, span: Span) -> None:
        self._write_texts()
        if event == "Rule":
            self._begin_block(span)
            self._put(_RULE)
            self._gap = 1
        else:
            self._put("\n" + self._indent())
        self._read = span["end"]

    def _on_code(self, code: str, span: Span) -> None:
        self._mark("code", cleaned(code))
        self._read = span["end"]

    def _on_math(self, formula: str, span: Span) -> None:
        self._mark("code", unicode(cleaned(formula)).replace("\n", " "))
        self._read = span["end"]

    def _on_display_math(self, formula: str, span: Span) -> None:
        """On a line of its own, but in the middle of one as code."""
        text = unicode(cleaned(formula))
        beside = self._at and self._last != "\n" and not self._gap
        if self._marker.strip() or (beside and "\n" not in text):
            self._on_math(formula, span)
            return
        self._marker = ""
        self._gap = max(self._gap, int(beside or 0))
        self._mark("pre", text)
        self._gap, self._read = 1, span["end"]

    def _on_html(self, html: str, span: Span) -> None:
        self._put("\n" if BREAK.fullmatch(html) else defused(cleaned(html)))
        self._read = span["end"]

    def _on_task(self, done: bool, span: Span) -> None:
        self._marker = "  " * (len(self._lists) - 1) + ("☑ " if done else "☐ ")


_HANDLERS: dict[str, Callable[[Walker, Any, Span], None]] = {
    "Start": Walker._on_start,
    "End": Walker._on_end,
    "Code": Walker._on_code,
    "InlineMath": Walker._on_math,
    "DisplayMath": Walker._on_display_math,
    "InlineHtml": Walker._on_html,
    "Html": Walker._on_html,
    "TaskListMarker": Walker._on_task,
}
