"""What of a text may reach a terminal: nothing that moves its cursor, changes its state or hides what stands there."""

import re

from adapters.common.markdown.clean import clean

PROMPT = "you> "
"""Stands before each question."""

_LINE_BREAKS = re.compile(r"[\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x80-\x9f]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """text for a terminal: no controls but line breaks and tabs, and nothing that turns the direction of writing."""
    return _BIDI.sub("", safe_in_a_pipe(text))


def safe_in_a_pipe(text: str) -> str:
    """text for a pipe or a file, which somebody may look at in a terminal: without control characters."""
    return _CONTROLS.sub("", _LINE_BREAKS.sub("\n", clean(text)))
