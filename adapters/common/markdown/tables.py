"""Tables as plain text, for a font in which all characters have one width."""

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len


def aligned(rows: list[list[str]], sides: Sequence[str], widest: int) -> list[str]:
    """Return the rows as lines, padded to columns, with a rule below the first; [] where they exceed `widest` cells.

    East Asian letters and emoji take two cells. `sides`: each column's alignment, as pyromark calls it: Left, Right,
    Center or None.
    """
    widths = [max(map(cell_len, column)) for column in zip_longest(*rows, fillvalue="")]
    if sum(widths) + 3 * (len(widths) - 1) > widest:
        return []
    lines = [" | ".join(map(_padded, row, widths, sides)).rstrip() for row in rows]
    return [lines[0], "-+-".join("-" * width for width in widths), *lines[1:]]


def _padded(text: str, width: int, side: str) -> str:
    room = width - cell_len(text)
    before = {"Right": room, "Center": room // 2}.get(side, 0)
    return " " * before + text + " " * (room - before)
