"""Show tables, which Discord does not know, as an aligned block of code, or as a list: too wide ones, and links."""

from dataclasses import dataclass

from adapters.common.markdown.tables import aligned
from adapters.discord.render.blocks import without_fences
from adapters.discord.render.plain import literal

MAX_WIDTH = 60
"""Columns of a code block that Discord's desktop and web clients show without wrapping it.

Phones wrap at about 42, but lists in place of all wider tables would be worse to read everywhere else.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """Holds the contents of a cell as text alone, and as Markdown for Discord."""

    text: str
    markdown: str


Row = list[Cell]


def table(rows: list[Row], alignments: list[str], *, linked: bool) -> list[str]:
    """Return the lines that show a table; the first row is its head. `alignments`: pyromark's, one for each column.

    `linked`: it has links, which nobody could follow in a block of code.
    """
    lines = [] if linked else aligned([[cell.text for cell in row] for row in rows], alignments, MAX_WIDTH)
    return ["```", *map(without_fences, lines), "```"] if lines else _list(rows)


def _list(rows: list[Row]) -> list[str]:
    """Return each row as a list item, with each cell on a line of its own after the name of its column."""
    names = [f"**{literal(cell.text)}:**" if cell.text else "" for cell in rows[0]]
    lines = []
    for row in rows[1:] or [[Cell("", "")] * len(names)]:
        cells = [f"{name} {cell.markdown}".strip() for name, cell in zip(names, row, strict=False)]
        lines += [f"{'  ' if at else '- '}{cell}" for at, cell in enumerate(filter(None, cells))]
    return lines
