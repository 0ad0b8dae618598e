"""An answer in pieces, each of which fits into a message; only the last one still grows."""

from bridge.streaming import markdown

MORE = "▍"
"""Stands at the end of an answer that goes on."""

REST = "\n\n…"
"""Stands at the end of an answer's beginning, where the whole answer is in a file."""

RESERVE = 16
"""Room that is left in each message for MORE, REST and what closes open Markdown, in the platform's units."""

SHORT, STUB = 200, 60
"""Where new messages begin short, one of more than SHORT begins with STUB, in the platform's units. A process that is
killed before it knows the message's id leaves that behind, and the next one sends another message."""

READABLE = 12
"""So many characters can be read without knowing how the first word ends."""


class Chunks:
    """The pieces in `texts`. `limit` is the room of a message, as `measure` tells it of Markdown."""

    def __init__(self, limit: int, measure: markdown.Measure) -> None:
        self._limit = limit
        self._measure = measure
        self._written: list[str] = []
        self.texts = [""]
        self.below = ""

    def write(self, text: str) -> None:
        """Add to the answer, which costs nothing but memory."""
        self._written.append(text)
        self.texts[-1] += text

    def write_below(self, text: str) -> None:
        """Add a paragraph below the answer, outside of what it left open."""
        above = markdown.closed(self.texts[-1]).rstrip()
        self.below = text
        self.texts[-1] = f"{above}\n\n{text}" if above else text

    @property
    def whole(self) -> str:
        """All that was written, with what is below it."""
        return "".join(self._written) + (f"\n\n{self.below}" if self.below else "")

    @property
    def readable(self) -> bool:
        """Whether there is a first word to read."""
        text = self.texts[-1].lstrip()
        return len(text) >= READABLE or len(text.split(maxsplit=1)) > 1 or text[-1:].isspace()

    def grow(self) -> None:
        """Break the last piece where it has outgrown its message; what was broken off never changes again."""
        while True:
            piece, rest = markdown.cut(self.texts[-1], self._limit - RESERVE, self._measure)
            if not rest:
                return
            self.texts[-1:] = [piece, rest]

    def is_long(self, place: int) -> bool:
        """Whether there is such a piece, of more than SHORT."""
        return place < len(self.texts) and self._measure(self.texts[place]) > SHORT

    def beginning(self, place: int) -> str:
        """The STUB of a piece, marked as one that goes on."""
        stub, _ = markdown.cut(self.texts[place], STUB, self._measure)
        return markdown.going_on(stub, MORE)

    def growing(self, place: int = -1, *, reserve: int = 0) -> str:
        """A piece (the last one, unless a place is named), closed and marked as one that goes on.

        "" where nothing can be read yet, or it does not fit and leave so much room: a later text is shown instead.
        """
        text = markdown.closed(markdown.without_half_table(self.texts[place]))
        text = markdown.going_on(text, MORE) if text.strip() else ""
        return text if text and self._measure(text) <= self._limit - reserve else ""
