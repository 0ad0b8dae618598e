"""The answer as rich prints it, in rich's own drawing of a terminal."""

import io
import re
from html import unescape

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from adapters.terminal.markdown import THEME, Markdown
from adapters.terminal.text import PROMPT, safe
from tests.gallery.sent import DOCUMENT

COLUMNS = 90


def picture() -> str:
    console = Console(
        file=io.StringIO(), width=COLUMNS, record=True, color_system="truecolor", force_terminal=True, theme=THEME
    )
    console.print(Markdown(safe(DOCUMENT)))
    console.print()
    console.print(Text(PROMPT))
    drawn = console.export_svg(title="qwen-bridge", unique_id="terminal")
    without_fonts = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    in_cells = re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)<', _in_cells, without_fonts)
    return re.sub(r"[ \t]+$", "", in_cells, flags=re.MULTILINE)


def _in_cells(found: re.Match[str]) -> str:
    """rich measures a text by its code points, of which some take two cells and some none."""
    text = unescape(found[3])
    length = float(found[1]) * cell_len(text) / len(text) if text else 0
    return f'textLength="{length:g}"{found[2]}>{found[3]}<'
