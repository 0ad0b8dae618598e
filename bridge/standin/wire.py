"""The wire of chat.qwen.ai as a server speaks it: what it takes and refuses, and its frames. No input or output."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.standin import catalog
from bridge.standin.tree import Chat, Message

PIECE = 16
"""Code points of answer text in one frame; the last one of an answer may have fewer."""

BODY_LIMIT = 131_072
"""Bytes: a longer request body meets the firewall."""

Body = dict[str, Any]
"""A JSON object as a client sent it: anything may be in it."""

BAXIA = {
    "ret": ["FAIL_SYS_USER_VALIDATE", "RGV587_ERROR::SM::哎哟喂,被挤爆啦,请稍后重试"],
    "data": {
        "url": "https://chat.qwen.ai:443//api/v2/chat/completions/_____tmd_____/punish"
        "?x5secdata=stand-in-secret&x5step=2&action=captcha&pureCaptcha="
    },
}
"""What the firewall answers, with HTTP status 200: it wants to see a human."""

WAF_PAGE = '<!doctypehtml><html><head><meta name="aliyun_waf_aa" content="stand-in-secret"></head><body></body></html>'

_FIELDS = ("fid", "user_action", "files", "timestamp", "models", "chat_type", "feature_config")
"""What a message must carry besides role and content: without them Qwen's reply is blank."""

_THOUGHTS = (
    (["Reading the question"], ["The question has to be quoted."]),
    (
        ["Reading the question", "Looking back"],
        ["The question has to be quoted.", "The chain above it has to be walked up and counted."],
    ),
)


class WireError(Exception):
    """A logical error: HTTP status 200, the envelope says what is wrong. `status` is the x-actual-status-code."""

    def __init__(self, code: str, details: str, status: int = 400) -> None:
        super().__init__(details)
        self.data = {"code": code, "details": details}
        self.status = status


def json_object(raw: bytes) -> Body:
    """What `raw` says; {} where that is no JSON object."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def envelope(request_id: str, data: object, *, success: bool = True) -> Body:
    """What every JSON answer but one is wrapped in."""
    return {"success": success, "request_id": request_id, "data": data}


def identity(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """Who asks: `account:<token>` by Bearer or cookie, else `guest:<umidtoken>`. Raises WireError for nobody."""
    token = headers.get("Authorization", "").removeprefix("Bearer ").strip() or cookies.get("token", "")
    if token:
        return f"account:{token}"
    if device := headers.get("bx-umidtoken", ""):
        return f"guest:{device}"
    raise WireError("Unauthorized", "401 Unauthorized", 401)


def is_guest(who: str) -> bool:
    return who.startswith("guest:")


def read_chat_id(query: Mapping[str, str], body: Body) -> str:
    """The chat_id that has to be in query and body. Raises WireError."""
    chat_id = query.get("chat_id")
    if not chat_id:
        raise required("query -> chat_id")
    if not isinstance(body.get("chat_id"), str) or not body["chat_id"]:
        raise required("chat_id")
    return chat_id


@dataclass(frozen=True, slots=True)
class Question:
    """What a completion asks. `blank`: Qwen says nothing to it, and does not say why."""

    parent_id: str | None
    text: str
    thinking: bool
    blank: bool


def read_question(chat: Chat, body: Body, *, guest: bool) -> Question:
    """Check a completion for `chat` in the order in which the facts about Qwen are sure. Raises WireError."""
    message = _only_message(body)
    parent_id = body.get("parent_id")
    if parent_id is not None and (not isinstance(parent_id, str) or parent_id not in chat.messages):
        raise WireError("Bad_Request", f"Invalid input chat parent_id {parent_id} is not exist.")
    offered = _offers(body, guest=guest)
    _be_strict(chat, body, message)
    blank = not offered or any(message.get(name) is None for name in _FIELDS)
    features = message.get("feature_config")
    thinking = isinstance(features, dict) and features.get("thinking_enabled") is True
    return Question(parent_id, message["content"], thinking, blank)


def required(field: str) -> WireError:
    """What is said where `field` is missing."""
    details = json.dumps([f"Field '{field}': Field required"])
    return WireError("RequestValidationError", details)


def _only_message(body: Body) -> Body:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise required("messages")
    if len(messages) > 1:
        raise WireError("Bad_Request", "Invalid input too many messages.")
    message = messages[0]
    if not isinstance(message, dict) or not isinstance(message.get("content"), str):
        raise required("messages -> 0 -> content")
    if message.get("role") != "user":
        raise WireError("Bad_Request", f"first message must not {message.get('role')} message")
    return message


def _offers(body: Body, *, guest: bool) -> bool:
    """Whether there is an answer by this model. Accounts are told that there is none; guests get a blank one."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise required("model")
    if not guest and model not in catalog.FOR_ACCOUNTS:
        raise WireError("Not_Found", "Model not found", 404)
    return model in catalog.FOR_GUESTS or not guest


def _be_strict(chat: Chat, body: Body, message: Body) -> None:
    """What Qwen may well let pass, but what only a mistaken client sends."""
    check_chat_ids(chat, body)
    parent_id = body.get("parent_id")
    twins = {f"messages[0].{name}": message[name] for name in ("parent_id", "parentId") if name in message}
    if "parentId" in body:
        twins["parentId"] = body["parentId"] or None  # the web app sends "" for the first turn
    for name, value in twins.items():
        if value != parent_id:
            raise WireError("Bad_Request", f"Strict: parent_id is {parent_id}, but {name} is {value}.")
    if parent_id is None and chat.messages:
        raise WireError("Bad_Request", "Strict: parent_id is null, but the chat has messages.")
    for name in ("stream", "incremental_output"):
        if body.get(name) is not True:
            raise WireError("Bad_Request", f"Strict: {name} must be true.")


def check_chat_ids(chat: Chat, body: Body) -> None:
    """Refuse a body that names another chat than the query. Raises WireError."""
    for name in ("chat_id", "chatId"):
        if body.get(name, chat.id) != chat.id:
            said = f"Strict: chat_id is {chat.id} in the query, but {name} is {body[name]} in the body."
            raise WireError("Bad_Request", said)


def pieces(text: str) -> list[str]:
    """`text` in the pieces in which it is sent."""
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


class Frames:
    """The server-sent events of one answer. Each method gives the bytes of the frames it names."""

    def __init__(self, chat: Chat, answer: Message, newline: str) -> None:
        self._chat_id = chat.id
        self._response_id = answer.id
        self._parent_id = answer.parent_id
        self._end = newline * 2
        self._input = 1 + sum(len(message.text) for message in chat.chain(answer.parent_id)) // 4
        self._output = 0
        self._reasoning = 0

    def created(self) -> bytes:
        """The first frame. Its spaces are as they were captured, the one at its end too."""
        return self._line(
            f'{{"response.created":{{"chat_id": "{self._chat_id}", "parent_id": "{self._parent_id}", '
            f'"response_id":"{self._response_id}"}}}} '
        )

    def keep_alive(self) -> bytes:
        return self._event("response.info", {"action": "keep_alive"})

    def stopped(self) -> bytes:
        return self._event("response.stopped", {})

    def thoughts(self) -> list[bytes]:
        """Cumulative snapshots, each sent twice, and the end of the phase, which is not the end of the answer."""
        frames = []
        for titles, thoughts in _THOUGHTS:
            extra = {"summary_title": {"content": titles}, "summary_thought": {"content": thoughts}}
            delta = {
                "role": "assistant",
                "content": "",
                "phase": "thinking_summary",
                "extra": extra,
                "status": "typing",
            }
            for _ in range(2):
                self._reasoning += 8
                frames.append(self._chunk(delta))
        delta = {"role": "assistant", "content": "", "phase": "thinking_summary", "status": "finished"}
        frames.append(self._chunk(delta, usage=False))
        return frames

    def text(self, piece: str) -> bytes:
        self._output += bool(piece)
        return self._chunk({"role": "assistant", "content": piece, "phase": "answer", "status": "typing"})

    def finished(self) -> bytes:
        delta = {"content": "", "role": "assistant", "status": "finished", "phase": "answer"}
        return self._line(_dump({"choices": [{"delta": delta}], "response_id": self._response_id}))

    def done(self) -> bytes:
        """What other servers end with, and Qwen does not."""
        return self._line("[DONE]")

    def _chunk(self, delta: Body, *, usage: bool = True) -> bytes:
        chunk: Body = {"choices": [{"delta": delta}], "response_id": self._response_id}
        if usage:
            chunk["usage"] = self._usage()
        return self._line(_dump(chunk | {"timestamp": int(time.time())}))

    def _usage(self) -> Body:
        output = self._reasoning + self._output
        spent = {"reasoning_tokens": self._reasoning} if self._reasoning else {}
        return {
            "input_tokens": self._input,
            "output_tokens": output,
            "characters": 0,
            "total_tokens": self._input + output,
            "input_tokens_details": {"text_tokens": self._input},
            "output_tokens_details": spent | {"text_tokens": output},
        }

    def _event(self, name: str, fields: Body) -> bytes:
        ids = {"chat_id": self._chat_id, "response_id": self._response_id, "timestamp": int(time.time())}
        return self._line(_dump({name: fields | ids}))

    def _line(self, data: str) -> bytes:
        # A client may have sent half a surrogate pair, as an escape in JSON; UTF-8 cannot say it back.
        return f"data: {data}{self._end}".encode(errors="replace")


def _dump(value: Body) -> str:
    return json.dumps(value, ensure_ascii=False)
