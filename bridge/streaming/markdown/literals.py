"""Finds what stands for itself in Markdown: addresses, paths, names and expressions that hold signs of markup."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from bridge.streaming.markdown import literal_patterns as patterns
from bridge.streaming.markdown.code_spans import Codes, fence_end
from bridge.streaming.markdown.emphasis import Emphasis
from bridge.streaming.markdown.formulas import formulas

_LONGEST = 500
"""Bounds the code points of a word before its first sign of a literal."""

_REMEMBERED = 512
"""Blocks whose literals are cached: an answer that grows is rendered again and again."""

_MASK = {ord(sign): "x" for sign in "!\"$%'()*+,-./:<=>?@[\\]^_`{}~"}
_ESCAPED = re.compile(r"(\\[!-/:-@\[-`{-~])")


class Literal(NamedTuple):
    """Says where a literal stands: text[start:stop], offsets in code points. `address`: it names its scheme."""

    start: int
    stop: int
    address: bool


def literals(text: str) -> list[Literal]:
    """Return the literals of Markdown that a parser might take for markup, and all addresses; none in code or links.

    They never overlap, and none contains white space. Takes time linear in the length; what stands before a blank line
    is looked at once while the text grows.
    """
    found: list[Literal] = []
    at, fence = 0, ""
    for block in text.split("\n\n"):
        begin = fence_end(block, 0, fence) if fence else 0
        if begin >= 0:
            made, fence = _in_block(block[begin:] if begin else block)
            found += [Literal(at + begin + start, at + begin + stop, address) for start, stop, address in made]
        at += len(block) + 2
    return found


@lru_cache(_REMEMBERED)
def _in_block(block: str) -> tuple[list[Literal], str]:
    """Return the literals of Markdown without blank lines, and the marker of the fence that is open at its end."""
    finder = _Finder(block)
    return finder.found, finder.codes.open_fence


def masked(text: str, found: list[Literal]) -> str:
    """Return the text with letters in place of the signs in its literals, as long in code points and in bytes.

    What the parser is to see even there stays: entities, the bars between cells, escapes in an address.
    """
    parts: list[str] = []
    at = 0
    for start, stop, address in found:
        parts.append(text[at:start])
        part = text[start:stop]
        if "\\" not in part:
            parts.append(part.translate(_MASK))
        elif address:
            pieces = _ESCAPED.split(part)
            parts += [piece if number % 2 else piece.translate(_MASK) for number, piece in enumerate(pieces)]
        else:
            parts.append(part.replace("\\|", "\0").translate(_MASK).replace("\0", "\\|"))
        at = stop
    return "".join([*parts, text[at:]])


class _Finder:
    def __init__(self, text: str) -> None:
        self.found: list[Literal] = []
        self._text = text
        self._end = patterns.ADDRESS_IN_TABLE if patterns.TABLE.search(text) else patterns.ADDRESS
        self.codes = Codes(text)
        self._dollars: list[int] = []
        self._emphasis = Emphasis(text)
        made = self._formulas() if "$" in text or "\\(" in text or "\\[" in text else []
        for start, stop in _between(made, len(text)):
            at = start
            while (sign := patterns.SUSPECT.search(text, at, stop)) is not None:
                first = sign.start()
                at = self.codes.end(first) or self._word(self._word_start(at, first), stop)

    def _formulas(self) -> list[tuple[int, int]]:
        """Return where the formulas are, and note all other dollar signs outside of code. An address has no formula."""
        made: list[tuple[int, int]] = []
        for start, stop in _between(Codes(self._text).all(), len(self._text)):
            found, dollars = formulas(self._text, start, stop)
            self._dollars += dollars
            for formula in found:
                if "://" in self._text[self._word_start(start, formula[0]) : formula[0]]:
                    self._dollars += (formula[0], formula[1] - 1)
                else:
                    made.append(formula)
        self._dollars.sort(reverse=True)
        return made

    def _word_start(self, begin: int, at: int) -> int:
        head = self._text[max(begin, at - _LONGEST) : at]
        return at - len(head.rsplit(None, 1)[-1].rpartition("`")[2]) if head and not head[-1].isspace() else at

    def _word(self, start: int, stop: int) -> int:
        """Find the literals of the word that begins here, and return where it ends."""
        text = self._text
        end = patterns.WORD_END.search(text, start, stop)
        stop = end.start() if end else stop
        line = text.rfind("\n", 0, start) + 1
        if patterns.DEFINITION.match(text, line, start) or 0 <= text.rfind(")", line, start) < text.rfind(
            "](", line, start
        ):
            return stop
        at = start
        call = patterns.CALL.search(text, at, stop)
        while (bracket := text.find("](", at, stop)) >= 0:
            if call:
                self._addresses(at, call.start())
                self._skip_dollars(call.end())
                self.found.append(Literal(call.start(), call.end(), address=False))
                at = call.end()
                call = patterns.CALL.search(text, at, stop)
            else:
                self._addresses(at, bracket)
                target = patterns.TARGET.match(text, bracket, stop)
                at = target.end() if target else bracket + 2
        self._addresses(at, stop)
        return stop

    def _addresses(self, start: int, stop: int) -> None:
        text, at, look = self._text, start, start
        while sign := patterns.ADDRESS_SIGN.search(text, look, stop):
            first, look = sign.start(), sign.end()
            if text[first] == ":":
                scheme = patterns.SCHEME.search(text[max(at, first - 21) : first])
                if not scheme:
                    continue
                first -= len(scheme[0])
            self._expressions(at, first)
            link = patterns.AUTOLINK.match(text, first - 1, stop) if first else None
            at = look = link.end() if link else self._address_end(first, stop)
            if not link:
                self.found.append(Literal(first, at, address=True))
        self._expressions(at, stop)

    def _address_end(self, start: int, stop: int) -> int:
        match = self._end.match(self._text, start, stop)
        stop = match.end() if match else stop
        wrapper = patterns.WRAPPER.search(self._text, max(0, start - 3), start)
        if wrapper and (closing := re.compile(rf"{re.escape(wrapper[0])}(?![\w/])").search(self._text, start, stop)):
            return closing.start()
        return self._trimmed(start, stop)

    def _trimmed(self, start: int, stop: int) -> int:
        """Return where a word ends without punctuation, and without brackets and marks that began before it."""
        text = self._text
        while stop > start + 1:
            last = text[stop - 1]
            if last in ")]}":
                if text.count("([{"[")]}".index(last)], start, stop) >= text.count(last, start, stop):
                    break
            elif last in "*_~":
                inner = start + len(text[start:stop].rstrip(last))
                if not self._emphasis.is_open(last, start, self.found) or self._emphasis.ends_later(
                    text[inner:stop], stop
                ):
                    break
                stop = inner
                continue
            elif last not in "?!.,:;'\"’”":
                break
            stop -= 1
        return stop

    def _expressions(self, start: int, stop: int) -> None:
        self._skip_dollars(start)
        if not patterns.SIGN.search(self._text, start, stop):
            return
        if patterns.REGEX.search(self._text, start, stop):
            self._regex(start, stop)
            return
        for match in patterns.EXPRESSION.finditer(self._text, start, stop):
            self._dollars_before(match.start())
            end = self._expression_end(match)
            if end > match.start():
                self._skip_dollars(end)
                self.found.append(Literal(match.start(), end, address=False))
        self._dollars_before(stop)

    def _expression_end(self, match: re.Match[str]) -> int:
        """Return where the expression ends; its beginning if it is markup."""
        text, start, stop = self._text, match.start(), match.end()
        match match.lastgroup:
            case "dunder":
                name = match["name"]
                is_name = name in patterns.DUNDERS or "_" in name or text[start - 1 : start] in (".", "/")
                return stop if is_name or patterns.CODE_BEHIND.match(text, match.end("name") + 2) else start
            case "path":
                stop = self._trimmed(start, stop)
                return stop if patterns.ODD_PATH.search(text, start, stop) else start
            case "windows":
                return self._trimmed(start, stop)
            case "times":
                return start if self._emphasis.is_open("*", start, self.found) else stop
            case "tail":
                return start if self._emphasis.is_open(text[stop - 1], start, self.found) else stop
            case "star":
                size = len(match[0]) - len(match[0].lstrip("*"))
                return start if self._emphasis.may_begin(size, stop) else stop
        return stop

    def _regex(self, start: int, stop: int) -> None:
        text = self._text
        begin = start
        while begin < stop and text[begin] in "\"'“‘*_~":
            begin += 1
        if text[begin : begin + 1] == "(" and text.count("(", begin, stop) > text.count(")", begin, stop):
            begin += 1
        end = self._trimmed(begin, stop)
        self._skip_dollars(end)
        self.found.append(Literal(begin, end, address=False))

    def _dollars_before(self, stop: int) -> None:
        """Make literals of the dollar signs before an offset, with the name or number behind each."""
        while self._dollars and self._dollars[-1] < stop:
            at = self._dollars.pop()
            match = patterns.DOLLAR.match(self._text, at, stop)
            end = match.end() if match else at + 1
            self.found.append(Literal(at, end, address=False))

    def _skip_dollars(self, stop: int) -> None:
        while self._dollars and self._dollars[-1] < stop:
            self._dollars.pop()


def _between(spans: list[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    """Return what lies between spans of a text, in order, and around them."""
    edges = [(0, 0), *spans, (end, end)]
    return [(before[1], after[0]) for before, after in pairwise(edges) if before[1] < after[0]]
