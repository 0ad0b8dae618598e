"""Tables, which Discord does not know: an aligned block of code, or a list where that would be too wide."""

from dataclasses import dataclass

from rich.cells import cell_len

from adapters.discord.render.blocks import unbroken
from adapters.discord.render.plain import literal

WIDEST = 60
"""Columns of a code block that Discord's desktop and web clients show unbroken beside their side bars. (Phones break
at about 42, but a list of every table that is a little wider would be worse to read on all the others.)"""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: as text alone, and as Markdown for Discord."""

    text: str
    markdown: str


Row = list[Cell]


def table(rows: list[Row], alignments: list[str]) -> list[str]:
    """The lines that show a table; the first row is its head."""
    widths = [max(cell_len(row[at].text) for row in rows if at < len(row)) for at in range(len(rows[0]))]
    if sum(widths) + 3 * (len(widths) - 1) <= WIDEST:
        return _block(rows, widths, alignments)
    return _list(rows)


def _block(rows: list[Row], widths: list[int], alignments: list[str]) -> list[str]:
    lines = [
        unbroken(" | ".join(map(_padded, (cell.text for cell in row), widths, alignments)).rstrip()) for row in rows
    ]
    return ["```", lines[0], "-+-".join("-" * width for width in widths), *lines[1:], "```"]


def _padded(text: str, width: int, alignment: str) -> str:
    room = width - cell_len(text)
    before = {"Right": room, "Center": room // 2}.get(alignment, 0)
    return " " * before + text + " " * (room - before)


def _list(rows: list[Row]) -> list[str]:
    """Each row as an item, each cell on a line of its own after the name of its column."""
    names = [f"**{literal(cell.text)}:**" if cell.text else "" for cell in rows[0]]
    lines = []
    for row in rows[1:] or [[Cell("", "")] * len(names)]:
        cells = [f"{name} {cell.markdown}".strip() for name, cell in zip(names, row, strict=False)]
        lines += [f"{'  ' if at else '- '}{cell}" for at, cell in enumerate(filter(None, cells))]
    return lines
