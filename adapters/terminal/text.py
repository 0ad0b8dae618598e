"""The sanitizing of text for a terminal: no character that moves its cursor, changes its state or reorders text."""

import re

from adapters.common.markdown.clean import clean

PROMPT = "you> "
"""The prompt before each question."""

_LINE_BREAKS = re.compile(r"[\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x80-\x9f]")
_MARKS = re.compile(r"(\*\*|`)(.+?)\1")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """Return text for a terminal, without control characters but line feeds and tabs, and without bidi controls."""
    return _BIDI.sub("", safe_in_a_pipe(text))


def safe_in_a_pipe(text: str) -> str:
    """Return text for a pipe or file, which a terminal may show later: like safe(), but with paired bidi controls."""
    return _CONTROLS.sub("", _LINE_BREAKS.sub("\n", clean(text)))


def without_marks(sentence: str) -> str:
    """Return what the bridge says itself as plain text: without the marks of bold and of code."""
    return _MARKS.sub(r"\2", safe_in_a_pipe(sentence))
