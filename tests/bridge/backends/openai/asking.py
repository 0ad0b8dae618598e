"""Asks an API in tests, and pretends to be servers that answer in odd ways."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bridge.access import Access
from bridge.answer_events import Event, Thought
from bridge.backends.base import Backend
from bridge.model import Attachment, Options
from tests.bridge.backends.servers import text_of

PICTURE = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"0" * 50)
THINKING = Options(thinking=True)
ADMIN = Access(admins=frozenset({"test:user:7"}))
Handle = Callable[[web.Request, dict[str, Any], int], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handle: Handle) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that answers as `handle` does, given how many questions came; its address, and what it was asked."""
    bodies: list[dict[str, Any]] = []

    async def complete(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.json())
        return await handle(request, bodies[-1], len(bodies))

    app = web.Application(client_max_size=2**26)
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.02)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", bodies
    finally:
        await runner.cleanup()


def frame(reason: str | None = None, **delta: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def stream(*frames: object) -> web.Response:
    text = "".join(f"data: {json.dumps(each)}\n\n" for each in frames) + "data: [DONE]\n\n"
    return web.Response(body=text.encode(), content_type="text/event-stream")


def refusal(message: str, status: int = 400) -> web.Response:
    return web.json_response({"error": {"message": message, "code": status}}, status=status)


async def events_of(backend: Backend, prompt: str, options: Options | None = None, **more: Any) -> list[Event]:
    return [event async for event in backend.ask(prompt, None, options or Options(), **more)]


async def told(backend: Backend, prompt: str, options: Options | None = None, **more: Any) -> str:
    return text_of(await events_of(backend, prompt, options, **more))


def thoughts(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Thought)]
