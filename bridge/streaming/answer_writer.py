"""Writes an answer's events as Markdown: text with its citations linked, thinking quoted, sources listed."""

import re

from bridge.answer_events import Event, Picture, Searching, Sources, Started, Text, Thought
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Head, Outcome
from bridge.streaming.citations import Citations
from bridge.streaming.live_answer import LiveAnswer
from bridge.streaming.pictures import illustrated

MOST_THOUGHT = 1500
"""Limits how many code points of the thinking are shown."""

MOST_QUERY = 80
"""Limits how many code points of a search query stand in the status line."""

_MARKUP = re.compile(r"[\\`*_\[\]<>|~#]")


class AnswerWriter:
    """Writes the events of one answer to a live answer.

    `thought`: whether thinking is quoted above the answer. `language`: the code of the language for the bridge's own
    words in it, such as the title of the sources. `held`: see `hold`. `said`: the texts as they came.
    """

    def __init__(self, live: LiveAnswer, *, thought: bool = False, language: str = "") -> None:
        self._live = live
        self._language = language
        self._shows_thought = thought
        self._thoughts: list[str] = []
        self._citations = Citations()
        self._gap = ""
        self._parts: list[str] = []
        self.said: list[str] = []
        self.held = False

    @property
    def answer(self) -> str:
        """Return the answer's Markdown so far, without the thinking."""
        return "".join(self._parts)

    @property
    def thought(self) -> str:
        """Return the thinking so far; empty where it is not shown."""
        return "".join(self._thoughts).strip() if self._shows_thought else ""

    def take(self, event: Event) -> None:
        """Write one event: text, a picture, thinking, or sources; a search only changes the status line."""
        match event:
            case Started():
                self._citations = Citations()  # what an earlier try found belongs to no answer
            case Text():
                self._text(event.text)
            case Picture():
                self._picture(event)
            case Thought():
                if self._shows_thought:
                    self._thoughts.append(event.text)
                self._live.status(translated(sentences.THINKING, self._language))
            case Searching():
                query = _MARKUP.sub("", " ".join(event.query.split()))[:MOST_QUERY]
                self._live.status(translated(sentences.SEARCHING, self._language, query=query))
            case Sources():
                self._citations.add(event.sources)

    def hold(self, why: str) -> None:
        """Show why there is no answer yet, and set `held`, which whoever asks again clears."""
        self.held = True
        self._live.hold(why)

    def outcome(self, notice: str, head: Head | None = None) -> Outcome:
        """Return a turn's outcome: what was written so far, with `notice` below it, and the head that continues it."""
        return Outcome(self.answer, notice, head, self.thought)

    def end(self) -> None:
        """Write what was held back, and the list of sources: the answer has come to its end."""
        self._write(self._citations.rest())
        if self.answer.strip():
            self._write(self._citations.listed(self._language))

    def _text(self, text: str) -> None:
        self.said.append(text)
        if not self._parts and self._thoughts and text.startswith("".join(self._thoughts)):
            self._thoughts.clear()  # it was no thinking after all, and is said now
        self._write(self._citations.linked(text))

    def _picture(self, picture: Picture) -> None:
        """Write a picture as a paragraph of its own, whatever stands around it."""
        self._write(self._citations.rest())
        gap = "\n\n" if self.answer.strip() else ""
        self._gap = ""
        self._write(gap + illustrated(picture, self._language))
        self._gap = "\n\n"

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._gap:
            text = self._gap + text.lstrip()
            self._gap = ""
        if not self._parts and self.thought:
            self._live.write(quoted(self.thought))
        self._parts.append(text)
        self._live.write(text)


def quoted(thought: str) -> str:
    """Return thinking as a Markdown quotation, at most MOST_THOUGHT code points, with a blank line after it."""
    if len(thought) > MOST_THOUGHT:
        thought = thought[:MOST_THOUGHT].rstrip() + " …"
    lines = "\n".join(f"> {line}".rstrip() for line in f"💭 {thought}".splitlines())
    return f"{lines}\n\n"
