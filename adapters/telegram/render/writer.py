"""Write the text of a message, and the marks on it."""

import re
from typing import NamedTuple

_MENTION = re.compile(r"@(?=\w|\Z)")
STYLES = frozenset(("bold", "italic", "strikethrough"))
LOOK_BEHIND = 200
"""Code points before an @ that are examined for an e-mail address or a link."""


class Mark(NamedTuple):
    """Marks a range of the text, in code points, with a type of MessageEntity."""

    type: str
    start: int
    end: int
    url: str = ""
    language: str = ""

    def moved(self, by: int, most: int) -> "Mark":
        """Return the mark moved by so many code points, and cut at the text's length `most`."""
        return self._replace(start=self.start + by, end=min(self.end + by, most))


def without_mentions(text: str, before: str = "") -> str:
    """Return the text with a word joiner in each @name, which then mentions nobody.

    E-mail addresses and links stay as they are. `before` is what stands before the text in the message.
    """
    if "@" not in text:
        return text

    def joined(found: re.Match[str]) -> str:
        at = found.start()
        head = text[max(0, at - LOOK_BEHIND) : at] if at else before
        token = head.split()[-1] if head[-1:].strip() else ""
        is_address = token[-1:].isalnum() or token[-1:] == "_" or ("/" in token and "." in token)
        return "@" if is_address else "@\u2060"

    return _MENTION.sub(joined, text)


class Writer:
    """Collects text and marks. `bare`: write text without marks."""

    def __init__(self, *, bare: bool = False) -> None:
        self._bare = bare
        self._parts: list[str] = []
        self._at = 0  # where the text ends, in code points
        self._last = ""
        self._marks: list[Mark] = []
        self._gap = 0  # line ends before what comes next
        self._marker = ""  # of the list item that begins
        self._styles: dict[str, tuple[int, int]] = {}  # where each open style begins, and how often it is open
        self._links: list[tuple[int, int, str, bool]] = []  # start, first part, address, whether it is a link
        self._linked = False  # within one of those that are links

    def _put(self, text: str) -> None:
        if not text:
            return
        self._write_gap()
        self._parts.append(text)
        self._at += len(text)
        self._last = text[-1]

    def _write_gap(self) -> None:
        begin = ("\n" * self._gap if self._at else "") + self._marker
        self._gap, self._marker = 0, ""
        if begin:
            self._parts.append(begin)
            self._at += len(begin)
            self._last = begin[-1]

    def _mark(self, kind: str, text: str, *, language: str = "") -> None:
        """Write code; the styles around it end before it and go on behind it."""
        if self._bare or self._linked:
            self._put(text)
            return
        self._write_gap()
        start = self._at
        self._put(text)
        for style, (begin, depth) in self._styles.items():
            if start > begin:
                self._marks.append(Mark(style, begin, start))
            self._styles[style] = (self._at, depth)
        if text:
            self._marks.append(Mark(kind, start, self._at, language=language))

    def _open(self, style: str) -> None:
        if not self._bare:
            self._write_gap()
            start, depth = self._styles.get(style, (self._at, 0))
            self._styles[style] = (start, depth + 1)

    def _close(self, style: str) -> None:
        if self._bare:
            return
        start, depth = self._styles.pop(style)
        if depth > 1:
            self._styles[style] = (start, depth - 1)
        elif self._at > start:
            self._marks.append(Mark(style, start, self._at))
