"""Edits and lines of Markdown source as UTF-8 bytes, in which pyromark counts its offsets."""

import bisect
from operator import itemgetter

import pyromark

OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_FOOTNOTES
)
"""The extensions of CommonMark that every platform's renderer parses."""

Edit = tuple[int, int, str]
"""A replacement: the start and the end (exclusive) as byte offsets, and the text to stand there."""


def apply(source: bytes, edits: list[Edit], start: int, end: int) -> bytes:
    """Return source[start:end] with the edits applied; of two that overlap only the one that begins first."""
    parts: list[bytes] = []
    at = start
    for first, last, text in sorted(edits, key=itemgetter(0)):
        if first >= at:
            parts += (source[at:first], text.encode())
            at = last
    parts.append(source[at:end])
    return b"".join(parts)


def line_starts(source: bytes) -> list[int]:
    """Return the byte offset of each line's beginning, ascending from 0."""
    starts = [0]
    at = source.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find(b"\n", at + 1)
    return starts


def line_start(starts: list[int], at: int) -> int:
    """Return the beginning of the line that holds byte offset `at`; `starts` are those of line_starts()."""
    return starts[bisect.bisect_right(starts, at) - 1]
