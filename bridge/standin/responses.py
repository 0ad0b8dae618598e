"""How the stand-in responds: envelopes, the firewall's answers, and the writing of streams."""

import asyncio
import json
from uuid import uuid4

from aiohttp import web

from bridge.standin import wire


async def send_cut(response: web.StreamResponse, frames: asyncio.Queue[bytes | None], size: int) -> None:
    """Write in parts of `size` bytes, a shorter one only where nothing more has come yet, until None comes."""
    waiting = b""
    while (frame := await frames.get()) is not None:
        waiting += frame
        while len(waiting) >= size or (waiting and frames.empty()):
            await response.write(waiting[:size])
            waiting = waiting[size:]
            await asyncio.sleep(0)  # so that the client reads this part by itself
    if waiting:
        await response.write(waiting)


async def send_whole(response: web.StreamResponse, frames: asyncio.Queue[bytes | None]) -> None:
    """Write frame by frame, until None comes."""
    while (frame := await frames.get()) is not None:
        await response.write(frame)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """What stands on every response; the id of the request is the client's own, if it sent one."""
    response.headers.setdefault("x-request-id", request.headers.get("x-request-id") or str(uuid4()))
    response.headers.setdefault("x-actual-status-code", "200")
    response.headers["Cache-Control"] = "no-cache"
    response.headers.add("Set-Cookie", f"acw_tc={uuid4().hex};path=/;HttpOnly;Max-Age=1800")


def enveloped(request: web.Request, data: object, status: int = 200) -> web.Response:
    """`data` in the envelope, with HTTP status 200 whatever the logical `status` is."""
    request_id = request.headers.get("x-request-id") or str(uuid4())
    headers = {"x-request-id": request_id, "x-actual-status-code": str(status)}
    return web.json_response(wire.envelope(request_id, data, success=status == 200), headers=headers)


def human_check() -> web.Response:
    """The firewall's answer in place of what was asked for."""
    body = json.dumps(wire.BAXIA, ensure_ascii=False)
    return web.Response(body=body.encode(), headers={"Content-Type": "application/json;charset=utf-8"})


def page() -> web.Response:
    """The firewall's page."""
    return web.Response(text=wire.WAF_PAGE, content_type="text/html")
