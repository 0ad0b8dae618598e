"""Splits thinking, in any number of blocks <think>…</think> or <thinking>…</thinking>, from the text of an answer."""

import re
from collections.abc import Iterator

from bridge.answer_events import Text, Thought

TAGS = ("<think>", "<thinking>", "</think>", "</thinking>")
_TAG = re.compile("|".join(TAGS), re.IGNORECASE)
_FENCE = re.compile(r"[ >]*(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")

INDENTED = 4
"""Counts the spaces before a tag from which on its line is code."""


class ThinkTagSplitter:
    """Splits text, as it comes, into Text and Thought.

    A tag in a block of code or in inline code is text, and so is one that prose names in the middle of a line. Some
    models leave <think> out (qwen wire, vLLM): `begun` says that this one does, `unmarked` afterwards whether it did,
    for the next answer.
    """

    def __init__(self, *, begun: bool = False) -> None:
        self._guessed = self._thinking = begun
        self._closed = self._marked = False
        self._rest = ""
        self._thoughts: list[str] = []
        self._aside: list[str] = []
        self._lead = ""
        self._place = _Place()
        self._trims = False

    @property
    def misled(self) -> bool:
        """Tell whether what `begun` made taken for thinking was the answer: </think> never came."""
        return self._guessed and not self._closed

    @property
    def unmarked(self) -> bool:
        """Tell whether </think> came without <think>."""
        return self._closed and not self._marked

    def feed(self, text: str) -> Iterator[Text | Thought]:
        """Yield the events of the next text; what may be half a tag, or an aside, is held back."""
        self._rest += text
        while (found := _TAG.search(self._rest)) and found.end() < len(self._rest):
            yield from self._take(found.start())
            yield from self._tag(len(found[0]), after=self._rest[len(found[0])])
        yield from self._take(found.start() if found else len(self._rest) - _half(self._rest))

    def end(self, *, whole: bool = True) -> Iterator[Text | Thought]:
        """Yield what was held back. Thinking that was only assumed, and never ended, was the answer if that is `whole`.

        An aside that was not closed was text.
        """
        if found := _TAG.search(self._rest):
            yield from self._take(found.start())
            yield from self._tag(len(found[0]), after="")
        if self.misled and whole:
            yield Text("".join(self._thoughts) + self._rest)
            self._rest = ""
        yield from self._take(len(self._rest))
        if self._aside:
            yield from self._said(self._drop_aside())
        if self._lead:
            yield Text(self._lead)

    def _take(self, size: int) -> Iterator[Text | Thought]:
        """Yield so many characters as what they are now."""
        text, self._rest = self._rest[:size], self._rest[size:]
        if self._trims:
            text = text.lstrip("\n")
            self._trims = not text
        if not text:
            return
        if self._aside:
            self._aside.append(text)
        elif self._thinking:
            self._thoughts.append(text)
            yield Thought(text)
        else:
            yield from self._said(text)

    def _said(self, text: str) -> Iterator[Text]:
        """Yield text; blanks before the first of it are held back, for thinking may follow."""
        text, self._lead = self._lead + text, ""
        if self._place.blank and not text.strip():
            self._lead = text
        else:
            self._place.move(text)
            yield Text(text)

    def _tag(self, size: int, *, after: str) -> Iterator[Text | Thought]:
        """Take the tag of this size at the beginning of the rest; `after`: the character behind it, or empty."""
        tag = self._rest[:size]
        if tag[1] == "/" and (self._thinking or self._aside):
            quoted = after == "`" and "".join(self._aside or self._thoughts[-1:]).endswith("`")
            yield from self._take(size) if quoted else self._close(tag)
        elif tag[1] == "/":
            if after == "\n" and not self._place.in_code:  # else it may be what is talked about
                self._rest, self._closed, self._trims = self._rest[size:], True, True
            else:
                yield from self._take(size)
        elif self._thinking or self._aside:
            if self._guessed and not "".join(self._thoughts).strip():
                self._rest, self._guessed, self._marked = self._rest[size:], False, True
            else:
                yield from self._take(size)
        elif self._place.blank or (self._place.begins_line and not self._place.in_code):
            self._rest, self._thinking, self._lead = self._rest[size:], True, ""
            self._marked = self._marked or not self._closed
        elif self._place.in_code or after in ("", " ", "\t", "`"):
            yield from self._take(size)
        else:
            self._rest = self._rest[size:]
            self._aside = [tag]

    def _close(self, tag: str) -> Iterator[Text | Thought]:
        self._rest = self._rest[len(tag) :]
        if not self._aside:
            self._closed, self._thinking, self._trims = True, False, True
            return
        inner = "".join(self._aside[1:])
        if any(character.isalnum() for character in inner):
            self._aside.clear()
            yield Thought(inner)
        else:  # as in "<think>…</think>", the name of the thing
            yield from self._said(self._drop_aside() + tag)

    def _drop_aside(self) -> str:
        text = "".join(self._aside)
        self._aside.clear()
        return text


class _Place:
    """Knows where in its Markdown a text has come to. `line`: its current line; `blank`: whether no word has come."""

    def __init__(self) -> None:
        self.line = ""
        self.blank = True
        self._fence = ""

    def move(self, text: str) -> None:
        """Go on by this text."""
        self.blank = False
        *lines, last = text.split("\n")
        for line in lines:
            self._end_line(self.line + line)
            self.line = ""
        self.line += last

    @property
    def begins_line(self) -> bool:
        """Tell whether nothing stands before this place on its line that is no code."""
        return not self.line.strip() and len(self.line) < INDENTED

    @property
    def in_code(self) -> bool:
        """Tell whether this place is in a block of code or in inline code."""
        if self._fence or _FENCE.match(self.line) or (not self.line.strip() and not self.begins_line):
            return True
        opened = ""
        for ticks in _TICKS.findall(self.line):
            opened = "" if ticks == opened else opened or ticks
        return bool(opened)

    def _end_line(self, line: str) -> None:
        if not (found := _FENCE.match(line)):
            return
        if not self._fence:
            self._fence = found[1]
        elif found[1].startswith(self._fence) and not line[found.end() :].strip():
            self._fence = ""


def _half(text: str) -> int:
    """Return how many characters at the end may be the beginning of a tag."""
    at = text.rfind("<")
    tail = text[at:].lower()
    return len(tail) if at >= 0 and any(tag.startswith(tail) for tag in TAGS) else 0
