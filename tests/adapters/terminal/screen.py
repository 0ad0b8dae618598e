"""A terminal in a few lines: as much as the live region needs. Joined emoji take as many cells as their parts."""

import io
import re

from rich.cells import get_character_cell_size

_PARTS = re.compile(r"\x1b\[(\??)([\d;]*)([a-zA-Z])|\x1b\]8;[^\x1b]*\x1b\\|([\x00-\x1f])|([^\x00-\x1f]+)")


class Screen(io.StringIO):
    """Rows without end. Knows CR, LF, the cursor up, erasing a row, and whether it wraps; what else comes is kept."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.rows = [""]
        self.row = 0
        self.wraps = True
        self.cursor = True
        self.unknown: list[str] = []
        self.written: list[str] = []

    def write(self, text: str) -> int:
        self.written.append(text)
        at = 0
        for part in _PARTS.finditer(text):
            assert part.start() == at
            at = part.end()
            private, number, order, control, printed = part.groups()
            if printed:
                self._print(printed)
            elif control:
                self._control(control)
            elif private:
                self._set(number, on=order == "h")
            elif order:
                self._order(order, int(number) if number.isdigit() else 1)
        assert at == len(text)
        return len(text)

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        """All rows, without the blanks at their ends."""
        return "\n".join(row.rstrip() for row in self.rows).rstrip()

    def resize(self, width: int) -> None:
        """Wraps rows that are wider; the cursor stays at the end of the last."""
        assert self.row == len(self.rows) - 1
        self.rows = [row[at : at + width] for row in self.rows for at in range(0, max(1, len(row)), width)]
        self.row, self.width = len(self.rows) - 1, width

    def _set(self, mode: str, *, on: bool) -> None:
        if mode == "7":
            self.wraps = on
        elif mode == "25":
            self.cursor = on
        elif mode != "2026":
            self.unknown.append(mode)

    def _order(self, order: str, number: int) -> None:
        if order == "A":
            self.row -= number
            assert self.row >= 0
        elif order == "K":
            self.rows[self.row] = ""
        elif order != "m":
            self.unknown.append(order)

    def _control(self, control: str) -> None:
        if control == "\n":
            self.row += 1
            self.rows += [""] * (self.row + 1 - len(self.rows))
        elif control != "\r":
            self.unknown.append(control)

    def _print(self, text: str) -> None:
        for character in text:
            room = self.width - sum(map(get_character_cell_size, self.rows[self.row]))
            if get_character_cell_size(character) > room:
                if not self.wraps:
                    continue
                self._control("\n")
            self.rows[self.row] += character
