"""Rewrite the beginnings of lines in quotes and lists (Markdown's container blocks) for Discord."""

import re
from dataclasses import dataclass

from adapters.common.markdown.source import Edit, line_start

MAX_DEPTH = 30
"""Nested containers, at most; what is deeper is laid out as if it stood at this depth, so that time stays linear."""

_QUOTE = re.compile(rb" {0,3}>[ \t]?")
_MARKER = re.compile(rb"[ \t]*([-+*]|\d{1,9}[.)])([ \t]*)")


@dataclass(frozen=True, slots=True)
class Container:
    """Is a position in the nesting of containers.

    `prefix` begins its lines in Discord. `widths` holds the columns by which lines are indented in the source, for each
    container from the outermost to itself; a quote has -1.
    """

    prefix: str = ""
    widths: tuple[int, ...] = ()

    def inside(self, prefix: str, width: int) -> "Container":
        """Return the position in one more container."""
        if len(self.widths) >= MAX_DEPTH:
            return self
        return Container(self.prefix + prefix, (*self.widths, width))


def after_prefix(source: bytes, at: int, widths: tuple[int, ...]) -> int:
    """Return the byte at which the contents of the line that starts at `at` begin.

    A line may leave out the prefixes of its containers (CommonMark, lazy continuation lines).
    """
    for width in widths:
        if width < 0:
            quote = _QUOTE.match(source, at)
            if not quote:
                break
            at = quote.end()
        else:
            at = _indented(source, at, width)
    return at


def _indented(source: bytes, at: int, width: int) -> int:
    column = 0
    while column < width and source[at : at + 1] in (b" ", b"\t"):
        column += 1 if source[at] == 0x20 else 4 - column % 4
        at += 1
    return at


class Layout:
    """Follows the containers through a source, and collects the edits of its lines and markers.

    `source` is UTF-8, `starts` holds the byte at which each line starts. All positions are bytes in the source.
    """

    def __init__(self, source: bytes, starts: list[int]) -> None:
        self._source = source
        self._starts = starts
        self._stack = [Container()]
        self._marks: list[tuple[int, Container]] = []
        self.edits: list[Edit] = []

    @property
    def here(self) -> Container:
        """Return the innermost container at this point of the walk."""
        return self._stack[-1]

    def leave(self, end: int) -> None:
        """Leave the innermost container, which ends at this byte."""
        self._stack.pop()
        self._marks.append((end, self.here))

    def quote(self, start: int) -> None:
        """Enter a quote: Discord wants a blank after its ">"."""
        marker = _QUOTE.match(self._source, start)
        if marker and marker[0] != b"> ":
            self.edits.append((start, marker.end(), "> "))
        self._enter(start, self.here.inside("> ", -1))

    def note(self, start: int) -> None:
        """Enter a footnote, whose further lines are indented by four columns in the source."""
        self._enter(start, self.here.inside("", 4))

    def item(self, start: int) -> None:
        """Enter a list item, and turn its marker into one that Discord knows, at the column that Discord expects."""
        source = self._source
        marker = _MARKER.match(source, start)
        if not marker or len(self.here.widths) >= MAX_DEPTH:
            self._enter(start, self.here)
            return
        begin = self.content(marker.start(1))
        sign = marker[1]
        blanks = (sign + marker[2]).expandtabs(4)[len(sign) :]
        blank = source[marker.end() : marker.end() + 1] in (b"", b"\n")
        gap = 1 if blank or len(blanks) > 4 else len(blanks)
        shown = sign.replace(b"+", b"-").replace(b")", b".").decode()
        end = marker.end(1)
        if gap > 1 and len(blanks) == gap:
            end, shown = marker.end(), f"{shown} "
        if source[begin:end].decode() != shown:
            self.edits.append((begin, end, shown))
        self._enter(start, self.here.inside("  ", marker.start(1) - begin + len(sign) + gap))

    def content(self, start: int) -> int:
        """Return where the blanks before a block begin, behind the prefixes of its containers."""
        begin = after_prefix(self._source, line_start(self._starts, start), self.here.widths)
        return begin if begin < start and not self._source[begin:start].strip() else start

    def next_content(self, start: int) -> int:
        """Return where the contents of the line that starts here begin, behind prefixes and blanks."""
        begin = self.line_content(start)
        return begin + len(self._source[begin : begin + 4]) - len(self._source[begin : begin + 4].lstrip(b" \t"))

    def line_content(self, start: int) -> int:
        """Return where the line that starts here goes on behind the prefixes of its containers."""
        return after_prefix(self._source, start, self.here.widths)

    def lines(self) -> list[Edit]:
        """Return the edits at the beginnings of lines; to be called after the walk."""
        edits: list[Edit] = []
        container, marks, next_mark = Container(), self._marks, 0
        for start in self._starts if marks else ():
            while next_mark < len(marks) and marks[next_mark][0] <= start:
                container = marks[next_mark][1]
                next_mark += 1
            if container.widths and (edit := self._line(start, container)):
                edits.append(edit)
        return edits

    def _line(self, start: int, container: Container) -> Edit | None:
        begin = after_prefix(self._source, start, container.widths)
        stop = self._source.find(b"\n", begin)
        blank = not self._source[begin : len(self._source) if stop < 0 else stop].strip()
        if blank and b">" not in self._source[start:begin]:
            return None
        return (start, begin, container.prefix) if self._source[start:begin] != container.prefix.encode() else None

    def _enter(self, start: int, container: Container) -> None:
        self._stack.append(container)
        self._marks.append((start + 1, container))  # its first line begins outside
