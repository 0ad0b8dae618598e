"""The conversion of LaTeX formulas to readable Unicode text."""

import re
from functools import cache
from typing import Any

_LONGEST, _DEEPEST = 1000, 60
"""The most characters and brackets of a formula that is converted: the converter recurses at every bracket."""


def to_text(latex: str) -> str:
    """Convert a formula to Unicode, maybe on several lines; return its source where that fails. Never raises."""
    latex = re.sub(r"\n[ \t]*>[ \t]?", "\n", latex).strip()
    if len(latex) > _LONGEST or sum(map(latex.count, "{[(")) > _DEEPEST:
        return latex
    converter = _converter()
    try:
        text = converter.convert(latex).strip()
    except Exception:  # noqa: BLE001 - whatever it stumbles over, the source is readable too
        text = ""
    return re.sub(r"\n\s*\n", "\n", text) or latex


@cache
def _converter() -> Any:
    from telegramify_markdown.latex_escape.helper import LatexToUnicodeHelper  # noqa: PLC0415  most starts need none

    return LatexToUnicodeHelper()


def in_a_line(text: str) -> str:
    """Join the lines that to_text() returned by semicolons."""
    return "; ".join(part.strip() for part in text.split("\n"))


def code(text: str) -> str:
    """Return what to_text() returned as a Markdown code span on one line."""
    return "`" + in_a_line(text.replace("`", "'")) + "`"
