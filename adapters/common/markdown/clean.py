"""The removal of characters that no message needs: controls, lone surrogates, unpaired bidi controls."""

import re

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_DROPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202d\u202e]")
_LONE = re.compile(r"[\ud800-\udfff]")
_DIRECTION = re.compile(r"[\n\u202a-\u202c\u2066-\u2069]")
_POP = {"\u202c": "\u202a\u202b", "\u2069": "\u2066\u2067\u2068"}


def clean(text: str) -> str:
    """Return text without C0 controls but line feeds and tabs, and without bidi controls that are not paired in a line.

    Overrides of direction go in any case: they show letters in another order than that in which they stand. CR and CRLF
    become line feeds, lone surrogates become U+FFFD; DEL goes too, C1 controls stay.
    """
    if not _UNWANTED.search(text):
        return text
    text = _DROPPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _balanced(_LONE.sub("\ufffd", text))


def _balanced(text: str) -> str:
    """Remove each opening bidi control that is not closed in its line, and each closing one without an opening."""
    kept: set[int] = set()
    opened: list[re.Match[str]] = []
    for mark in _DIRECTION.finditer(text):
        if mark[0] == "\n":
            opened.clear()
        elif mark[0] not in _POP:
            opened.append(mark)
        elif opened and opened[-1][0] in _POP[mark[0]]:
            kept |= {opened.pop().start(), mark.start()}
    return _DIRECTION.sub(lambda mark: mark[0] if mark[0] == "\n" or mark.start() in kept else "", text)
