"""Finds code in Markdown: fenced blocks, also one that is still open, and code spans."""

import re
from collections import defaultdict

from bridge.streaming.markdown import literal_patterns as patterns


def fence_end(text: str, at: int, marker: str) -> int:
    """Return where a fenced block ends whose opening line ends before an offset; -1: not in this text."""
    while (at := text.find(marker, at)) >= 0:
        line, stop = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        if not text[line:at].strip(" \t>") and not text[at:stop].strip(marker[0]).strip():
            return stop
        at = stop
    return -1


class Codes:
    """Knows where the code of a text is; offsets in code points. `open_fence`: the marker of a block that goes on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.open_fence = ""
        self._ticks: defaultdict[int, list[int]] | None = None

    def all(self) -> list[tuple[int, int]]:
        """Return where all code is."""
        found: list[tuple[int, int]] = []
        at = 0
        while (run := patterns.TICKS.search(self._text, at)) is not None:
            at = self.end(run.start())
            if at > run.end():
                found.append((run.start(), at))
        return found

    def end(self, at: int) -> int:
        """Return where the code ends that begins with the sign at an offset, or the sign if none does; 0: no sign."""
        run = patterns.TICKS.match(self._text, at)
        if not run:
            return 0
        size = run.end() - at
        line = self._text.rfind("\n", 0, at) + 1
        if size > 2 and patterns.FENCE_PREFIX.fullmatch(self._text, line, at) and self._opens_fence(run):
            end = fence_end(self._text, run.end(), run[0])
            self.open_fence = run[0] if end < 0 else ""
            return end if end >= 0 else len(self._text)
        return self._span_end(at, size) if run[0][0] == "`" else run.end()

    def _opens_fence(self, run: re.Match[str]) -> bool:
        """Tell whether a run at the start of a line is a fence: behind backticks, the line has no other backtick."""
        stop = self._text.find("\n", run.end())
        return run[0][0] == "~" or self._text.find("`", run.end(), stop if stop >= 0 else len(self._text)) < 0

    def _span_end(self, at: int, size: int) -> int:
        if self._ticks is None:
            self._ticks = defaultdict(list)
            for run in reversed(list(patterns.RUNS["`"].finditer(self._text))):
                self._ticks[run.end() - run.start()].append(run.start())
        same = self._ticks[size]
        while same and same[-1] <= at:
            same.pop()
        if not same or self._text.find("\n\n", at, same[-1]) >= 0:
            return at + size
        return same[-1] + size
