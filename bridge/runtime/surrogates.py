"""Put a mark in the place of halves of surrogate pairs in JSON, which nothing can encode or store."""

import re

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<half>u[dD][89a-fA-F]..)|.)", re.DOTALL)


def whole_pairs(text: str) -> str:
    """Return JSON in which U+FFFD stands for each half of a surrogate pair that has no other half.

    Where there is none, that is the very same text.
    """
    if not _HALF.search(text):
        return text
    whole = _ESCAPE.sub(lambda found: r"\ufffd" if found["half"] else found[0], text)
    return text if whole == text else whole
