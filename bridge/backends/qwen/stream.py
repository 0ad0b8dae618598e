"""Turns the frames of one answer into events."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping

import orjson

from bridge.answer_events import Event, Finished, Picture, Searching, Started, Text, Thought, Usage
from bridge.backends.http.sse import Mark
from bridge.backends.qwen import failures
from bridge.backends.qwen.pictures import Pictures, makes_pictures
from bridge.backends.qwen.sources import Pages
from bridge.errors import CutOff, Empty, Fault, QwenError
from bridge.model import Head

Json = Mapping[str, object]

ANSWER_PHASES = ("answer", None, "ReportGeneration", "slides")
"""Lists the phases whose content is the answer; others are thinking, tools and progress (qwen wire, delta fields)."""

THINKING_PHASES = ("think", "thinking_summary", "DeepThinking")
"""Lists the phases whose content is thinking (qwen wire, delta fields)."""

LONGEST_COMPLAINT = 120
"""Limits how many code points of an answer's beginning are looked at for what is no answer."""

_BREAKS = re.compile(r"abort|broken|cancel|error|fail|incomplete|interrupt|stopped|timed?_?out", re.IGNORECASE)
"""Matches a status, or the name of an event, with which an answer breaks off."""

_NO_TOOL = re.compile(r"\s*Tool [A-Za-z_]{1,50} does not exists\.\s*")
"""Matches all that Qwen writes where its model called a tool that it was not given."""


class QwenStream:
    """Turns the frames of one answer into events, and knows at its end whether it was whole.

    Qwen may write two answers to one question, with their frames among each other: the one that begins first is
    read (qwen wire, two answers). `url`: Qwen's own, without a slash at its end. `response_id`: the answer's id,
    empty until it is known; `others`: whether there are others. `finished`: whether it has ended, since the status
    `finished` ends a phase, and only the answer's own ends the answer; more words or a tool's call undo that.
    `ended`: whether it will not go on, finished or not. `damaged`: whether a frame of it could not be read, or what
    stands where its words do; before its id is known, one such frame may have been that which names it.
    `moved_at`: see sse.Progress; a tool that is called and a picture that is made are progress, too.
    """

    def __init__(self, chat_id: str, url: str = "") -> None:
        self._chat_id = chat_id
        self.response_id = ""
        self._thoughts: list[str] = []
        self._query = ""
        self._pages = Pages()
        self._usage = Usage()
        self._pictures = Pictures(f"{url}/api/v2/chat/{chat_id}")
        self._beginning = ""
        self._has_text = False
        self._failure: QwenError | None = None
        self._broken = False
        self._painted = False
        self._unread = False
        self._done = False
        self.finished = False
        self.others = False
        self.damaged = False
        self.moved_at = time.monotonic()

    @property
    def ended(self) -> bool:
        """Tell whether nothing more of this answer is to come."""
        return self.finished or self._broken

    def events(self, frame: object) -> Iterator[Event]:
        """Yield the events of a frame; of unknown kinds, none. Raises QwenError for a failure inside the stream."""
        if frame is Mark.UNREADABLE and not self.ended:
            self.damaged = self.damaged or bool(self.response_id) or self._unread
            self._unread = True
        if not isinstance(frame, Mapping):
            self._done = self._done or frame is Mark.DONE
            return
        response_id, failure = _response_id(frame), failures.in_frame(frame)
        if self.response_id and response_id not in ("", self.response_id):
            self.others, self._failure = True, self._failure or failure
            return
        if failure and not self.ended:
            raise failure
        if "success" in frame:
            yield from self._whole(frame)
            return
        if response_id and not self.response_id:
            self.response_id = response_id
            yield Started(self._chat_id, self.response_id)
        for event in self._read(frame):
            self.moved_at = time.monotonic()
            yield event

    def _read(self, frame: Json) -> Iterator[Event]:
        """Yield the events of a frame of this answer."""
        # Seen by other clients in place of the closing of the connection.
        self._done = self._done or frame.get("done") is True or "chunk.done" in frame
        if any(name.startswith("response.") and _BREAKS.search(name) for name in frame):
            self._broken = not self.finished
        if isinstance(usage := frame.get("usage"), Mapping):
            self._usage = _usage(usage)
        yield from self._pages.in_frame(frame)
        choices = frame.get("choices")
        for choice in choices if isinstance(choices, list) else [choices]:
            if isinstance(delta := _inside(choice, "delta"), Mapping):
                yield from self._delta(delta)
            elif choice and not self.ended:
                self.damaged = True

    def _whole(self, body: Json) -> Iterator[Event]:
        """Yield the events of an answer that came as one JSON object (qwen wire, non-stream). Raises Empty."""
        data = body.get("data")
        data = {**body, **data} if isinstance(data, Mapping) else body
        choices = data.get("choices")
        message = _inside(choices[0], "message") if isinstance(choices, list) and choices else None
        content = message.get("content") if isinstance(message, Mapping) else None
        # Here `message_id` is no address in the tree; the user's own message is the best one there is.
        address = data.get("response_id") or data.get("parent_id")
        if not isinstance(content, str) or not content.strip() or not isinstance(address, str) or not address:
            raise Empty
        self.response_id, self._has_text, self.finished = address, True, True
        yield Started(self._chat_id, self.response_id)
        yield Text(content)

    def end(self) -> Finished:
        """Return the event that ends the answer.

        Raises Empty where there was none, or why there was none; CutOff where it is not whole; Fault where it only says
        that a tool is missing, so that nobody goes on from it.
        """
        if not self._has_text:
            raise self._failure or Empty()
        if self._broken or not (self.finished or self._done or self._painted) or not self.response_id:
            raise CutOff
        if _NO_TOOL.fullmatch(self._beginning):
            raise Fault
        return Finished(Head(self._chat_id, self.response_id), self._usage, damaged=self.damaged)

    def _delta(self, delta: Json) -> Iterator[Event]:
        phase, content, status = delta.get("phase"), delta.get("content"), delta.get("status")
        text = content if isinstance(content, str) else ""
        is_answer = phase in ANSWER_PHASES and delta.get("role") != "function"
        self.damaged = self.damaged or (is_answer and bool(content) and not (text or self.ended))
        yield from self._pages.in_delta(delta)
        if text or "function_call" in delta or makes_pictures(delta):
            self.finished = False  # the words before a tool was called have ended as well
            self.moved_at = time.monotonic()
        if status == "error":
            failure = _delta_error(delta)
            if (is_answer or phase in THINKING_PHASES) and not self.ended:
                raise failure
            self._failure = failure  # of a tool: the answer may come all the same
        elif phase in THINKING_PHASES:
            yield from self._thought(delta, text)
        elif phase == "web_search":
            yield from self._search(delta)
        elif makes_pictures(delta):
            yield from self._paint(delta)
        elif is_answer:
            yield from self._answer(text, status if isinstance(status, str) else "")

    def _answer(self, text: str, status: str) -> Iterator[Event]:
        if text:
            self._painted = False
            self._has_text = self._has_text or not text.isspace()
            self._beginning = (self._beginning + text)[:LONGEST_COMPLAINT]
            yield Text(text)
        self.finished = self.finished or status == "finished"
        if _BREAKS.search(status):
            self._broken = not self.finished

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
        thoughts = [paragraph for paragraph in snapshot if isinstance(paragraph, str)]
        if fresh := _grown(self._thoughts, thoughts):
            yield Thought(fresh)
        self._thoughts = thoughts

    def _search(self, delta: Json) -> Iterator[Event]:
        """Yield a search. The call's arguments are repeated while they grow, JSON at the end."""
        arguments = _inside(_inside(delta, "function_call"), "arguments")
        query = _query(arguments) if isinstance(arguments, str) else ""
        if query and query != self._query:
            self._query = query
            yield Searching(query)


def events_of(deltas: Iterable[Json], chat_id: str = "", url: str = "") -> list[Event]:
    """Return the events of a whole answer's deltas. Raises Empty where nothing can be seen of it, CutOff for a part."""
    stream = QwenStream(chat_id, url)
    events = list(stream.events({"choices": [{"delta": delta} for delta in deltas]}))
    if not any(isinstance(event, Picture) or (isinstance(event, Text) and event.text.strip()) for event in events):
        raise Empty
    if stream.ended and not stream.finished:
        raise CutOff
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
    return ", ".join(query for query in (queries if isinstance(queries, list) else [queries]) if isinstance(query, str))


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


def _response_id(frame: Json) -> str:
    """Return the id of the answer that a frame belongs to: its own, or that of the event in it; "" without any."""
    inside = (_inside(value, "response_id") for name, value in frame.items() if name.startswith("response."))
    return next((found for found in (frame.get("response_id"), *inside) if isinstance(found, str) and found), "")


def _delta_error(delta: Json) -> QwenError:
    extra = delta.get("extra")
    error = _inside(extra, "error") or delta.get("content") or extra or "error"
    return failures.in_frame({"error": error}) or Fault()
