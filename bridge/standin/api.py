"""A pretend OpenAI-compatible server on loopback, for trials of the API door: it answers as the stand-in Qwen does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bridge.standin import answer
from bridge.standin.tree import Message

MODEL = "qwen3-standin"

PIECE = 12
"""Characters of a piece of text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is answered in place of an answer: a status and the protocol's error."""

    status: int
    code: str
    message: str
    help: str


FAULTS: Mapping[str, Failure] = {
    "wrong_key": Failure(401, "invalid_api_key", "Incorrect API key provided.", "the key is wrong"),
    "no_access": Failure(403, "AccessDenied.Unpurchased", "Access denied.", "the key may not use this model"),
    "no_funds": Failure(400, "Arrearage", "Access denied, please make sure your account is in good standing.", "debt"),
    "no_model": Failure(404, "model_not_found", "The model does not exist.", "there is no such model"),
    "moderated": Failure(400, "data_inspection_failed", "Input data may contain inappropriate content.", "moderation"),
    "too_long": Failure(400, "invalid_parameter_error", "Range of input length should be [1, 98304]", "too long"),
    "throttled": Failure(429, "Throttling.RateQuota", "Requests rate limit exceeded.", "too fast"),
    "no_quota": Failure(429, "insufficient_quota", "You exceeded your current quota.", "the quota is spent"),
    "http_500": Failure(500, "InternalError", "An internal error has occurred.", "it fails inside"),
    "http_503": Failure(503, "", "Service unavailable", "it is overloaded"),
    "no_thinking": Failure(400, "invalid_parameter_error", "Unknown parameter: 'enable_thinking'.", "a plain server"),
    "html": Failure(200, "", "<!doctype html><title>Welcome</title>", "something else stands there"),
    "drop": Failure(0, "", "", "the connection breaks before the answer"),
    "cut_off": Failure(0, "", "", "the connection breaks in the middle of the answer"),
    "empty": Failure(0, "", "", "the answer has no words"),
}
"""What can be made to go wrong, by name."""


API_FAULTS_HELP = "\n".join(
    ["Faults with --api, with the key times:", *(f"  {name:<12}  {fault.help}" for name, fault in FAULTS.items())]
)
"""The table as lines of text."""

ALWAYS = 100_000
"""So often is always."""


@dataclass
class ApiStandIn:
    """`async with ApiStandIn() as standin`: a server at `url`. `reply` is the pure function that answers.

    `thinks`: how it thinks aloud: field (reasoning_content), reasoning, tags (in the text), tail (the end tag only), or
    not. `key`: what is to be sent; empty: anything. `context`: tokens that it takes. `faults` happen in turn.
    """

    port: int = 0
    key: str = ""
    thinks: str = ""
    pace: float = 0.0
    context: int = 100_000
    faults: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reply: Callable[[str, Sequence[Message]], str] = answer.reply

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.02)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The base address, with its path."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def _models(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        fault = self.faults.pop(0) if self.faults else ""
        if refused := self._refused(request) or _failed(request, fault, body):
            return refused
        if wrong := _invalid(body):
            return _refusal(400, "invalid_parameter_error", wrong)
        tokens = len(json.dumps(body["messages"], ensure_ascii=False)) // 4
        if tokens > self.context:
            return _failed(request, "too_long", body) or web.Response()
        if not body.get("model"):
            return _failed(request, "no_model", body) or web.Response()
        return await self._stream(request, body, fault, tokens)

    def _refused(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization", "")
        return _failed(request, "wrong_key", {}) if self.key and given != f"Bearer {self.key}" else None

    async def _stream(self, request: web.Request, body: dict[str, Any], fault: str, tokens: int) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        text = "" if fault == "empty" else self._text(body)
        number = 0
        async for piece in self._written(body, text):
            number += 1
            if fault == "cut_off" and number > 3 and request.transport:
                request.transport.abort()
                return response
            await response.write(_framed({"choices": [{"index": 0, "delta": piece, "finish_reason": None}]}))
        await response.write(_framed({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
        usage = {"prompt_tokens": tokens, "completion_tokens": len(text) // 4, "total_tokens": tokens + len(text) // 4}
        await response.write(_framed({"choices": [], "usage": usage}))
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    async def _written(self, body: dict[str, Any], text: str) -> AsyncIterator[dict[str, str]]:
        """The pieces of an answer, at its pace."""
        for piece in _pieces(text, self._thought(body)):
            yield piece
            await asyncio.sleep(self.pace)

    def _text(self, body: dict[str, Any]) -> str:
        earlier = [Message(None, each["role"], _words(each)) for each in body["messages"] if each["role"] != "system"]
        text = self.reply(earlier[-1].text, earlier[:-1])
        if not self._thought(body) or self.thinks not in ("tags", "tail"):
            return text
        opening = "<think>\n" if self.thinks == "tags" else ""
        return f"{opening}Let me think.\n</think>\n\n{text}"

    def _thought(self, body: dict[str, Any]) -> str:
        """The field in which it thinks; empty where it does not, as it was asked to."""
        asked = body.get("enable_thinking", body.get("chat_template_kwargs", {}).get("enable_thinking", True))
        return self.thinks if asked and body.get("reasoning_effort") != "none" else ""


def configured_api(values: Mapping[str, object], key: str) -> ApiStandIn:
    """A stand-in with what the options of the command line gave. Raises ValueError for a fault that there is not."""
    ordered = values.get("fault", ())
    faults: list[str] = []
    for text in ordered if isinstance(ordered, tuple | list) else ():
        name, _, times = str(text).partition(",times=")
        if name not in FAULTS or not (times in ("", "always") or times.isdecimal()):
            raise ValueError(f"There is no fault {text!r} of an API: {', '.join(FAULTS)}.")
        faults += [name] * (ALWAYS if times == "always" else int(times or 1))
    return ApiStandIn(port=int(str(values["port"])), key=key, pace=float(str(values["pace"])), faults=faults)


def _invalid(body: dict[str, Any]) -> str:
    """What such a server would not take."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return "[] is too short - 'messages'"
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in ("system", "user", "assistant"):
            return "role must be one of system, user, assistant"
        if not message.get("content"):
            return "content must not be empty"
    if messages[-1]["role"] != "user":
        return "the last message must be the user's"
    if any(message["role"] == "system" for message in messages[1:]):
        return "a system message must be the first"
    thinks = body.get("enable_thinking") is True
    return (
        "parameter.enable_thinking must be set to false for non-streaming calls"
        if thinks and not body.get("stream")
        else ""
    )


def _pieces(text: str, thinks: str) -> list[dict[str, str]]:
    name = {"field": "reasoning_content", "reasoning": "reasoning"}.get(thinks, "")
    thoughts = [{name: "Let me "}, {name: "think."}] if name else []
    return [*thoughts, *({"content": text[at : at + PIECE]} for at in range(0, len(text), PIECE))]


def _words(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def _failed(request: web.Request, name: str, body: dict[str, Any]) -> web.Response | None:
    """The answer that a fault is; None for none, and for those that happen later."""
    failure = FAULTS.get(name)
    if name == "drop" and request.transport:
        request.transport.abort()
    if failure is None or name in ("cut_off", "empty") or (name == "no_thinking" and "enable_thinking" not in body):
        return None
    if not failure.code:
        return web.Response(text=failure.message, status=failure.status or 200, content_type="text/html")
    return _refusal(failure.status, failure.code, failure.message)


def _refusal(status: int, code: str, message: str) -> web.Response:
    error = {"message": message, "type": code, "param": None, "code": code}
    return web.json_response({"error": error, "request_id": "standin"}, status=status)


def _framed(value: object) -> bytes:
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "model": MODEL, **dict(value)}).encode() + b"\n\n"  # type: ignore[call-overload]
