"""The wire of chat.qwen.ai: questions to payloads, frames to events, by the captures of its web page."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.errors import AskLater, CutOff, Empty, NotUnderstood
from bridge.model import Event, Finished, Head, Started, Text
from bridge.qwen import failures

Json = Mapping[str, object]

ANSWER_PHASES = ("answer", None, "ReportGeneration", "slides")
"""Phases whose content is the answer; all others are thinking, tools and progress (qwen wire, delta fields)."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that Qwen lists. `guests`: offered without a login. `active`: can be chosen at all."""

    id: str
    name: str
    active: bool
    guests: bool


def models(body: object) -> list[Model]:
    """The models of either shape of the list. Raises NotUnderstood, or what the body says went wrong."""
    if not isinstance(body, Mapping):
        raise NotUnderstood
    if failure := failures.in_frame(body):
        raise failure
    items = body.get("data")
    if isinstance(items, Mapping):
        items = items.get("data")
    if not isinstance(items, Sequence):
        raise NotUnderstood
    return [_model(item) for item in items if isinstance(item, Mapping) and item.get("id")]


def _model(item: Json) -> Model:
    info = item.get("info")
    info = info if isinstance(info, Mapping) else {}
    return Model(
        id=str(item["id"]),
        name=str(item.get("name") or item["id"]),
        active=info.get("is_active", True) is True,
        guests=info.get("is_visitor_active", True) is True,
    )


def request_headers(base_url: str, page: str) -> dict[str, str]:
    """The headers of one request, as the web page sends them from `page` (its path); what was pasted is not here."""
    return {
        "Accept": "application/json",
        "Origin": base_url,
        "Referer": f"{base_url}{page}",
        "source": "web",
        "timezone": datetime.now().astimezone().strftime("%a %b %d %Y %H:%M:%S GMT%z"),
        "x-request-id": str(uuid.uuid4()),
        "x-accel-buffering": "no",
    }


def new_chat(model: str, *, guest: bool) -> Json:
    """The payload of POST /api/v2/chats/new; its timestamp is in milliseconds."""
    return {
        "title": "New Chat",
        "models": [model],
        "chat_mode": _mode(guest),
        "chat_type": "t2t",
        "timestamp": int(time.time() * 1000),
        "project_id": "",
    }


def completion(chat_id: str, parent_id: str | None, prompt: str, model: str, *, guest: bool) -> Json:
    """The payload of POST /api/v2/chat/completions; its timestamps are in seconds, its parents all the same."""
    now = int(time.time())
    message = {
        "id": None,
        "fid": str(uuid.uuid4()),
        "parentId": parent_id,
        "parent_id": parent_id,
        "childrenIds": [str(uuid.uuid4())],
        "role": "user",
        "content": prompt,
        "user_action": "chat",
        "files": [],
        "timestamp": now,
        "models": [model],
        "model": "",
        "chat_type": "t2t",
        "sub_chat_type": "t2t",
        "feature_config": {"thinking_enabled": False, "output_schema": "phase"},
        "extra": {"meta": {"subChatType": "t2t"}},
    }
    return {
        "stream": True,
        "version": "2.1",
        "incremental_output": True,
        "chat_id": chat_id,
        "chat_mode": _mode(guest),
        "model": model,
        "parent_id": parent_id,
        "messages": [message],
        "timestamp": now,
    }


def _mode(guest: bool) -> str:
    return "guest" if guest else "normal"


class Reader:
    """Reads the frames of one answer in their order, and knows at the end whether it was whole."""

    def __init__(self, chat_id: str) -> None:
        self._chat_id = chat_id
        self._response_id = ""
        self._has_text = False
        self._ended = False
        self.finished = False

    def events(self, frame: object) -> Iterator[Event]:
        """What a frame says. Unknown kinds say nothing. Raises QwenError for a failure inside the stream."""
        if not isinstance(frame, Mapping):
            return
        if failure := failures.in_frame(frame):
            raise failure
        created = frame.get("response.created")
        response_id = (created if isinstance(created, Mapping) else frame).get("response_id")
        if response_id and not self._response_id:
            self._response_id = str(response_id)
            yield Started(self._chat_id, self._response_id)
        choices = frame.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            delta = choice.get("delta") if isinstance(choice, Mapping) else None
            if isinstance(delta, Mapping):
                yield from self._delta(delta)

    def done(self) -> None:
        """`[DONE]` came: Qwen sends none today, but then the answer is over."""
        self._ended = True

    def end(self) -> Finished:
        """The stream closed. Raises Empty when there was no answer, CutOff when it was not at its end."""
        if not self._has_text:
            raise Empty
        if not (self.finished or self._ended) or not self._response_id:
            raise CutOff
        return Finished(Head(self._chat_id, self._response_id))

    def _delta(self, delta: Json) -> Iterator[Event]:
        if delta.get("status") == "error":
            raise _delta_error(delta)
        if delta.get("phase") not in ANSWER_PHASES or delta.get("role") == "function":
            return
        content = delta.get("content")
        if isinstance(content, str) and content:
            self._has_text = self._has_text or not content.isspace()
            yield Text(content)
        # `finished` ends a phase; only the answer's own ends the answer.
        self.finished = self.finished or delta.get("status") == "finished"


def _delta_error(delta: Json) -> Exception:
    extra = delta.get("extra")
    error = extra.get("error") if isinstance(extra, Mapping) else None
    return failures.in_frame({"error": error or delta.get("content") or "error"}) or AskLater()
