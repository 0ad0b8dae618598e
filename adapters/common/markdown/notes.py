"""Write footnote marks, which no platform knows, as text: `[^1]` becomes ¹, and `[^tea]` becomes [tea]."""

import re

_SIGN = re.compile(r"\[\^(\w{1,20})\]")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def sign(name: str) -> str:
    """Return the text for a footnote's name: superscript digits, or the name in brackets."""
    return name.translate(_SUPERSCRIPT) if name.isdecimal() and name.isascii() else f"[{name}]"


def with_signs(text: str) -> str:
    """Return `text` with each footnote mark replaced by its sign, also where the note is elsewhere."""
    return _SIGN.sub(lambda found: sign(found[1]), text) if "[^" in text else text
