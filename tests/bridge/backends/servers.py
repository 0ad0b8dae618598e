"""Servers that say one thing, and what tests of the client ask them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.answer_events import Event, Finished, Started, Text
from bridge.backends.qwen import QwenClient
from bridge.model import Head

CREATED = 'data: {"response.created":{"chat_id":"c","response_id":"r"}} \n\n'
HALF = CREATED + 'data: {"choices":[{"delta":{"content":"half","phase":"answer","status":"typing"}}]}\n\n'
THOUGHT = CREATED + 'data: {"choices":[{"delta":{"content":"hm","phase":"think","status":"finished"}}]}\n\n'


WHOLE = HALF + 'data: {"choices":[{"delta":{"content":"","phase":"answer","status":"finished"}}]}\n\n'


async def ask(qwen: QwenClient, prompt: str, head: Head | None = None) -> tuple[str, Head]:
    """The whole answer, and the head that it leaves."""
    events = [event async for event in qwen.ask(prompt, head)]
    assert isinstance(events[0], Started)
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.head == Head(events[0].chat_id, events[0].response_id)
    return text_of(events), finished.head


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Text))


def frame(value: object) -> str:
    return f"data: {orjson.dumps(value).decode()}\n\n"


def envelope(code: str, details: object = "", **more: object) -> dict[str, object]:
    return {"success": False, "request_id": "r", "data": {"code": code, "details": details, **more}}


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MODELS: dict[str, object] = {"data": [{"id": "m", "name": "M"}]}
CHAT: dict[str, object] = {"success": True, "request_id": "x", "data": {"id": "chat"}}


def response_of(body: object, status: int = 200) -> web.Response:
    if isinstance(body, str):
        kind = "text/html" if body.startswith("<") else "text/event-stream"
        return web.Response(text=body, status=status, content_type=kind)
    return web.json_response(body, status=status)


@asynccontextmanager
async def serving(complete: Handler, detail: object = None) -> AsyncIterator[str]:
    """A server with models and chats, whose answers are as told; `detail`: what it keeps of the chat."""

    async def models(_: web.Request) -> web.Response:
        return web.json_response(MODELS)

    async def new_chat(_: web.Request) -> web.Response:
        return web.json_response(CHAT)

    async def kept(_: web.Request) -> web.Response:
        return web.json_response(detail)

    app = web.Application()
    app.router.add_get("/api/models", models)
    app.router.add_get("/api/v2/chats/{chat}", kept)
    app.router.add_post("/api/v2/chats/new", new_chat)
    app.router.add_post("/api/v2/chat/completions", complete)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def answering(body: object, status: int = 200) -> AsyncIterator[str]:
    """A server whose every answer is this."""

    async def complete(_: web.Request) -> web.StreamResponse:
        return response_of(body, status)

    async with serving(complete) as url:
        yield url


@asynccontextmanager
async def saying(body: object, status: int = 200) -> AsyncIterator[str]:
    """A server that says this to everything."""

    async def everything(_: web.Request) -> web.StreamResponse:
        return response_of(body, status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", everything)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def answering_in_turn(*bodies: object) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that answers with these bodies in turn, the last one for ever; and the chats that it was asked in."""
    asked: list[str] = []

    async def complete(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["chat_id"])
        return response_of(bodies[min(len(asked), len(bodies)) - 1])

    async with serving(complete) as url:
        yield url, asked
