"""Parses the stream of one answer: its frames, and the events that they bring."""

import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping

import aiohttp

from bridge.answer_events import Event, Text, Thought, Usage
from bridge.backends.http import sse
from bridge.backends.http.sse import Mark, Whole
from bridge.backends.openai import failures, wire
from bridge.backends.openai.think_tags import ThinkTagSplitter
from bridge.errors import ApiMisled, AskLater, CutOff, Empty, Moderated

UNENDED = ("", "null", "none", "undefined")
"""Lists the values of `finish_reason` that do not end an answer, as some servers say in each frame."""

_BROKEN = re.compile(
    r"abort|error|fail|cancel|network|time.?out|timed|interrupt|resource|overload|disconnect|shut.?down|preempt|unknown|incomplete"
)
"""Matches a `finish_reason` of an answer that the server broke off, in lower case; each server has words of its own."""

_FULL = re.compile(r"length|max.*tokens|token.?limit")
"""Matches one of an answer that reached the limit of its length."""

_MODERATED = re.compile(r"content.?filter|safety|sensitive|moderat|prohibited|recitation|blocklist")
"""Matches one of an answer that a content check ended."""

MUTE = (
    "the server breaks off before its first word: the question may be too long for it, or it takes no pictures; "
    "if it is yours, look at its log"
)
WRONG_ANSWERS = "if it goes on, check QWEN_API_MODEL, and QWEN_THINKING_BUDGET if it thinks"


class OpenAIStream:
    """Turns the frames of one answer into events.

    `asked`: whether thinking was asked for. `usage`: the answer's tokens. `thought`, `said`: whether thinking, and
    visible text, has come. `damaged`: whether a frame before the end could not be read. `misplaced`: whether the whole
    answer stood where thinking belongs, as some servers do that are told not to think (vLLM, SGLang). `moved_at`: see
    sse.Progress.
    """

    def __init__(self, splitter: ThinkTagSplitter, *, asked: bool = False) -> None:
        self.splitter = splitter
        self.usage = Usage()
        self.thought = False
        self.said = False
        self.damaged = False
        self.misplaced = False
        self._asked = asked
        self._thoughts: list[str] = []
        self._reason = ""
        self._done = False
        self.moved_at = time.monotonic()

    def events(self, frame: Mapping[str, object] | Mark) -> "list[Event]":
        """Return the events of a frame.

        Raises QwenError for a failure inside the stream: CutOff where text has come, and the failure may pass.
        """
        if isinstance(frame, Mark):
            self._done = self._done or frame is Mark.DONE
            self.damaged = self.damaged or (frame is Mark.UNREADABLE and not self.finished)
            return []
        if error := failures.in_frame(frame):
            raise CutOff(remedy=error.remedy) if self.said and isinstance(error, AskLater) else error
        delta = wire.delta(frame)
        self.damaged = self.damaged or (delta.odd and not self.finished)
        if delta.text or delta.thought or delta.finished:
            self.moved_at = time.monotonic()
        self.usage = delta.usage or self.usage
        if self._reason in UNENDED:
            self._reason = delta.finished.lower() or self._reason
        found: list[Event] = [Thought(delta.thought)] if delta.thought else []
        return [self._noted(event) for event in (*found, *self.splitter.feed(delta.text))]

    @property
    def finished(self) -> bool:
        """Tell whether the answer has come to its end, whatever the connection does."""
        marked = self._reason not in UNENDED or (self._done and not self._reason)
        return marked and not _BROKEN.search(self._reason)

    @property
    def unmarked(self) -> bool:
        """Tell whether an answer that can be read has come without any mark of its end, or of a break."""
        return self.said and not (self._reason or self._done or self.damaged)

    @property
    def cut_short(self) -> bool:
        """Tell whether the answer has reached the limit of its length, and could go on."""
        return bool(_FULL.search(self._reason))

    def end(self, *, whole: bool) -> Iterator[Event]:
        """Yield the events that were held back. `whole`: whether the answer has come to its end.

        Raises CutOff for an answer that is not whole, Empty for one without visible text, or Moderated.
        """
        if _MODERATED.search(self._reason):
            raise Moderated
        for event in self.splitter.end(whole=whole):
            yield self._noted(event)
        if not whole:
            raise CutOff if self.said else CutOff(remedy=MUTE)
        self.thought = self.thought and not self.splitter.misled
        if self.said:
            return
        self.misplaced = not self._asked and self._reason in ("stop", "") and self.thought
        if not self.misplaced:
            raise Empty(remedy=WRONG_ANSWERS)
        self.thought = False
        yield self._noted(Text("".join(self._thoughts)))

    def _noted(self, event: Event) -> Event:
        if isinstance(event, Thought):
            self._thoughts.append(event.text)
            self.thought = self.thought or bool(event.text.strip())
        self.said = self.said or (isinstance(event, Text) and bool(event.text.strip()))
        return event


async def frames(response: aiohttp.ClientResponse, stream: sse.Progress) -> AsyncIterator[Mapping[str, object] | Mark]:
    """Yield the frames of a stream until its last line, which it ends with Mark.DONE; or a whole answer as one frame.

    `stream` reads them, and has to go on.

    Raises ApiMisled for anything else, CutOff for a stream without any that can be read.
    """
    some = False
    async for frame in sse.frames(response.content.iter_any(), stream):
        some = some or frame is not Mark.UNREADABLE
        if isinstance(frame, Whole):
            value = sse.json_of(frame.body)
            if not isinstance(value, Mapping):
                raise ApiMisled
            yield value
            yield Mark.DONE
            return
        yield frame
        if frame is Mark.DONE:
            return
    if not some:
        raise CutOff if response.content_type == "text/event-stream" else ApiMisled
