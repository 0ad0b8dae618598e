"""The pretend API itself: its routes, and the writing of its answers."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Self

from aiohttp import web

from adapters.sandbox.qwen import answer_text, control_routes, responses
from adapters.sandbox.qwen.api import wire
from adapters.sandbox.qwen.api.faults import MENU
from adapters.sandbox.qwen.control_routes import ControlRoutes
from adapters.sandbox.qwen.delivery import Delivery, switch
from adapters.sandbox.qwen.fault_kinds import Refusal, StreamFault
from adapters.sandbox.qwen.message_tree import Message
from adapters.sandbox.qwen.scheduled_faults import HEADER, FaultSchedule, ScheduledFault
from adapters.sandbox.qwen.stream import AnswerStream, StreamEnded
from adapters.sandbox.qwen.wire import TOKEN, Body, json_object

_Handler = Callable[[web.Request, Body, ScheduledFault | None], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True, eq=False)
class ApiSwitches(Delivery):
    """The switches: arguments of ApiStandIn, and plain attributes that may be changed between requests."""

    key: str = field(default="", metadata=switch("the key that is to be sent; empty: any or none"))
    thinks: str = field(
        default="",
        metadata=switch(
            "how it thinks aloud unless told not to: field (reasoning_content), reasoning, tags (in the text), tail "
            "(the end tag alone)"
        ),
    )
    knows: str = field(
        default=" ".join(wire.PARAMETERS), metadata=switch("what it takes besides the protocol, of these words")
    )
    strict: bool = field(default=False, metadata=switch("other parameters are refused, and not passed over"))
    context: int = field(default=100_000, metadata=switch("tokens that a question may have with what stands above it"))
    mute: bool = field(default=False, metadata=switch("what is too long gets an empty stream, and no refusal"))
    longest: int | None = field(default=None, metadata=switch("tokens after which an answer ends, by its length"))
    lists: bool = field(default=True, metadata=switch("it lists its model"))


@dataclass(kw_only=True, eq=False, repr=False)
class ApiStandIn(ApiSwitches):
    """A pretend API at `url`: `async with ApiStandIn() as standin`.

    More attributes: `hold_after`, `held` and `release()`, as the other stand-in has them; `reply` is the pure function
    that answers; `bodies` are the completions that came, `requests` the routes of all requests.
    """

    bodies: list[Body] = field(default_factory=list, init=False)
    requests: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.schedule = FaultSchedule(MENU)
        self.reply: Callable[[str, Sequence[Message]], str] = answer_text.reply

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        for method, path, handle in ControlRoutes(self).routes():
            app.router.add_route(method, path, handle)
        for method, path, endpoint, handler in self._routes():
            app.router.add_route(method, path, self._served(endpoint, handler, f"{method} {path}"))
        # A handler must end when its client leaves: so does the answer.
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
        """Return the base address, with its path."""
        return f"http://{self.host}/v1"

    @property
    def routes(self) -> frozenset[str]:
        """Return the routes that are served, as `requests` names them."""
        return frozenset(f"{method} {path}" for method, path, _, _ in self._routes())

    def _routes(self) -> list[tuple[str, str, str, _Handler]]:
        """Method, path, the name for faults, and who handles it."""
        return [
            ("GET", "/v1/models", "models", self._models),
            ("GET", "/v1/models/{model:.+}", "models", self._model),
            ("POST", "/v1/chat/completions", "completions", self._complete),
        ]

    def _served(
        self, endpoint: str, handler: _Handler, route: str
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """`handler` behind what all requests meet: kept, faults, the key."""

        async def serve(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            body = json_object(raw)
            self.requests.append(route)
            if endpoint == "completions":
                self.bodies.append(body)
            try:
                fault = self.schedule.take(endpoint, request.headers.get(HEADER), raw)
            except ValueError as error:
                return control_routes.complaint(error)
            if fault and isinstance(fault.effect, Refusal):
                return _refusal(fault.effect, fault.seconds)
            if fault and (instead := await responses.fault_response(request, body, fault)):
                return instead
            if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
                return _refusal_of("unauthorized")
            return await handler(request, body, fault)

        return serve

    async def _models(self, _request: web.Request, _body: Body, _fault: ScheduledFault | None) -> web.Response:
        return web.json_response({"object": "list", "data": [wire.LISTED] if self.lists else []})

    async def _model(self, request: web.Request, _body: Body, _fault: ScheduledFault | None) -> web.Response:
        known = request.match_info["model"] == wire.MODEL
        return web.json_response(wire.LISTED) if known else _refusal_of("model_not_found")

    async def _complete(self, request: web.Request, body: Body, fault: ScheduledFault | None) -> web.StreamResponse:
        known = self.knows.split()
        if wrong := wire.refused(body, known, strict=self.strict):
            return _refusal(Refusal("invalid_parameter_error", wrong))
        if body.get("model") != wire.MODEL:
            return _refusal_of("model_not_found")
        asked = wire.read(body, known)
        if self.flags(asked.text):
            return _refusal_of("moderation")
        if asked.tokens > self.context:
            return await self._silent(request) if self.mute else _refusal_of("too_long")
        if not body.get("stream"):
            return self._whole(asked)
        return await self._stream(request, asked, fault)

    def _whole(self, asked: wire.Asked) -> web.Response:
        text, reason = self._text(asked)
        return web.json_response(wire.Frames(self.newline).whole(reason, asked, text))

    async def _silent(self, request: web.Request) -> web.StreamResponse:
        """As llama-cpp-python does: the stream has begun when it is noticed."""
        frames = wire.Frames(self.newline)
        stream = AnswerStream(self, frames, None)
        stream.put(frames.created(), None)
        stream.dropped = True
        return await stream.send(request)

    async def _stream(
        self, request: web.Request, asked: wire.Asked, fault: ScheduledFault | None
    ) -> web.StreamResponse:
        frames = wire.Frames(self.newline)
        stream = self.answer_stream(frames, asked, fault)
        writing = asyncio.create_task(self._write(stream, frames, asked, fault))
        try:
            return await stream.send(request)
        finally:
            writing.cancel()

    def answer_stream(self, frames: wire.Frames, asked: wire.Asked, fault: ScheduledFault | None) -> AnswerStream:
        """Make the stream of one answer, with its fault; its pace is what `slow N` asks for, if it does."""
        return AnswerStream(self, frames, fault, answer_text.duration(asked.text))

    async def _write(
        self, stream: AnswerStream, frames: wire.Frames, asked: wire.Asked, fault: ScheduledFault | None
    ) -> None:
        text, reason = self._text(asked)
        thinks = self.thinks if asked.thinks else ""
        if fault and isinstance(fault.effect, StreamFault) and fault.effect.thinking:
            thinks = thinks or "field"
        try:
            await stream.open(frames.created())
            if thinks:
                await stream.show(frames.thoughts(thinks, asked.budget))
            await stream.say(text, lambda piece: stream.put(frames.text(piece)))
        except StreamEnded:
            pass
        else:
            stream.put(*frames.finished(reason, asked, text), frames.done())
        stream.put(None)

    def _text(self, asked: wire.Asked) -> tuple[str, str]:
        """The answer, and why it ends."""
        text = self.reply(asked.text, asked.exchanges)
        limit = min((limit for limit in (self.longest, asked.limit) if limit is not None), default=None)
        if limit is not None and len(text) > limit * TOKEN:
            return text[: limit * TOKEN], "length"
        return text, "stop"


def _refusal_of(name: str) -> web.Response:
    effect = MENU.faults[name].effect
    if not isinstance(effect, Refusal):
        raise TypeError(name)
    return _refusal(effect)


def _refusal(effect: Refusal, seconds: float = 0.0) -> web.Response:
    error = {"message": effect.details, "type": effect.code, "param": None, "code": effect.code}
    text = json.dumps({"error": error, "request_id": "standin"})
    headers = {}
    if effect.retry_after:
        then = formatdate(time.time() + seconds, usegmt=True)
        headers["Retry-After"] = then if effect.retry_after == "date" else f"{seconds:g}"
    return web.Response(text=text, status=effect.status, headers=headers, content_type="application/json")
