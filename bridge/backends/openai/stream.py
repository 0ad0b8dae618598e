"""Parses the stream of one answer: its frames, and the events that they bring."""

import json
import time
from collections.abc import AsyncIterator, Mapping

import aiohttp
import orjson

from bridge.answer_events import Event, Text, Thought, Usage
from bridge.backends.http import sse
from bridge.backends.openai import failures, wire
from bridge.backends.openai.think_tags import ThinkTagSplitter
from bridge.errors import ApiMisled, CutOff, Empty, Moderated, Stalled

ANSWER_SECONDS = 900.0
"""Limits a whole answer: none takes longer."""

DONE: Mapping[str, object] = {"choices": [{"finish_reason": "stop"}]}
"""Stands for the last line of a stream, [DONE], as a frame; some servers give no other end."""

MUTE = (
    "the server breaks off before its first word: the question may be too long for it, or it takes no pictures; "
    "if it is yours, look at its log"
)
WRONG_ANSWERS = "if it goes on, check QWEN_API_MODEL, and QWEN_THINKING_BUDGET if it thinks"


class OpenAIStream:
    """Turns the frames of one answer into events.

    `usage`: its tokens. `thought`, `said`: whether thinking, and visible text, has come.
    """

    def __init__(self, splitter: ThinkTagSplitter) -> None:
        self.splitter = splitter
        self.usage = Usage()
        self.thought = False
        self.said = False
        self._reason = ""

    def events(self, frame: Mapping[str, object]) -> "list[Event]":
        """Return the events of a frame. Raises QwenError for a failure inside the stream."""
        if error := failures.in_frame(frame):
            raise error
        delta = wire.delta(frame)
        self.usage = delta.usage or self.usage
        self._reason = self._reason or delta.finished
        found: list[Event] = [Thought(delta.thought)] if delta.thought else []
        return [self._noted(event) for event in (*found, *self.splitter.feed(delta.text))]

    @property
    def finished(self) -> bool:
        """Tell whether the answer has come to its end, whatever the connection does."""
        return bool(self._reason)

    @property
    def cut_short(self) -> bool:
        """Tell whether the answer has reached the limit of its length, and could go on."""
        return self._reason == "length"

    def end(self) -> "list[Event]":
        """Return the events that were held back.

        Raises CutOff for an answer without an end, Empty for one without visible text, or Moderated.
        """
        if self._reason == "content_filter":
            raise Moderated
        events = [self._noted(event) for event in self.splitter.end()]
        if not self._reason:
            raise CutOff if self.said else CutOff(remedy=MUTE)
        self.thought = self.thought and not self.splitter.misled
        if not self.said:
            raise Empty(remedy=WRONG_ANSWERS)
        return events

    def _noted(self, event: Event) -> Event:
        self.thought = self.thought or isinstance(event, Thought)
        self.said = self.said or (isinstance(event, Text) and bool(event.text.strip()))
        return event


async def frames(response: aiohttp.ClientResponse) -> AsyncIterator[Mapping[str, object]]:
    """Yield the frames of a stream, or a whole answer as its only frame.

    Raises ApiMisled for anything else, CutOff for a stream without any.
    """
    if "json" in response.content_type:
        value = _json(await response.read())
        if value is None:
            raise ApiMisled
        yield value
        return
    some = False
    async for data in _data(response):
        some = some or bool(data)
        if data == "[DONE]":
            yield DONE
            return
        if value := _json(data):
            yield value
    if not some:
        raise CutOff if response.content_type == "text/event-stream" else ApiMisled


async def _data(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
    decoder = sse.Decoder()
    deadline = time.monotonic() + ANSWER_SECONDS
    async for chunk in response.content.iter_any():
        if time.monotonic() > deadline:
            raise Stalled
        for data in decoder.feed(chunk):
            yield data
    for data in decoder.end():
        yield data


def _json(data: str | bytes) -> Mapping[str, object] | None:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            value = json.loads(data)  # which knows NaN, as some servers say for a probability
        except ValueError:
            return None
    return value if isinstance(value, Mapping) else None
