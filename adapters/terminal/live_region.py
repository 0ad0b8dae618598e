"""The live region: the last rows of a terminal, which are redrawn; what stands above them is printed for good."""

import re
import sys
from collections.abc import Sequence
from io import TextIOBase
from typing import TextIO, cast

from rich.cells import cell_len
from rich.console import Console, RenderableType

BEGIN = "\x1b[?2026h\x1b[?25l"
"""Begins a synchronized update (mode 2026), which terminals without it ignore, and hides the cursor."""

END = "\x1b[?2026l"
"""Shows what was written since BEGIN."""

CURSOR = "\x1b[?25h"
"""Shows the cursor."""

NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"
"""Turn wrapping off and on: a row that is wider than it measures (joined emoji) is cut off and stays one row."""

ERASE = "\x1b[2K"
"""Erases the row of the cursor."""

UP = "\x1b[A"
"""Moves the cursor a row up."""

_PADDING = re.compile(r" +$", re.MULTILINE)
"""Blanks at the end of a row, which would be wrapped where the terminal becomes narrower."""

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


class LiveRegion:
    """Draws rows at the cursor of a terminal, and of a new version only those that changed.

    While it has rows, what is written to standard error is printed above them.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: list[str] = []
        self._size = console.size
        self._stderr: TextIO | None = None

    @property
    def height(self) -> int:
        """Return the most rows it draws: half the terminal's, so that halving it pushes none into its scrollback."""
        return max(3, self._console.height // 2)

    def show(self, live: RenderableType | None, *, above: Sequence[RenderableType] = ()) -> None:
        """Replace the rows by the last ones of `live` (None: by none), and print `above` above them for good.

        Raises OSError where the terminal is closed.
        """
        printed = "".join(self._rendered(part) for part in above)
        if self._console.is_dumb_terminal:
            self._write(printed)
            return
        rows = self._rendered(live).removesuffix("\n").split("\n") if live is not None else []
        self._draw(printed, rows[-self.height :])
        self._redirect(on=bool(rows))

    def close(self) -> None:
        """Leave the rows as they are, put the cursor below them, and restore standard error."""
        if self._rows:
            self._rows = []
            self._write("\r\n" + CURSOR)
        self._redirect(on=False)

    def print_above(self, text: str) -> None:
        """Print whole lines above the rows for good, as they are."""
        self._draw(text, self._rows)

    def _rendered(self, part: RenderableType) -> str:
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
        """Erase row by row, upwards: tmux moves a screen that is erased from its top on into its history."""
        return "\r" + ERASE + (UP + ERASE) * (min(height, self._console.height) - 1)

    def _height_of(self, rows: list[str], width: int) -> int:
        """Return how many rows of a terminal these take now that it may have become narrower and wrapped them."""
        if width >= self._size.width:
            return len(rows)
        return sum(max(1, -(-min(cell_len(_ESCAPES.sub("", row)), self._size.width) // width)) for row in rows)

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()

    def _redirect(self, *, on: bool) -> None:
        """Print standard error above the rows, or where it went before: log lines would overwrite them."""
        if on and not self._stderr and sys.stderr and sys.stderr.isatty():
            self._stderr, sys.stderr = sys.stderr, cast("TextIO", _StderrProxy(self, sys.stderr))
        elif not on and self._stderr:
            proxy, sys.stderr, self._stderr = sys.stderr, self._stderr, None
            proxy.flush()


class _StderrProxy(TextIOBase):
    """Stands in for sys.stderr while the region has rows: prints each whole line above them."""

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
        """Write an unfinished line to the real standard error, once that is restored; keep it until then."""
        if self._line and sys.stderr is not self:
            self._stderr.write(self._line)
            self._line = ""

    def fileno(self) -> int:
        return self._stderr.fileno()

    def isatty(self) -> bool:
        return True
