"""Convert LaTeX to readable Unicode text."""

import re
from typing import Any

from telegramify_markdown.latex_escape.helper import LatexToUnicodeHelper

_CONVERTER: Any = LatexToUnicodeHelper()

_LONGEST, _DEEPEST = 1000, 60
"""The converter calls itself for every bracket; a formula beyond this is shown as it was written."""

_SIGNS = re.compile(r"[\\^_={}<>≤≥≈∑∫√]")
_PRICE = re.compile(r"\d[\d.,]*(?:\s|$|[-–/]$)|[A-Z]+/$")


def is_formula(latex: str, following: str, *, block: bool) -> bool:
    """Tell whether the text between dollar signs is a formula, not money (`$5-$10`) or a shell's variables."""
    if block or _SIGNS.search(latex):
        return bool(latex.strip())
    return not (following.isalnum() or _PRICE.match(latex))


def to_text(latex: str) -> str:
    """Return the formula in Unicode; unchanged where that cannot be done."""
    latex = re.sub(r"\n[ \t]*>[ \t]?", "\n", latex).strip()
    if len(latex) > _LONGEST or sum(map(latex.count, "{[(")) > _DEEPEST:
        return latex
    try:
        text = _CONVERTER.convert(latex).strip()
    except Exception:  # noqa: BLE001 - whatever it stumbles over, the source is readable too
        text = ""
    return re.sub(r"\n\s*\n", "\n", text) or latex


def in_a_line(text: str) -> str:
    """Return the result of to_text on one line."""
    return "; ".join(part.strip() for part in text.split("\n"))


def code(text: str) -> str:
    """Return a formula within a line as Markdown code."""
    return "`" + in_a_line(text.replace("`", "'")) + "`"
