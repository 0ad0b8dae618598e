"""Finds where Markdown can be cut, and what the two sides of a cut need to be whole."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise

from bridge.streaming.markdown.inline import ATOM, CODE, EMPHASIS, MAX_OPEN, NEVER, Inline, Span, blocks
from bridge.streaming.markdown.lines import Fence, Kind, Line, lines

AHEAD = 200
"""Limits how many code points behind the chunk the choice of the cut may depend on."""

_ENOUGH = 6  # code points in sight behind a cut that tell what begins there: a list item, the marks of a fence, bold

_SPACE = re.compile(r"\s+")
_SENTENCE = re.compile(r"[.!?…]+[\"'”’)\]*_]{0,3}(?=\s)|[。！？]+")
_ITEM = re.compile(r"[-+*]\s|\d{1,9}[.)]\s")
_BLOCK_MARK = re.compile(r"(?:[-+*]|\d{1,9}[.)]|#{1,6})(?:\s|\Z)|>|`{3}|~{3}|-{3}")


class CutPoints:
    """Knows where the beginning of a text can be cut: offsets in code points, each with how bad a cut is there.

    `limit`: the length of a chunk in code points, of which what is repeated in the next one takes only a part.
    """

    def __init__(self, text: str, limit: int) -> None:
        self._text = text
        self._limit = limit
        self._indent = len(text) - len(text.lstrip())
        self._lines = lines(text, limit // 4)
        self._starts = [line.start for line in self._lines]
        self._spans: list[Span] = []
        for block in blocks(text, self._lines):
            inline = Inline(text, block)
            self._spans += inline.spans + inline.open
        self._spans.sort(key=lambda span: (span.start, -span.stop))
        self._cover = bytearray(len(text) + 1)  # for each offset, how bad a cut is there
        self._cover_spans()
        self._cover_lines()
        self._blanks: list[int] = []
        self._blocks: list[int] = []
        self._line_ends: list[int] = []
        self._sort_line_starts()

    def best(self, reach: int) -> int:
        """Return the best offset for a cut whose chunk, closed, is at most `reach` code points long."""
        for offsets, cover in self._choices(reach // 3, reach):
            for at in offsets:
                if self._cover[at] <= cover and self._fits(at, reach):
                    return at
        return next((at for at in range(reach, 0, -1) if is_boundary(self._text, at)), reach)

    def _choices(self, third: int, reach: int) -> Iterator[tuple[Iterable[int], int]]:
        """Yield offsets, the last first, and the worst cover that they may have; the best choice first."""
        for starts in (self._blanks, self._blocks, self._line_ends):
            yield _backwards(starts, third, reach), 0
        sentences = [match.end() for match in _SENTENCE.finditer(self._text, third + 1, reach + 1)][::-1]
        spaces = [match.start() for match in _SPACE.finditer(self._text, third + 1, reach + 1)][::-1]
        yield sentences, 0
        yield spaces, 0
        for offsets in (_backwards(self._line_ends, third, reach), sentences, spaces):
            yield offsets, EMPHASIS
        if self._cover[reach] >= CODE:  # by code, a link or a table row, which may fit whole into the next chunk
            for starts in (self._blanks, self._blocks, self._line_ends):
                yield _backwards(starts, 0, third), 0
            yield [match.start() for match in _SPACE.finditer(self._text, 1, third + 1)][::-1], 0
        yield range(reach, third, -1), EMPHASIS
        for cover in (CODE, ATOM):
            yield spaces, cover
            yield range(reach, third, -1), cover

    def _fits(self, at: int, reach: int) -> bool:
        if at <= self._indent or self._past_space(at) + _ENOUGH > len(self._text):
            return False
        fence = self._fence_at(at)
        if at > self._line_at(at).start:
            if not is_boundary(self._text, at) or (self._cover[at] == CODE and "`" in self._text[at - 1 : at + 1]):
                return False
            if not fence and self._begins_block(at):
                return False
        return at + len(self._closer(at, fence)) <= reach

    def _begins_block(self, at: int) -> bool:
        """Tell whether the rest would begin a block where the text has none."""
        go_on = self._past_space(at)
        marks = "".join(span.mark for span in self._open_at(at))
        return bool(_BLOCK_MARK.match(marks + self._text[go_on : go_on + 12]))

    def join(self, at: int) -> tuple[str, str, int]:
        """Cut at an offset: return the chunk, what the rest begins with, and the offset where the text goes on."""
        if fence := self._fence_at(at):
            return self._join_code(at, fence)
        chunk = self._text[:at].rstrip() + self._closer(at, None)
        go_on = self._past_space(at)
        line = self._line_at(go_on)
        marks = "".join(span.mark for span in self._open_at(at))
        before = line.quote
        if marks:
            go_on = self._past_space(max(go_on, line.body))
        elif line.start >= at:  # a whole line, with its own quote marks and indent
            before, go_on = self._line_start(line, go_on)
        return chunk, self._table_head(line, at) + before + marks, go_on

    def _line_start(self, line: Line, text: int) -> tuple[str, int]:
        """Return how a line begins the rest, and where its copy begins. With no list around it, a deep one is code."""
        if line.indent < 4 or line.quote or line.kind in (Kind.CODE, Kind.CLOSE):
            return "", line.start
        if line.kind is Kind.OPEN and line.fence:
            return line.fence.opener, text + len(line.fence.marker)
        flows = line.start and self._line_at(line.start - 1).kind in (Kind.TEXT, Kind.ITEM)
        item = _ITEM.match(self._text, text)
        marker = self._text.startswith(("```", "~~~"), text)  # of a fence that is none here, and should not become one
        if item or ((line.nested or flows) and not marker):  # as deep as leaves what follows at the old depth below it
            return " " * min(3, line.indent - (len(item[0]) if item else 2)), text
        return "", line.start

    def _join_code(self, at: int, fence: Fence) -> tuple[str, str, int]:
        line = self._line_at(at)
        before = fence.opener
        if line.kind is not Kind.OPEN:
            before += self._short_info(fence) + "\n" + (fence.prefix if at > line.start else "")
        chunk = self._text[:at]
        if at == line.start:
            chunk = chunk.removesuffix("\n").removesuffix("\r")
        return f"{chunk}\n{fence.closer}", before, at

    def _short_info(self, fence: Fence) -> str:
        room = self._limit // 4 - len(fence.opener)
        language = fence.info[: len(fence.info) - len(fence.info.lstrip())] + (fence.info.split() or [""])[0]
        return next((info for info in (fence.info, language) if len(info) <= room), "")

    def _table_head(self, line: Line, at: int) -> str:
        """Return the header and delimiter rows, if the rest begins with or in a row of their table."""
        if line.kind is not Kind.ROW or not line.head or line.head[1] > at:
            return ""
        head = self._text[slice(*line.head)]
        return head if len(head) <= self._limit // 4 else ""

    def _closer(self, at: int, fence: Fence | None) -> str:
        if fence:
            return ("" if self._text[at - 1] in "\r\n" else "\n") + fence.closer
        return "".join(span.mark for span in reversed(self._open_at(at)))

    def _open_at(self, at: int) -> list[Span]:
        """Return the emphasis and code around an offset, outermost first."""
        if not self._cover[at]:
            return []
        around = [
            span
            for span in self._spans
            if span.mark
            and "```" not in span.mark
            and span.start + len(span.mark) < at < span.stop - (0 if span.open else len(span.mark))
        ]
        few = len(around) <= MAX_OPEN and sum(len(span.mark) for span in around) <= self._limit // 8
        return around if few else []

    def _line_at(self, at: int) -> Line:
        return self._lines[bisect_right(self._starts, at) - 1]

    def _fence_at(self, at: int) -> Fence | None:
        """Return the fence that a cut at an offset has to close."""
        index = bisect_right(self._starts, at) - 1
        line = self._lines[index]
        if at > line.start:
            return line.fence
        return self._lines[index - 1].fence if index and line.kind in (Kind.CODE, Kind.CLOSE) else None

    def _past_space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _cover_spans(self) -> None:
        for span in sorted(self._spans, key=lambda span: span.level):
            self._mark(span.start + 1, span.stop, span.level)
        for span in self._spans:
            if size := len(span.mark):
                self._mark(span.start + 1, span.start + size + 1, NEVER)
                if not span.open:
                    self._mark(span.stop - size, span.stop, NEVER)

    def _cover_lines(self) -> None:
        for line in self._lines:
            if line.kind is Kind.ROW:
                self._mark(line.start + 1, line.end, ATOM)
                if line.head and line.start < line.head[1]:  # the header rows and the first row below stay together
                    self._mark(line.end, line.end + 1, NEVER)
            elif line.kind is Kind.OPEN and line.fence:
                marker = self._text.index(line.fence.marker, line.body) + len(line.fence.marker)
                self._mark(line.start + 1, marker + 1, NEVER)
                self._mark(marker + 1, line.end, ATOM)
                self._mark(line.end, line.end + 1, NEVER)
            elif line.kind is Kind.CLOSE:
                self._mark(line.start, line.end, NEVER)
            else:
                self._mark(line.start + 1, line.body + 1, NEVER)

    def _mark(self, start: int, stop: int, level: int) -> None:
        stop = min(stop, len(self._cover))
        self._cover[start:stop] = bytes([level]) * (stop - start)

    def _sort_line_starts(self) -> None:
        """Put each line start into the list of its worth as a cut."""
        after: Line | None = None  # the next line that is not blank
        for previous, line in reversed(list(pairwise(self._lines))):
            if line.kind is Kind.BLANK:
                deep = after and after.nested and after.indent >= 4
                kind = self._line_ends if deep else self._blanks
                if previous.kind not in (Kind.BLANK, Kind.HEADING):
                    kind.append(line.start)
                continue
            after = line
            if (worth := self._worth(previous, line)) is not None:
                worth.append(line.start)
        for offsets in (self._blanks, self._blocks, self._line_ends):
            offsets.reverse()

    def _worth(self, previous: Line, line: Line) -> list[int] | None:
        kind, before = line.kind, previous.kind
        if before in (Kind.BLANK, Kind.HEADING):
            return None
        if kind is Kind.CODE:
            return None if self._may_close(line, previous) else self._line_ends
        flows = before in (Kind.TEXT, Kind.ITEM)
        if kind is Kind.RULE and flows:
            return None  # it makes a heading of the line before
        joined = (kind is Kind.TEXT and flows) or (kind is Kind.ROW and before is Kind.ROW)
        return self._line_ends if joined or (line.nested and line.indent >= 4) else self._blocks

    def _may_close(self, line: Line, previous: Line) -> bool:
        """Tell whether a code line is what may become the closing line, or only blank lines divide it from that."""
        if not previous.fence:
            return False
        rest = self._text[line.start : line.start + AHEAD].lstrip("> \t\r\n")
        return not rest.partition("\n")[0].strip(previous.fence.marker[0] + " \t\r")


def _backwards(offsets: list[int], low: int, high: int) -> Iterator[int]:
    return reversed(offsets[bisect_right(offsets, low) : bisect_right(offsets, high)])


def is_boundary(text: str, at: int) -> bool:
    """Tell whether two characters, as people see them, meet at an offset inside text (0 < at < len(text))."""
    before, after = text[at - 1], text[at]
    if "\U0001f1e6" <= after <= "\U0001f1ff":  # two of these make a flag
        run = at
        while run and "\U0001f1e6" <= text[run - 1] <= "\U0001f1ff":
            run -= 1
        return (at - run) % 2 == 0 and before != "\u200d"
    joined = (
        "\u200d" in (before, after) or "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f"
    )
    halves = before + after == "\r\n" or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
    return not (joined or halves or unicodedata.category(after).startswith("M"))
