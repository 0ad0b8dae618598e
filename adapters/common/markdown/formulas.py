"""LaTeX as readable Unicode text."""

import re
from typing import Any

from telegramify_markdown.latex_escape.helper import LatexToUnicodeHelper

_CONVERTER: Any = LatexToUnicodeHelper()

_LONGEST, _DEEPEST = 1000, 60
"""The converter calls itself for every bracket; a formula beyond this is shown as it was written."""

_SIGNS = re.compile(r"[\\^_={}<>≤≥≈∑∫√]")
_PRICE = re.compile(r"\d[\d.,]*(?:\s|$|[-–/]$)|[A-Z]+/$")


def is_formula(latex: str, following: str, *, block: bool) -> bool:
    """Whether what stands between dollar signs is a formula, not money (`$5-$10`) or a shell's variables."""
    if block or _SIGNS.search(latex):
        return bool(latex.strip())
    return not (following.isalnum() or _PRICE.match(latex))


def to_text(latex: str) -> str:
    """The formula in Unicode, where that can be done, else as it is."""
    latex = re.sub(r"\n[ \t]*>[ \t]?", "\n", latex).strip()
    if len(latex) > _LONGEST or sum(map(latex.count, "{[(")) > _DEEPEST:
        return latex
    try:
        text = _CONVERTER.convert(latex).strip()
    except Exception:  # noqa: BLE001 - whatever it stumbles over, the source is readable too
        text = ""
    return re.sub(r"\n\s*\n", "\n", text) or latex


def in_a_line(text: str) -> str:
    """What to_text gave, in the middle of a line."""
    return "; ".join(part.strip() for part in text.split("\n"))


def code(text: str) -> str:
    """A formula in the middle of a line, as Markdown."""
    return "`" + in_a_line(text.replace("`", "'")) + "`"
