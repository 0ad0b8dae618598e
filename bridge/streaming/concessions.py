"""Changes what is left to show after the platform refused a part of it, so that the rest is shown."""

import sys

from bridge.errors import CannotShow, FileRefused, TextTooLong, WordsRefused
from bridge.streaming.chunks import Chunks


class Concessions:
    """Gives the platform its way, once for each part that it refuses; the texts are those of `chunks`.

    `most`: the most messages of the answer, without end where a file cannot take its rest.
    """

    def __init__(self, chunks: Chunks, most: int, language: str) -> None:
        self.most = most
        self._chunks = chunks
        self._language = language
        self._grown = (-1, "")
        self._replaced: set[int] = set()
        self._ended = False

    def grew(self, number: int, text: str) -> None:
        """Take note that the message of this number shows an unfinished text."""
        self._grown = (number, text)

    def concede(self, error: CannotShow, number: int, sent: int) -> int | None:
        """Change the texts after the end of the answer was refused as message `number`, while `sent` are there.

        Returns the number of the message to show next; None where nothing is left to try.
        """
        if isinstance(error, FileRefused) and self.most < sys.maxsize:
            self.most = sys.maxsize
            return number
        if isinstance(error, TextTooLong) and self._chunks.halve(number):
            return number
        sentence = f"⚠️ {error.said(self._language)}"
        if isinstance(error, WordsRefused) and number not in self._replaced:
            self._replaced.add(number)
            self._chunks.replace(number, self._grown_text(number), sentence)
            return number
        last = min(number, sent - 1)
        if self._ended or last < 0:
            return None
        self._ended = True
        shown = self._chunks.texts[last] if last < number else self._grown_text(number)
        self._chunks.end(last, shown, sentence)
        return last

    def _grown_text(self, number: int) -> str:
        return self._chunks.without_mark(self._grown[1]) if self._grown[0] == number else ""
