"""A table in a message: aligned columns if a phone shows them, else a list."""

from itertools import zip_longest

from rich.cells import cell_len

from adapters.telegram.render.source import Event

WIDEST = 42
"""Columns of text; a phone wraps longer lines, and an aligned table falls apart."""

Row = list[list[Event]]
"""The events of each cell."""


def rows(events: list[Event]) -> list[Row]:
    """The cells of a table, the header row first, from the events between its start and its end."""
    found: list[Row] = []
    for event in events:
        tag = event[0].get("Start") if isinstance(event[0], dict) else None
        if tag in ("TableHead", "TableRow"):
            found.append([])
        elif tag == "TableCell":
            found[-1].append([])
        elif event[0] not in ({"End": "TableCell"}, {"End": "TableRow"}, {"End": "TableHead"}):
            found[-1][-1].append(event)
    return found


def aligned(texts: list[list[str]], sides: tuple[str, ...]) -> str:
    """The table in columns, or "" if it gets too wide. East Asian letters and emoji take two columns."""
    widths = [max(map(cell_len, column)) for column in zip_longest(*texts, fillvalue="")]
    if sum(widths) + 3 * (len(widths) - 1) > WIDEST:
        return ""
    lines = [_line(row, widths, sides) for row in texts]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]])


def _line(row: list[str], widths: list[int], sides: tuple[str, ...]) -> str:
    padded = []
    for text, width, side in zip_longest(row, widths, sides, fillvalue=""):
        room = int(width or 0) - cell_len(str(text))
        before = {"Right": room, "Center": room // 2}.get(side, 0)
        padded.append(" " * before + str(text) + " " * (room - before))
    return " | ".join(padded).rstrip()
