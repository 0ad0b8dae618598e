"""What the pictures share: blocks of HTML, about how high they are, and the SVG that frames them."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape, unescape
from math import ceil

from rich.cells import cell_len
from rich.console import Console
from rich.syntax import Syntax


@dataclass(frozen=True)
class Look:
    """How a kind of block is set, in pixels: a column of text, a row, and what stands above and below."""

    column: float
    row: float
    around: float = 0


@dataclass(frozen=True)
class Block:
    """HTML of one block; `indent` is what it loses of the width."""

    kind: str
    html: str
    indent: int = 0


def height(blocks: Iterable[Block], looks: dict[str, Look], width: int) -> int:
    """About how many pixels the blocks need, whatever font a reader has: an SVG cannot ask its content."""
    return ceil(sum(_height(block, looks[block.kind], width - block.indent) for block in blocks))


def _height(block: Block, look: Look, width: int) -> float:
    lines = unescape(re.sub(r"<[^>]*>", "", block.html)).removesuffix("\n").split("\n")
    rows = sum(max(1, ceil(cell_len(line) * look.column / width)) for line in lines)
    return rows * look.row + look.around


def coloured(code: str, language: str, theme: str) -> str:
    """Code as HTML, highlighted as the apps do it where they know the language."""
    if not language:
        return escape(code, quote=False)
    text = Syntax("", language, theme=theme).highlight(code)
    text.rstrip()
    console = Console(file=io.StringIO(), color_system="truecolor")
    html = []
    for part in text.render(console):
        shown = escape(part.text, quote=False)
        colour = part.style.color.get_truecolor().hex if part.style and part.style.color else ""
        html.append(f'<i style="color:{colour}">{shown}</i>' if colour and shown.strip() else shown)
    return "".join(html).rstrip("\n")


def svg(title: str, size: tuple[int, int], css: str, body: str) -> str:
    """A picture that needs nothing from anywhere: GitHub shows it in an <img>."""
    width, high = size
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {high}" width="{width}" height="{high}">
<title>{escape(title)}</title>
<style>
{css.strip()}
</style>
<foreignObject width="{width}" height="{high}">
<div xmlns="http://www.w3.org/1999/xhtml" class="screen" style="height:{high}px">
{body}
</div>
</foreignObject>
</svg>
"""
