"""References to footnotes as text, for no platform knows footnotes: `[^1]` becomes ¹, and `[^tea]` becomes [tea]."""

import re

_SIGN = re.compile(r"\[\^(\w{1,20})\]")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def sign(name: str) -> str:
    """Return the text that refers to the footnote `name`: superscript digits for a number, else [name]."""
    return name.translate(_SUPERSCRIPT) if name.isdecimal() and name.isascii() else f"[{name}]"


def with_signs(text: str) -> str:
    """Replace each `[^name]` by sign(name), whether or not the footnote is defined."""
    return _SIGN.sub(lambda found: sign(found[1]), text) if "[^" in text else text
