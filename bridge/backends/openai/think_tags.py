"""Splits thinking between <think> and </think> from the text of an answer; pure values."""

from collections.abc import Iterator

from bridge.answer_events import Text, Thought

OPENS, CLOSES = "<think>", "</think>"


class ThinkTagSplitter:
    """Splits text, as it comes, into Text and Thought.

    Some models leave <think> out (qwen wire, vLLM): `begun` says that this one does, `unmarked` afterwards whether it
    did, for the next answer.
    """

    def __init__(self, *, begun: bool = False) -> None:
        self._closed = self._marked = False
        self._guessed = self._thinking = begun
        self._rest = ""
        self._first = True
        self._thoughts: list[str] = []
        self._said: list[str] = []

    @property
    def misled(self) -> bool:
        """Tell whether what `begun` made taken for thinking was the answer: </think> never came."""
        return self._guessed and not self._closed

    @property
    def unmarked(self) -> bool:
        """Tell whether </think> came without <think>."""
        return self._closed and not self._marked

    def feed(self, text: str) -> Iterator[Text | Thought]:
        """Yield the events of the next text; what may be half a tag is held back."""
        self._rest += text
        if self._first and not self._thinking:
            start = self._rest.lstrip()
            if OPENS.startswith(start[: len(OPENS)]) and len(start) < len(OPENS):
                return
            if start.startswith(OPENS):
                self._rest, self._thinking, self._marked = start[len(OPENS) :], True, True
            self._first = False
        if "<" not in self._rest:
            yield from self._pass_on(self._rest)
            return
        while True:
            mark = CLOSES if self._thinking else f"{CLOSES}\n"  # else it may be what is talked about
            at = self._rest.find(mark)
            if at < 0:
                yield from self._pass_on(self._rest[: len(self._rest) - _half(self._rest, mark)])
                return
            if not self._thinking and self._in_code(self._rest[:at]):
                yield from self._pass_on(self._rest[: at + len(mark)])
                continue
            yield from self._pass_on(self._rest[:at])
            self._rest = self._rest[len(mark) :].lstrip("\n")
            self._closed, self._thinking = True, False

    def end(self) -> Iterator[Text | Thought]:
        """Yield what was held back. Thinking that was only assumed, and never ended, was the answer."""
        rest, self._rest = self._rest, ""
        if self.misled:
            yield Text("".join(self._thoughts) + rest)
        elif rest:
            yield Thought(rest) if self._thinking else Text(rest)

    def _pass_on(self, text: str) -> Iterator[Text | Thought]:
        self._rest = self._rest[len(text) :]
        if not text:
            return
        if self._thinking:
            self._thoughts.append(text)
            yield Thought(text)
        else:
            self._said.append(text)
            yield Text(text)

    def _in_code(self, text: str) -> bool:
        """Tell whether what follows this text stands in a block of code."""
        return ("".join(self._said) + text).count("```") % 2 == 1


def _half(text: str, mark: str) -> int:
    """Return how many characters at the end may be the beginning of the mark."""
    return next((size for size in range(len(mark) - 1, 0, -1) if text.endswith(mark[:size])), 0)
