"""The wire of chat.qwen.ai as a server speaks it: what it takes and what it refuses. No input or output."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adapters.sandbox.qwen import catalog
from adapters.sandbox.qwen.message_tree import Chat

PIECE = 16
"""Code points of answer text in one frame; the last one of an answer may have fewer."""

TOKEN = 4
"""Code points that count as one token."""

BODY_LIMIT = 131_072
"""Bytes: a longer request body meets the firewall."""

Body = dict[str, Any]
"""A JSON object as a client sent it: anything may be in it."""

BAXIA: Body = {
    "ret": ["FAIL_SYS_USER_VALIDATE", "RGV587_ERROR::SM::哎哟喂,被挤爆啦,请稍后重试"],
    "data": {
        "url": "https://chat.qwen.ai:443//api/v2/chat/completions/_____tmd_____/punish"
        "?x5secdata=stand-in-secret&x5step=2&action=captcha&pureCaptcha="
    },
}
"""The firewall's answer, with HTTP status 200: it wants to see a human."""

WAF_PAGE = '<!doctypehtml><html><head><meta name="aliyun_waf_aa" content="stand-in-secret"></head><body></body></html>'

_FIELDS = ("fid", "user_action", "files", "timestamp", "models", "chat_type", "feature_config")
"""Fields that a message must carry besides role and content: without them Qwen's reply is blank."""


Wanted = Literal["text", "image", "video"]
"""Kinds of answer that a question may ask for."""

Thinking = Literal["", "summary", "full"]
"""How thoughts are shown: not at all, in snapshots of a summary, or as they are thought."""


class WireError(Exception):
    """A logical error: HTTP status 200, the envelope says what is wrong. `status` is the x-actual-status-code."""

    def __init__(self, code: str, details: str, status: int = 400, **more: object) -> None:
        super().__init__(details)
        self.data = {"code": code, "details": details, **more}
        self.status = status


def json_object(raw: bytes) -> Body:
    """Read a JSON object; {} where `raw` is none."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def envelope(request_id: str, data: object, *, success: bool = True) -> Body:
    """Wrap `data` as every JSON answer but one is."""
    return {"success": success, "request_id": request_id, "data": data}


def read_chat_id(query: Mapping[str, str], body: Body) -> str:
    """Read the chat_id, which has to be in query and body. Raises WireError."""
    chat_id = query.get("chat_id")
    if not chat_id:
        raise required("query -> chat_id")
    if not isinstance(body.get("chat_id"), str) or not body["chat_id"]:
        raise required("chat_id")
    return chat_id


@dataclass(frozen=True, slots=True)
class Question:
    """Hold one completion's question. `blank`: Qwen says nothing to it, and does not say why.

    `search`: always looks on the web, or may do so (`auto`). `files` as on the wire. `stream`: answered in a stream.
    `size`: of a picture, as in "16:9".
    """

    parent_id: str | None
    text: str
    model: str
    thinking: Thinking
    search: Literal["", "auto", "always"]
    files: list[Body]
    stream: bool
    blank: bool
    wanted: Wanted
    size: object


def read_question(chat: Chat, body: Body, *, guest: bool, whole: bool) -> Question:
    """Check a completion for `chat` in the order in which the facts about Qwen are sure. Raises WireError.

    `whole`: stream=false is taken, too.
    """
    message = _only_message(body)
    parent_id = body.get("parent_id")
    if parent_id is not None and (not isinstance(parent_id, str) or not chat.knows(parent_id)):
        raise WireError("Bad_Request", f"Invalid input chat parent_id {parent_id} is not exist.")
    offered = _offers(body, guest=guest)
    wanted = _wanted(message)
    if wanted == "video":  # is not imitated; Qwen says the same to guests
        raise WireError("internal_error", "Internal Error", 500)
    stream = not (whole and body.get("stream") is False)
    _be_strict(chat, body, message, stream=stream)
    return Question(
        parent_id=parent_id,
        text=message["content"],
        model=body["model"],
        thinking=_thinking(_features(message)),
        search=_search(message),
        files=_files(message),
        stream=stream,
        blank=not offered or any(message.get(name) is None for name in _FIELDS),
        wanted=wanted,
        size=body.get("size"),
    )


def _wanted(message: Body) -> Wanted:
    kinds: dict[object, Wanted] = {"t2i": "image", "image_edit": "image", "t2v": "video", "i2v": "video"}
    return kinds.get(str(message.get("chat_type")), "text")


def _features(message: Body) -> Body:
    features = message.get("feature_config")
    return features if isinstance(features, dict) else {}


def _thinking(features: Body) -> Thinking:
    if features.get("thinking_enabled") is not True:
        return ""
    return "full" if features.get("thinking_format") == "full" else "summary"


def _search(message: Body) -> Literal["", "auto", "always"]:
    if message.get("chat_type") == "search":
        return "always"
    return "auto" if _features(message).get("auto_search") is True else ""


def _files(message: Body) -> list[Body]:
    files = message.get("files") or []
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise invalid_input()
    return files


def invalid_input() -> WireError:
    """Return the error for attachments that make no sense."""
    return WireError("invalid_input", "输入或附件无效。请检查后重试。")


def required(field: str) -> WireError:
    """Return the error for a missing `field`."""
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
    """Tell whether this model answers; where it does not, guests get a blank answer. Raises WireError for accounts."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise required("model")
    if not guest and model not in catalog.FOR_ACCOUNTS:
        raise WireError("Not_Found", "Model not found", 404)
    return model in catalog.FOR_GUESTS or not guest


def _be_strict(chat: Chat, body: Body, message: Body, *, stream: bool) -> None:
    """Refuse what Qwen may well let pass, but what only a mistaken client sends. Raises WireError."""
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
    for name in ("stream", "incremental_output") if stream else ():
        if body.get(name) is not True:
            raise WireError("Bad_Request", f"Strict: {name} must be true.")


def check_chat_ids(chat: Chat, body: Body) -> None:
    """Refuse a body that names another chat than the query. Raises WireError."""
    for name in ("chat_id", "chatId"):
        if body.get(name, chat.id) != chat.id:
            said = f"Strict: chat_id is {chat.id} in the query, but {name} is {body[name]} in the body."
            raise WireError("Bad_Request", said)


def pieces(text: str) -> list[str]:
    """Cut `text` into the pieces in which it is sent."""
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
