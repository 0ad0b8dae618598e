"""Finds where emphasis, code spans and links begin and end: what cutting needs of CommonMark, in linear time."""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace

from bridge.streaming.markdown.lines import Kind, Line
from bridge.streaming.markdown.literals import literals

_TOKEN = re.compile(r"\\[!-/:-@\[-`{-~]|`+|\*+|_+|~~+|[\[\]()\n]")
_HALF_LINK = re.compile(r"[^\s]*(?:[ \t]+[\"'][^\"'\n]*)?\Z")
_HALF_LABEL = re.compile(r"(?:[^\W\d]|[*_`]|!?\[)[^\n]{1,200}\Z")

EMPHASIS, CODE, ATOM, NEVER = 1, 2, 3, 4
"""Rank how bad a cut inside a span is. ATOM: links and literals. NEVER: an escape, the marks of another span."""

MAX_OPEN = 8
"""Bounds what is closed and opened again: more open marks than this are not markup."""


@dataclass(frozen=True, slots=True)
class Span:
    """Says where inline markup stands: text[start:stop], offsets in code points.

    `mark` stands at both ends of emphasis and code. `open`: its end has not come.
    """

    start: int
    stop: int
    mark: str
    level: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Says where a block stands, beyond which inline markup cannot reach. `open`: more of it may follow the text."""

    start: int
    stop: int
    open: bool = False


@dataclass(slots=True)
class _Mark:
    start: int
    size: int


def blocks(text: str, lines: list[Line]) -> list[Block]:
    """Return the paragraphs, list items, headings and table rows among the lines of text."""
    made: list[Block] = []
    flows = False
    for line in lines:
        if line.kind is Kind.TEXT and flows:
            made[-1] = replace(made[-1], stop=line.end)
        elif line.kind in (Kind.TEXT, Kind.ITEM, Kind.HEADING, Kind.ROW):
            made.append(Block(line.body, line.end))
        flows = line.kind in (Kind.TEXT, Kind.ITEM)
    if made and made[-1].stop == len(text) and (flows or text[-1] not in "\r\n"):
        made[-1] = replace(made[-1], open=True)
    return made


class Inline:
    """Finds the inline markup of a block: finished `spans`, those `open` at its end, the `brackets` of half a link."""

    def __init__(self, text: str, block: Block) -> None:
        self.start = block.start
        self.spans: list[Span] = []
        self.open: list[Span] = []  # outermost first; none unless the block is open
        self.brackets: list[int] = []  # of links that have only begun; likewise
        self.destination: int | None = None  # the "](" of a link whose address has only begun; likewise
        self._text = text
        self._block = block
        self._at = block.start
        self._emphasis: dict[str, list[_Mark]] = {"*": [], "_": [], "~": []}
        self._labels: list[int] = []
        self._parens: list[tuple[int, int | None]] = []  # where it is, and the "[" if it follows a label
        self._ticks: defaultdict[int, list[int]] = defaultdict(list)
        for run in reversed(list(re.compile("`+").finditer(text, block.start, block.stop))):
            self._ticks[run.end() - run.start()].append(run.start())
        kept = literals(text[block.start : block.stop])
        self.spans += [Span(block.start + start, block.start + stop, "", ATOM) for start, stop, _ in kept]
        inside = bytearray(block.stop - block.start + 1)
        for start, stop, _ in kept:
            inside[start:stop] = b"\1" * (stop - start)
        for token in _TOKEN.finditer(text, block.start, block.stop):
            if token.start() >= self._at and not inside[token.start() - block.start]:
                self._take(token.start(), token.end())
        if block.open:
            self._finish()

    def _take(self, start: int, stop: int) -> None:
        match self._text[start]:
            case "`":
                self._code(start, stop)
            case "*" | "_" | "~":
                self._run(start, stop)
            case "[":
                self._labels.append(start)
            case "]" if self._labels:
                self._end_label(stop)
            case "(":
                self._parens.append((start, None))
            case ")" if self._parens:
                self._end_paren(stop)
            case "\n":
                self._parens.clear()
            case "\\":
                self.spans.append(Span(start, stop, "", NEVER))

    def _code(self, start: int, stop: int) -> None:
        same = self._ticks[stop - start]
        while same and same[-1] < stop:
            same.pop()
        if same:
            self._at = same.pop() + stop - start
            self.spans.append(Span(start, self._at, self._text[start:stop], CODE))
        elif self._block.open:
            self._at = self._block.stop
            self.open.append(Span(start, self._at, self._text[start:stop], CODE, open=True))

    def _end_label(self, stop: int) -> None:
        label = self._labels.pop()
        if self._text[stop : stop + 1] == "(" and stop < self._block.stop:
            self._parens.append((stop, label))
            self._at = stop + 1

    def _end_paren(self, stop: int) -> None:
        paren, label = self._parens.pop()
        if label is not None:
            self._forget(paren)
            self.spans.append(Span(self._link_start(label), stop, "", ATOM))

    def _link_start(self, label: int) -> int:
        return label - 1 if label > self._block.start and self._text[label - 1] == "!" else label

    def _forget(self, after: int) -> None:
        """Take emphasis and labels that seemed to begin after an offset for plain characters."""
        self._forget_emphasis(after)
        while self._labels and self._labels[-1] > after:
            self._labels.pop()

    def _forget_emphasis(self, after: int) -> None:
        for marks in self._emphasis.values():
            while marks and marks[-1].start > after:
                marks.pop()

    def _run(self, start: int, stop: int) -> None:
        char = self._text[start]
        opens, closes = self._flanks(start, stop)
        marks = self._emphasis[char]
        if char == "~" and stop - start != 2:
            return
        while closes and marks and start < stop:
            mark = marks[-1]
            size = 2 if min(mark.size, stop - start) >= 2 else 1
            start += size
            self._forget_emphasis(mark.start)
            mark.size -= size
            self.spans.append(Span(mark.start + mark.size, start, char * size, EMPHASIS))
            if not mark.size:
                marks.pop()
        if opens and 0 < stop - start <= 3:
            marks.append(_Mark(start, stop - start))

    def _flanks(self, start: int, stop: int) -> tuple[bool, bool]:
        """Tell whether a run of marks may open, and may close, emphasis. One at the growing end may still do either."""
        before = self._text[start - 1] if start > self._block.start else " "
        after = self._text[stop] if stop < self._block.stop else " "
        right = not before.isspace() and (not _is_punctuation(before) or not _is_word(after))
        if self._block.open and stop == self._block.stop:
            return not _is_word(before), right
        left = not after.isspace() and (not _is_punctuation(after) or not _is_word(before))
        if self._text[start] == "_":
            return left and (not right or _is_punctuation(before)), right and (not left or _is_punctuation(after))
        return left, right

    def _finish(self) -> None:
        stop = self._block.start + len(self._text[self._block.start : self._block.stop].rstrip())
        self._half_link(stop)
        for char, marks in self._emphasis.items():
            self.open += [Span(mark.start, self._block.stop, char * mark.size, EMPHASIS, open=True) for mark in marks]
        self.open.sort(key=lambda span: span.start)

    def _half_link(self, stop: int) -> None:
        paren, label = next(((at, label) for at, label in self._parens if label is not None), (0, None))
        if label is not None and _HALF_LINK.match(self._text, paren + 1, stop):
            self.brackets.append(label)
            self.destination = paren - 1
            self.spans.append(Span(self._link_start(label), self._block.stop, "", ATOM, open=True))
            self.open = [span for span in self.open if span.start < paren]
            self._forget(paren)
        stop = len(self._text[:stop].rstrip("*_~`"))
        for label in self._labels[bisect_left(self._labels, stop - 210) :]:
            word = label > self._block.start and (self._text[label - 1].isalnum() or self._text[label - 1] == "]")
            if not word and _HALF_LABEL.match(self._text, label + 1, stop):
                self.brackets.append(label)
        self.brackets = [at for label in self.brackets for at in range(self._link_start(label), label + 1)]


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _is_word(char: str) -> bool:
    return not char.isspace() and not _is_punctuation(char)
