"""The Markdown source as bytes, in which the parser gives its places, and changes to parts of it."""

import bisect
from operator import itemgetter

import pyromark

OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_FOOTNOTES
)

Edit = tuple[int, int, str]
"""From where to where (bytes) is replaced by what."""


def apply(source: bytes, edits: list[Edit], start: int, end: int) -> bytes:
    """source[start:end] with the edits; of two that overlap the one that begins first counts."""
    parts: list[bytes] = []
    at = start
    for first, last, text in sorted(edits, key=itemgetter(0)):
        if first >= at:
            parts += (source[at:first], text.encode())
            at = last
    parts.append(source[at:end])
    return b"".join(parts)


def line_starts(source: bytes) -> list[int]:
    """Where the lines begin."""
    starts = [0]
    at = source.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find(b"\n", at + 1)
    return starts


def line_start(starts: list[int], at: int) -> int:
    """Where the line with this place begins."""
    return starts[bisect.bisect_right(starts, at) - 1]
