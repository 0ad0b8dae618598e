"""Splits a growing answer into chunks that each fit into one message; only the last one still grows."""

from bridge.streaming import markdown

MORE = "▍"
"""Stands at the end of an answer that goes on."""

REST = "\n\n…"
"""Stands at the end of an answer's beginning, where the whole answer is in a file."""

RESERVE = 16
"""Keeps so much room free in each message for MORE, REST and what closes open Markdown, in the platform's units."""

SHORT, STUB = 200, 60
"""Bound new messages where those begin short, in the platform's units: more than SHORT is sent as its first STUB.

A process that is killed before it knows the message's id leaves that stub behind, and the next one sends another
message.
"""

SHORTEST = 50
"""Bounds the parts of a chunk from below, in the platform's units."""

READABLE = 12
"""Limits the wait for the end of the first word: so many code points are worth showing before."""


class Chunks:
    """Collects an answer as `texts`, one for each message.

    `limit`: the room of a message in the platform's units, as `measure` counts them for Markdown. `below`:
    the paragraph below the answer, empty without one.
    """

    def __init__(self, limit: int, measure: markdown.Measure) -> None:
        self._limit = limit
        self._measure = measure
        self._written: list[str] = []
        self.texts = [""]
        self.below = ""

    def write(self, text: str) -> None:
        """Add to the answer, however long its last chunk becomes: see break_last."""
        self._written.append(text)
        self.texts[-1] += text

    def write_below(self, text: str) -> None:
        """Add a paragraph below the answer, after closing the Markdown that the answer left open."""
        above = markdown.closed(self.texts[-1]).rstrip()
        self.below = text
        self.texts[-1] = f"{above}\n\n{text}" if above else text

    @property
    def whole(self) -> str:
        """Return all that was written, with the paragraph below it."""
        return "".join(self._written) + (f"\n\n{self.below}" if self.below else "")

    @property
    def readable(self) -> bool:
        """Tell whether the last chunk has a whole word, or READABLE code points."""
        text = self.texts[-1].lstrip()
        return len(text) >= READABLE or len(text.split(maxsplit=1)) > 1 or text[-1:].isspace()

    def break_last(self) -> None:
        """Break the last chunk where it has outgrown its message; what was broken off never changes again."""
        while True:
            chunk, rest = markdown.cut(self.texts[-1], self._limit - RESERVE, self._measure)
            if not rest:
                return
            self.texts[-1:] = [chunk, rest]

    def halve(self, number: int) -> bool:
        """Break a chunk into two; False where it is too short for that."""
        size = self._measure(self.texts[number])
        parts = markdown.cut(self.texts[number], max(size // 2, SHORTEST), self._measure)
        if size <= SHORTEST or not parts[1]:
            return False
        self.texts[number : number + 1] = parts
        return True

    def replace(self, number: int, shown: str, sentence: str) -> None:
        """Put `shown` in place of a chunk, shortened where it must be, with a sentence below it."""
        if number == len(self.texts) - 1 and self.below:
            sentence = f"{sentence}\n\n{self.below}"
        room = self._limit - self._measure(sentence) - 2 * RESERVE  # once for `break_last`, once for what is closed
        above = markdown.closed(markdown.cut(shown, max(room, SHORTEST), self._measure)[0]).rstrip()
        self.texts[number] = f"{above}\n\n{sentence}" if above else sentence

    def end(self, number: int, shown: str, sentence: str) -> None:
        """Let the answer end with this chunk: see `replace`."""
        del self.texts[number + 1 :]
        self.replace(number, shown, sentence)

    @staticmethod
    def without_mark(text: str) -> str:
        """Return the text of a growing chunk without MORE."""
        above, _, below = text.rpartition(MORE)
        return f"{above.rstrip()}{below}"

    def is_long(self, number: int) -> bool:
        """Tell whether there is a chunk of this number (from 0) that is longer than SHORT."""
        return number < len(self.texts) and self._measure(self.texts[number]) > SHORT

    def beginning(self, number: int) -> str:
        """Return the first STUB of a chunk, marked with MORE."""
        stub, _ = markdown.cut(self.texts[number], STUB, self._measure)
        return markdown.going_on(stub, MORE)

    def growing(self, number: int = -1, *, reserve: int = 0) -> str:
        """Return a chunk (the last one by default) with its open Markdown closed, marked with MORE.

        "" where nothing can be read yet, or where it leaves less than `reserve` of the room: a later text is shown
        instead.
        """
        text = markdown.closed(markdown.without_half_table(self.texts[number]))
        text = markdown.going_on(text, MORE) if text.strip() else ""
        return text if text and self._measure(text) <= self._limit - reserve else ""
