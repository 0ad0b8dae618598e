"""Builds and parses the payloads of chat.qwen.ai, as its web page has them; pure values."""

import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone, tzinfo

import orjson

from bridge.backends.qwen import failures
from bridge.errors import ChatGone, NotUnderstood, TooLong
from bridge.i18n import sentences
from bridge.model import Model, Options

Json = Mapping[str, object]

MAX_BODY_BYTES = 117_000
"""Limits a request body: 117 kB was seen to pass, 129 kB is taken for an attack (qwen wire, anti-bot answers)."""

CHAT_ID_BYTES = 36
"""Reserves room for a chat's id, a UUID, which the body has to hold besides."""


def models(body: object) -> list[Model]:
    """Return the models of either shape of the list. Raises NotUnderstood, or the error that the body says."""
    if not isinstance(body, Mapping):
        raise NotUnderstood
    if failure := failures.in_frame(body):
        raise failure
    items = body.get("data")
    if isinstance(items, Mapping):
        items = items.get("data")
    if not isinstance(items, Sequence):
        raise NotUnderstood
    return [_model(item) for item in items if isinstance(item, Mapping) and isinstance(item.get("id"), str)]


def _model(item: Json) -> Model:
    info, name = item.get("info"), item.get("name")
    info = info if isinstance(info, Mapping) else {}
    return Model(
        id=str(item["id"]),
        name=name if isinstance(name, str) and name else str(item["id"]),
        active=info.get("is_active", True) is True,
        guests=info.get("is_visitor_active", True) is True,
    )


def request_headers(base_url: str, page: str, zone: str = "") -> dict[str, str]:
    """Return the headers of one request, as the web page sends them from its path `page`, without credentials.

    `zone`: a time that the browser sent, whose time zone is used; without it, this machine's.
    """
    return {
        "Accept": "application/json",
        "Origin": base_url,
        "Referer": f"{base_url}{page}",
        "source": "web",
        "timezone": datetime.now(_zone(zone)).astimezone(_zone(zone)).strftime("%a %b %d %Y %H:%M:%S GMT%z"),
        "x-request-id": str(uuid.uuid4()),
        "x-accel-buffering": "no",
    }


def _zone(browser_time: str) -> tzinfo | None:
    offset = re.search(r"GMT([+-])(\d\d):?(\d\d)", browser_time)
    if not offset:
        return None
    minutes = int(offset[2]) * 60 + int(offset[3])
    return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))


def new_chat(model: str, *, guest: bool) -> Json:
    """Return the payload of POST /api/v2/chats/new; its timestamp is in milliseconds."""
    return {
        "title": "New Chat",
        "models": [model],
        "chat_mode": _mode(guest),
        "chat_type": "t2t",
        "timestamp": int(time.time() * 1000),
        "project_id": "",
    }


def completion(
    chat_id: str,
    parent_id: str | None,
    prompt: str,
    model: str,
    options: Options,
    *,
    guest: bool,
    files: Sequence[Json] = (),
) -> Json:
    """Return the payload of POST /api/v2/chat/completions; timestamps are in seconds, parents all the same.

    `files` are the elements that an upload gave.
    """
    now = int(time.time())
    kind = "search" if options.search else "t2t"
    message = {
        "id": None,
        "fid": str(uuid.uuid4()),
        "parentId": parent_id,
        "parent_id": parent_id,
        "childrenIds": [str(uuid.uuid4())],
        "role": "user",
        "content": prompt,
        "user_action": "chat",
        "files": list(files),
        "timestamp": now,
        "models": [model],
        "model": "",
        "chat_type": kind,
        "sub_chat_type": kind,
        "feature_config": _features(options),
        "extra": {"meta": {"subChatType": kind}},
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


def _features(options: Options) -> Json:
    features: dict[str, object] = {"thinking_enabled": options.thinking, "output_schema": "phase"}
    if options.thinking:
        features["thinking_format"] = "summary"
        if options.thinking_budget:
            features["thinking_budget"] = options.thinking_budget
    return features


def _mode(guest: bool) -> str:
    return "guest" if guest else "normal"


def kept_answer(detail: Json, response_id: str) -> list[Json] | None:
    """Return an answer in a chat's detail, as the deltas of a stream; None while it is not whole.

    Raises ChatGone where the chat has no such answer.
    """
    history = _at(_at(_at(detail, "data"), "chat"), "history")
    messages = _at(history, "messages")
    listed = messages.values() if isinstance(messages, Mapping) else messages
    for message in listed if isinstance(listed, Iterable) else []:
        if _at(message, "id") == response_id:
            return _deltas(message) if _at(message, "done") is not False else None
    raise ChatGone


def _deltas(message: Mapping[str, object]) -> list[Json]:
    """Return the deltas of a message: its text is in `content`, or in the parts of `content_list`."""
    listed = message.get("content_list")
    parts: list[Json] = [part for part in listed if isinstance(part, dict)] if isinstance(listed, list) else []
    text = message.get("content")
    if isinstance(text, str) and text.strip():
        parts = [part for part in parts if part.get("phase") != "answer"]
        parts.append({"phase": "answer", "status": "finished", "content": text})
    return parts


def _at(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None


def check_length(payload: Json) -> None:
    """Raise TooLong where the body of a request, with a chat's id, is longer than MAX_BODY_BYTES."""
    size = len(orjson.dumps(payload)) + CHAT_ID_BYTES
    if size > MAX_BODY_BYTES:
        raise TooLong(sentences.QUESTION_TOO_LONG, size=size // 1000, most=MAX_BODY_BYTES // 1000)
