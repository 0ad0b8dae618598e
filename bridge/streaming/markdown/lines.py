"""Tells what each line of Markdown source is: what cutting and closing need of CommonMark's blocks, in linear time."""

import re
from dataclasses import dataclass, replace
from enum import Enum, auto

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_QUOTE = re.compile(r"[ \t]*> ?")
_ITEM = re.compile(r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|$)")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_MAX_NESTING = 8


class Kind(Enum):
    """Names what a line is: of a fenced code block, OPEN and CLOSE are the fences and CODE is between them."""

    BLANK = auto()
    TEXT = auto()
    HEADING = auto()
    RULE = auto()
    ITEM = auto()
    ROW = auto()
    OPEN = auto()
    CODE = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class Fence:
    """Describes an open code block: how its closing line and a second opening line are written."""

    quote: str  # the quote marks before it
    width: int  # columns that the list item around it takes
    indent: int  # columns before its marker
    marker: str
    info: str

    @property
    def prefix(self) -> str:
        """Return what stands before the marker: quote marks and indent."""
        return self.quote + " " * self.indent

    @property
    def closer(self) -> str:
        """Return the line that closes the block."""
        return self.prefix + self.marker

    @property
    def opener(self) -> str:
        """Return what opens the block again where no list is around it: a deep one needs an item to stand in."""
        if self.indent < 4:
            return self.closer
        items = " " * min(3, max(0, self.indent - 5)) + ("-" if self.indent <= 8 else "- -")
        return f"{self.quote}{items}\n{self.closer}"


@dataclass(frozen=True, slots=True)
class Line:
    """Describes one line of the source, text[start:end] with its line break; offsets in code points."""

    start: int
    end: int
    body: int  # where its own text begins, after quote and list marks
    kind: Kind
    quote: str = ""
    nested: bool = False  # stands inside a list item
    indent: int = 0  # columns before its first mark or word, without the quote marks
    fence: Fence | None = None  # open at its end
    head: tuple[int, int] | None = None  # of a table row: where the header and delimiter rows are


def lines(text: str, widest: int) -> list[Line]:
    """Return the lines of text.

    A fence whose prefix and marker have more than `widest` code points is taken for text.
    """
    parser = _Parser(text, widest)
    for match in _LINE.finditer(text):
        if match.end() > match.start():
            parser.take(match.start(), match.end())
    return parser.lines


class _Parser:
    def __init__(self, text: str, widest: int) -> None:
        self.lines: list[Line] = []
        self._text = text
        self._widest = widest
        self._items: list[int] = []  # columns where the text of the open list items begins
        self._depth = 0
        self._fence: Fence | None = None

    def take(self, start: int, end: int) -> None:
        raw = self._text[start:end].rstrip("\r\n")
        code = self._code(raw, self._fence) if self._fence else None
        if code is not Kind.CODE:
            self._fence = None
        self.lines.append(Line(start, end, start, code, fence=self._fence) if code else self._block(raw, start, end))

    def _code(self, raw: str, fence: Fence) -> Kind | None:
        """Return what raw is in the open fence; None when the quote or the list item around the fence has ended."""
        quote = _quote_marks(raw, fence.quote.count(">"))
        if quote.count(">") < fence.quote.count(">"):
            return None
        rest = raw[len(quote) :]
        inner = rest.strip(" \t")
        if not inner:
            return Kind.CODE
        indent = _columns(rest)
        if indent < fence.width:
            return None
        closes = indent - fence.width <= 3 and inner.startswith(fence.marker) and not inner.strip(fence.marker[0])
        return Kind.CLOSE if closes else Kind.CODE

    def _block(self, raw: str, start: int, end: int) -> Line:
        quote = _quote_marks(raw)
        depth = quote.count(">")
        if depth != self._depth:
            self._items.clear()
            self._depth = depth
        at = len(quote)
        indent, nested = _columns(raw[at:]), bool(self._items)
        if not raw[at:].strip(" \t"):
            return Line(start, end, start + at, Kind.BLANK, quote, nested, indent)
        while self._items and indent < self._items[-1]:
            self._items.pop()
        inner, kind = self._list_marks(raw, at)
        line = Line(start, end, start + inner, kind, quote, nested, indent)
        column = self._items[-1] if kind is Kind.ITEM else indent
        if column - (self._items[-1] if self._items else 0) > 3:
            return line
        return self._leaf(raw[inner:].lstrip(" \t"), column, line)

    def _list_marks(self, raw: str, at: int) -> tuple[int, Kind]:
        """Go past the list marks of raw, and note the items that they open."""
        kind, column = Kind.TEXT, 0
        for _ in range(_MAX_NESTING):
            match = _ITEM.match(raw, at)
            if not match or _is_rule(raw[at:]):
                break
            space, mark, after = match.groups()
            column += len(space.expandtabs(4))
            if column - (self._items[-1] if self._items else 0) > 3:
                break
            gap = len(after.expandtabs(4))
            column += len(mark) + (gap if 1 <= gap <= 4 else 1)
            self._items.append(column)
            at, kind = match.end(), Kind.ITEM
        return at, kind

    def _leaf(self, inner: str, column: int, line: Line) -> Line:
        previous = self.lines[-1] if self.lines else None
        if match := _FENCE.match(inner):
            marker, info = match[1] or match[3], match[2] or match[4] or ""
            fence = Fence(line.quote, self._items[-1] if self._items else 0, column, marker, info.rstrip())
            if max(len(fence.closer), len(fence.opener)) <= self._widest:
                self._fence = fence
                return replace(line, kind=Kind.OPEN, fence=fence)
        if line.kind is Kind.ITEM:
            return line
        if previous and "|" in inner and (head := self._table(inner, line, previous)):
            return replace(line, kind=Kind.ROW, head=head)
        if _HEADING.match(inner):
            return replace(line, kind=Kind.HEADING)
        underline = previous and previous.kind is Kind.TEXT and not inner.strip("= \t")
        return replace(line, kind=Kind.RULE) if underline or _is_rule(inner) else line

    def _table(self, inner: str, line: Line, previous: Line) -> tuple[int, int] | None:
        """Return where the header rows are of the table that line continues or, being the delimiter row, makes."""
        if previous.kind is Kind.ROW:
            return previous.head
        if previous.kind is not Kind.TEXT or not _is_delimiter(inner):
            return None
        if "|" not in self._text[previous.body : previous.end] or previous.quote.count(">") != self._depth:
            return None
        head = (previous.start, line.end)
        self.lines[-1] = replace(previous, kind=Kind.ROW, head=head)
        return head


def _quote_marks(raw: str, most: int = 1 << 30) -> str:
    at = count = 0
    while count < most and (match := _QUOTE.match(raw, at)):
        at, count = match.end(), count + 1
    return raw[:at]


def _columns(rest: str) -> int:
    return len(rest[: len(rest) - len(rest.lstrip(" \t"))].expandtabs(4))


def _is_rule(rest: str) -> bool:
    marks = rest.replace(" ", "").replace("\t", "")
    return len(marks) >= 3 and marks[0] in "-*_" and not marks.strip(marks[0])


def _is_delimiter(inner: str) -> bool:
    cells = inner.strip().strip("|").split("|")
    return all("-" in cell and not cell.strip().strip(":").strip("-") for cell in cells)
