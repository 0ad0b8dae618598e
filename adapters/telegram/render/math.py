"""LaTeX as Unicode: `x^2 \\le \\alpha` becomes `x² ≤ α`."""

import re

from telegramify_markdown.latex_escape.helper import LatexToUnicodeHelper

_LATEX = re.compile(r"[\\^_{}]")
_helper = LatexToUnicodeHelper()


def unicode(formula: str) -> str:
    """The formula without its LaTeX; as it is where that cannot be read."""
    if not _LATEX.search(formula):
        return formula.strip()
    try:
        converted: str = _helper.convert(formula)  # type: ignore[no-untyped-call]
        return converted.strip() or formula.strip()
    except Exception:  # noqa: BLE001  a formula that nobody understands is shown as it was written
        return formula.strip()
