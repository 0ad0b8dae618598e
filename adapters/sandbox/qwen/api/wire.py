"""The OpenAI-compatible protocol as a server speaks it: what it takes, what it refuses, and its frames."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from adapters.sandbox.qwen.message_tree import Message
from adapters.sandbox.qwen.wire import TOKEN, Body

MODEL = "qwen3-standin"

LISTED = {"id": MODEL, "object": "model", "created": 1786000000, "owned_by": "qwen"}
"""The model as GET /v1/models lists it."""

THOUGHT = ("Let me think. ", "The question has to be quoted. ", "The chain above it has to be counted.")
"""The thoughts before an answer, in the pieces in which they are sent."""

PARAMETERS = ("enable_thinking", "thinking_budget", "enable_search", "chat_template_kwargs", "reasoning_effort")
"""Parameters that servers take besides the protocol, not all of them the same."""

_LIMITS = ("max_completion_tokens", "max_tokens")
"""Names of the limit of an answer; the newer one counts where both stand."""

_PROTOCOL = {"model", "messages", "stream", "stream_options", "temperature", *_LIMITS}


@dataclass(frozen=True, slots=True)
class Asked:
    """A completion. `exchanges` are what stands above the question; `tokens` what all is counted as.

    `limit`: the most tokens of its answer. `usage`: its stream ends with the tokens that it cost.
    """

    text: str
    exchanges: Sequence[Message]
    tokens: int
    thinks: bool
    budget: int | None
    limit: int | None
    usage: bool


def refused(body: Body, known: Sequence[str], *, strict: bool) -> str:
    """Return what such a server would say to a completion that it does not take; empty where it takes it.

    `known`: those of PARAMETERS that it knows. `strict`: others are refused, and not passed over.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return "[] is too short - 'messages'"
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in ("system", "user", "assistant"):
            return "role must be one of system, user, assistant"
        if not message.get("content"):
            return "content must not be empty"
        if set(message) - {"role", "content"}:
            return "a message has role and content"
    if messages[-1]["role"] != "user":
        return "the last message must be the user's"
    if any(message["role"] == "system" for message in messages[1:]):
        return "a system message must be the first"
    if body.get("enable_thinking") is True and not body.get("stream"):
        return "parameter.enable_thinking must be set to false for non-streaming calls"
    unknown = [name for name in body if name not in known and (name in PARAMETERS or name not in _PROTOCOL)]
    return f"Unknown parameter: {unknown[0]!r}." if strict and unknown else _out_of_range(body)


def _out_of_range(body: Body) -> str:
    for name, most in (("thinking_budget", 81_920), *((limit, 65_536) for limit in _LIMITS)):
        value = body.get(name)
        if value is not None and (not isinstance(value, int) or not 1 <= value <= most):
            return f"Range of {name} should be [1, {most}]"
    return ""


def read(body: Body, known: Sequence[str]) -> Asked:
    """Read a completion that is not refused."""
    spoken = [Message(None, each["role"], _words(each)) for each in body["messages"] if each["role"] != "system"]
    return Asked(
        text=spoken[-1].text,
        exchanges=spoken[:-1],
        tokens=len(json.dumps(body["messages"], ensure_ascii=False)) // TOKEN,
        thinks=_thinks(body, known),
        budget=body.get("thinking_budget"),
        limit=next((body[name] for name in _LIMITS if body.get(name)), None),
        usage=_object(body, "stream_options").get("include_usage") is True,
    )


def _object(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _thinks(body: Body, known: Sequence[str]) -> bool:
    """Tell whether it is to think: it does, unless told not to in words that it knows."""
    told = {
        "enable_thinking": body.get("enable_thinking"),
        "chat_template_kwargs": _object(body, "chat_template_kwargs").get("enable_thinking"),
        "reasoning_effort": False if body.get("reasoning_effort") == "none" else None,
    }
    return not any(told[name] is False for name in told if name in known)


def _words(message: Body) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


class Frames:
    """The frames of one answer, which share its id. Each method gives the bytes of the frames it names."""

    def __init__(self, newline: str) -> None:
        self._end = newline * 2
        self._head = {"id": f"chatcmpl-{uuid4()}", "created": int(time.time()), "model": MODEL}

    def created(self) -> bytes:
        """Return the first frame: the role, and no text."""
        return self._chunk({"role": "assistant", "content": ""})

    def thoughts(self, thinks: str, budget: int | None) -> list[bytes]:
        """Return at most `budget` tokens of thoughts; `thinks` says where they stand, as the switch of that name."""
        room = sum(map(len, THOUGHT)) if budget is None else budget * TOKEN
        pieces = ["".join(THOUGHT)[:room][at : at + 32] for at in range(0, min(room, sum(map(len, THOUGHT))), 32)]
        if thinks in ("tags", "tail"):
            opening = ["<think>\n"] if thinks == "tags" else []
            return [self.text(piece) for piece in (*opening, *pieces, "\n</think>\n\n")]
        name = "reasoning_content" if thinks == "field" else "reasoning"
        return [self._chunk({name: piece}) for piece in pieces]

    def text(self, piece: str) -> bytes:
        """Return the frame of a piece of text."""
        return self._chunk({"content": piece})

    def finished(self, reason: str, asked: Asked, text: str) -> list[bytes]:
        """Return the end of the answer, and what it cost where that was asked for."""
        usage = [self._line(self._body(choices=[], usage=_usage(asked, text)))] if asked.usage else []
        return [self._chunk({}, reason), *usage]

    def whole(self, reason: str, asked: Asked, text: str) -> Body:
        """Return the answer as one JSON object, for who wants no stream."""
        message = {"role": "assistant", "content": text}
        choices = [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}]
        return {**self._head, "object": "chat.completion", "choices": choices, "usage": _usage(asked, text)}

    def done(self) -> bytes:
        """Return the last frame, which says [DONE]."""
        return self._line("[DONE]")

    def keep_alive(self) -> bytes:
        """Return a comment, which the protocol lets pass."""
        return f": keep-alive{self._end}".encode()

    def other(self, data: str) -> bytes:
        """Return a frame that says `data`."""
        return self._line(data)

    def unframed(self, data: str) -> bytes:
        """Return `data` as it is, without a frame around it."""
        return data.encode()

    def _chunk(self, delta: Body, reason: str | None = None) -> bytes:
        return self._line(self._body(choices=[{"index": 0, "delta": delta, "finish_reason": reason}]))

    def _body(self, **more: object) -> str:
        return json.dumps({**self._head, "object": "chat.completion.chunk", **more}, ensure_ascii=False)

    def _line(self, data: str) -> bytes:
        return f"data: {data}{self._end}".encode(errors="replace")


def _usage(asked: Asked, text: str) -> Body:
    output = -(-len(text) // TOKEN)
    return {"prompt_tokens": asked.tokens, "completion_tokens": output, "total_tokens": asked.tokens + output}
