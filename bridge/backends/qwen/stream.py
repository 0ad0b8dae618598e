"""Turns the frames of one answer into events."""

from collections.abc import Iterable, Iterator, Mapping

import orjson

from bridge.answer_events import Event, Finished, Picture, Searching, Source, Sources, Started, Text, Thought, Usage
from bridge.backends.qwen import failures
from bridge.backends.qwen.pictures import Pictures, makes_pictures
from bridge.errors import CutOff, Empty, Fault
from bridge.model import Head

Json = Mapping[str, object]

ANSWER_PHASES = ("answer", None, "ReportGeneration", "slides")
"""Lists the phases whose content is the answer; others are thinking, tools and progress (qwen wire, delta fields)."""

DONE = "[DONE]"
"""Ends some streams; Qwen sends none today (qwen wire, SSE framing)."""

THINKING_PHASES = ("think", "thinking_summary", "DeepThinking")
"""Lists the phases whose content is thinking (qwen wire, delta fields)."""


class QwenStream:
    """Turns the frames of one answer into events, and knows at its end whether it was whole.

    `finished` is true when the answer itself has ended: the status `finished` ends a phase, and only the answer's own
    ends the answer. `response_id`: the id of the answer, empty until it is known.
    """

    def __init__(self, chat_id: str) -> None:
        self._chat_id = chat_id
        self.response_id = ""
        self._thoughts: list[str] = []
        self._query = ""
        self._usage = Usage()
        self._pictures = Pictures()
        self._has_text = False
        self._painted = False
        self._done = False
        self.finished = False

    def events(self, frame: object) -> Iterator[Event]:
        """Yield the events of a frame; of unknown kinds, none. Raises QwenError for a failure inside the stream."""
        if not isinstance(frame, Mapping):
            self._done = self._done or frame == DONE
            return
        if failure := failures.in_frame(frame):
            raise failure
        if "success" in frame:
            yield from self._whole(frame)
            return
        # Seen by other clients in place of the closing of the connection.
        self._done = self._done or frame.get("done") is True or "chunk.done" in frame
        created = frame.get("response.created")
        response_id = (created if isinstance(created, Mapping) else frame).get("response_id")
        if response_id and not self.response_id:
            self.response_id = str(response_id)
            yield Started(self._chat_id, self.response_id)
        if isinstance(usage := frame.get("usage"), Mapping):
            self._usage = _usage(usage)
        choices = frame.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(delta := _inside(choice, "delta"), Mapping):
                yield from self._delta(delta)

    def _whole(self, body: Json) -> Iterator[Event]:
        """Yield the events of an answer that came as one JSON object (qwen wire, non-stream). Raises Empty."""
        data = body.get("data")
        data = {**body, **data} if isinstance(data, Mapping) else body
        choices = data.get("choices")
        message = _inside(choices[0], "message") if isinstance(choices, list) and choices else None
        content = message.get("content") if isinstance(message, Mapping) else None
        # Here `message_id` is no address in the tree; the user's own message is the best one there is.
        address = data.get("response_id") or data.get("parent_id")
        if not isinstance(content, str) or not content.strip() or not address:
            raise Empty
        self.response_id, self._has_text, self.finished = str(address), True, True
        yield Started(self._chat_id, self.response_id)
        yield Text(content)

    def end(self) -> Finished:
        """Return the event that ends the answer. Raises Empty where there was none, CutOff where it is not whole."""
        if not self._has_text:
            raise Empty
        if not (self.finished or self._done or self._painted) or not self.response_id:
            raise CutOff
        return Finished(Head(self._chat_id, self.response_id), self._usage)

    def _delta(self, delta: Json) -> Iterator[Event]:
        phase, content = delta.get("phase"), delta.get("content")
        text = content if isinstance(content, str) else ""
        if delta.get("status") == "error":
            raise _delta_error(delta)
        if phase in THINKING_PHASES:
            yield from self._thought(delta, text)
        elif phase == "web_search":
            yield from self._search(delta)
        elif makes_pictures(delta):
            yield from self._paint(delta)
        elif phase in ANSWER_PHASES and delta.get("role") != "function":
            if text:
                self._painted = False
                self._has_text = self._has_text or not text.isspace()
                yield Text(text)
            self.finished = self.finished or delta.get("status") == "finished"

    def _paint(self, delta: Json) -> Iterator[Event]:
        """Yield the pictures of a delta. An answer may end with the phase that made the last one."""
        for picture in self._pictures.in_delta(delta):
            self._has_text = True
            yield picture
        self._painted = self._has_text and delta.get("status") == "finished"

    def _thought(self, delta: Json, text: str) -> Iterator[Event]:
        """Yield what is new: `content` comes in increments, a summary as snapshots of all its paragraphs."""
        if text:
            yield Thought(text)
        snapshot = _inside(_inside(_inside(delta, "extra"), "summary_thought"), "content")
        if not isinstance(snapshot, list) or not snapshot:
            return
        thoughts = [str(paragraph) for paragraph in snapshot]
        if fresh := _grown(self._thoughts, thoughts):
            yield Thought(fresh)
        self._thoughts = thoughts

    def _search(self, delta: Json) -> Iterator[Event]:
        """Yield a search and its sources. The call's arguments are repeated while they grow, JSON at the end."""
        arguments = _inside(_inside(delta, "function_call"), "arguments")
        query = _query(arguments) if isinstance(arguments, str) else ""
        if query and query != self._query:
            self._query = query
            yield Searching(query)
        found = _inside(_inside(delta, "extra"), "web_search_info")
        if isinstance(found, list):
            pages = [page for page in found if isinstance(page, Mapping) and page.get("url")]
            yield Sources(tuple(Source(str(page.get("title") or page["url"]), str(page["url"])) for page in pages))


def events_of(deltas: Iterable[Json]) -> list[Event]:
    """Return the events of a whole answer's deltas. Raises Empty where there is neither visible text nor a picture."""
    stream = QwenStream("")
    events = list(stream.events({"choices": [{"delta": delta} for delta in deltas]}))
    if not any(isinstance(event, Picture) or (isinstance(event, Text) and event.text.strip()) for event in events):
        raise Empty
    return events


def _grown(before: list[str], now: list[str]) -> str:
    """Return what `now` says beyond `before`; all of it where a new round of thinking has begun."""
    old, new = "\n\n".join(before), "\n\n".join(now)
    if new.startswith(old):
        return new[len(old) :]
    return "\n\n" + new


def _query(arguments: str) -> str:
    try:
        call = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        return ""
    queries = _inside(call, "queries") or _inside(call, "query") or _inside(call, "q")
    return ", ".join(map(str, queries)) if isinstance(queries, list) else str(queries or "")


def _usage(usage: Json) -> Usage:
    details = usage.get("output_tokens_details")
    return Usage(
        _number(usage.get("input_tokens")),
        _number(usage.get("output_tokens")),
        _number(_inside(details, "reasoning_tokens")),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _inside(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None


def _delta_error(delta: Json) -> Exception:
    error = _inside(_inside(delta, "extra"), "error")
    return failures.in_frame({"error": error or delta.get("content") or "error"}) or Fault()
