"""The live region: the last rows of a terminal, which may still change. What stands above them is printed for good."""

import re
import sys
from collections.abc import Sequence
from io import TextIOBase
from typing import TextIO, cast

from rich.cells import cell_len
from rich.console import Console, RenderableType

BEGIN = "\x1b[?2026h\x1b[?25l"
"""A terminal that knows synchronized output shows nothing until END; others ignore it. The cursor is hidden."""
END = "\x1b[?2026l"
CURSOR = "\x1b[?25h"

NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"
"""Rows of the region are cut at the margin: one that is wider than it measures (joined emoji) stays one row."""

ERASE = "\x1b[2K"
UP = "\x1b[A"

_PADDING = re.compile(r" +$", re.MULTILINE)
"""It would be wrapped where a terminal becomes narrower."""

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


class LiveRegion:
    """Rows at the cursor. Only those that changed are written again; standard error goes above them meanwhile."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: list[str] = []
        self._size = console.size
        self._stderr: TextIO | None = None

    @property
    def height(self) -> int:
        """How many rows it has at most: few enough that a terminal that is halved pushes none into its scrollback."""
        return max(3, self._console.height // 2)

    def show(self, live: RenderableType | None, *, above: Sequence[RenderableType] = ()) -> None:
        """Let `live` (its last rows) take the place of what is shown, and print the rest `above` it for good."""
        printed = "".join(self._written(part) for part in above)
        if self._console.is_dumb_terminal:
            self._write(printed)
            return
        rows = self._written(live).removesuffix("\n").split("\n") if live is not None else []
        self._draw(printed, rows[-self.height :])
        self._redirect(on=bool(rows))

    def close(self) -> None:
        """Leave what is shown where it is, and the cursor below it."""
        if self._rows:
            self._rows = []
            self._write("\r\n" + CURSOR)
        self._redirect(on=False)

    def print_above(self, text: str) -> None:
        """Print text as it is, whole lines, above the region."""
        self._draw(text, self._rows)

    def _written(self, part: RenderableType) -> str:
        with self._console.capture() as capture:
            self._console.print(part)
        return _PADDING.sub("", capture.get())

    def _draw(self, above: str, rows: list[str]) -> None:
        old, size = self._rows, self._console.size
        kept = 0
        if not above and size == self._size:
            kept = next((i for i, (was, row) in enumerate(zip(old, rows, strict=False)) if was != row), len(old))
            kept = min(kept, len(rows))
            if kept == len(old) == len(rows):
                return
        if not above and not rows and not old:
            return
        if kept < len(old):
            erase = self._erase(self._height_of(old, size.width) - kept)
        else:
            erase = "\r\n" if old else "\r" + ERASE
        if kept and kept == len(rows):  # it only became shorter
            erase += UP
        text = "\r\n".join(rows[kept:])
        self._rows, self._size = rows, size
        self._write(
            BEGIN + erase + above.replace("\n", "\r\n") + NO_WRAP + text + WRAP + ("" if rows else CURSOR) + END
        )

    def _erase(self, height: int) -> str:
        """Row by row, upwards: tmux takes a screen that is erased from its top on for history."""
        return "\r" + ERASE + (UP + ERASE) * (min(height, self._console.height) - 1)

    def _height_of(self, rows: list[str], width: int) -> int:
        """How many rows these take now: a terminal that has become narrower has wrapped them."""
        if width >= self._size.width:
            return len(rows)
        return sum(max(1, -(-min(cell_len(_ESCAPES.sub("", row)), self._size.width) // width)) for row in rows)

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()

    def _redirect(self, *, on: bool) -> None:
        """What is written to standard error, log lines above all, must not run into the region."""
        if on and not self._stderr and sys.stderr and sys.stderr.isatty():
            self._stderr, sys.stderr = sys.stderr, cast("TextIO", _Above(self, sys.stderr))
        elif not on and self._stderr:
            above, sys.stderr, self._stderr = sys.stderr, self._stderr, None
            above.flush()


class _Above(TextIOBase):
    """Standard error while there is a region: whole lines are printed above it."""

    def __init__(self, live_region: LiveRegion, stderr: TextIO) -> None:
        self._live_region = live_region
        self._stderr = stderr
        self._line = ""

    def write(self, text: str) -> int:
        whole, newline, self._line = (self._line + text).rpartition("\n")
        if newline:
            self._live_region.print_above(whole + newline)
        return len(text)

    def flush(self) -> None:
        """A line that has no end yet waits for it, as long as there is a region."""
        if self._line and sys.stderr is not self:
            self._stderr.write(self._line)
            self._line = ""

    def fileno(self) -> int:
        return self._stderr.fileno()

    def isatty(self) -> bool:
        return True
