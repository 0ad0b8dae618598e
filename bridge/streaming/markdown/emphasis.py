"""Tells whether a sign at the edge of a literal belongs to emphasis around it, as in `**https://example.org/a**`."""

from collections.abc import Iterable

from bridge.streaming.markdown import literal_patterns as patterns

_FAR, _OFTEN = 500, 64
"""Bound how many code points are looked at, and how often: what is asked beyond that is taken for no emphasis."""


class Emphasis:
    """Looks for emphasis around literals of a text; offsets in code points."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._asked = 0

    def is_open(self, mark: str, at: int, literals: Iterable[tuple[int, int, bool]]) -> bool:
        """Tell whether emphasis with this mark begins before an offset, in the same paragraph, and does not end there.

        `literals`: those before, in order.
        """
        self._asked += 1
        if self._asked > _OFTEN:
            return False
        text = self._text
        begin = max(text.rfind("\n\n", 0, at), at - _FAR, 0)
        inside = [(start - begin, stop - begin) for start, stop, _ in literals if start >= begin]
        before = _blank(text[begin:at], inside)
        sizes: list[int] = []
        for run in patterns.RUNS[mark].finditer(before):
            left, right = before[: run.start()][-1:], (before[run.end() :] or text[at : at + 1])[:1]
            if left == "\\" or (right.isspace() and (not left or left.isspace())):
                continue
            size = len(run[0])
            if left and not left.isspace() and sizes and (sizes[-1] == size or not right.isalnum()):
                sizes.pop()
            elif not right.isspace() and not left.isalnum():
                sizes.append(size)
        return bool(sizes)

    def ends_later(self, marks: str, at: int) -> bool:
        """Tell whether emphasis that is open before an offset ends behind it with these marks, in its paragraph."""
        text, depth = self._text, 0
        for run in patterns.RUNS[marks[0]].finditer(text, at, self._end(at)):
            left, right = text[run.start() - 1], text[run.end() : run.end() + 1]
            if run[0] != marks:
                continue
            if not left.isspace() and not right.isalnum():
                if not depth:
                    return True
                depth -= 1
            elif not left.isalnum() and right.strip():
                depth += 1
        return False

    def may_begin(self, size: int, at: int) -> bool:
        """Tell whether so many asterisks before an offset may begin emphasis: the next ones would end it."""
        run = patterns.RUNS["*"].search(self._text, at, self._end(at))
        return bool(run and len(run[0]) == size and patterns.CLOSES.match(self._text, run.start() - 1))

    def _end(self, at: int) -> int:
        end = self._text.find("\n\n", at, at + _FAR)
        return end if end >= 0 else at + _FAR


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the text with letters in place of the spans, and of code."""
    for start, stop in spans:
        text = text[:start] + "x" * (stop - start) + text[stop:]
    return patterns.CODE_SPAN.sub(lambda code: "x" * len(code[0]), text)
