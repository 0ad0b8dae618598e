"""The signs of footnotes, which no platform knows: `[^1]` becomes ¹, and `[^tea]` becomes [tea]."""

import re

_SIGN = re.compile(r"\[\^(\w{1,20})\]")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def sign(name: str) -> str:
    """What stands for a footnote."""
    return name.translate(_SUPERSCRIPT) if name.isdecimal() and name.isascii() else f"[{name}]"


def with_signs(text: str) -> str:
    """Text in which each footnote has its sign, also one whose note is elsewhere."""
    return _SIGN.sub(lambda found: sign(found[1]), text) if "[^" in text else text
