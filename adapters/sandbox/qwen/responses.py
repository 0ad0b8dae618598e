"""Responses of the stand-in: envelopes, what stands before Qwen, and the writing of streams."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from uuid import uuid4

import brotli
from aiohttp import web

from adapters.sandbox.qwen import wire
from adapters.sandbox.qwen.fault_kinds import ConnectionFault, Refusal, Replacement
from adapters.sandbox.qwen.scheduled_faults import ScheduledFault
from adapters.sandbox.qwen.wire import Body, WireError

Frames = asyncio.Queue[bytes | None]
"""The frames that are to be written; None follows the last."""


def coding(request: web.Request) -> str:
    """Choose the compression of a stream for this client: "br" as Qwen does, else "gzip", or "" for neither."""
    taken = {offer.partition(";")[0].strip() for offer in request.headers.get("Accept-Encoding", "").split(",")}
    return next((name for name in ("br", "gzip") if name in taken), "")


async def send(response: web.StreamResponse, frames: Frames, *, batch: int, chunk: int | None, coding: str) -> None:
    """Write until None comes: `batch` frames at once, compressed by `coding`, and in parts of `chunk` bytes.

    A part is only shorter than `chunk` where nothing more has come yet.
    """
    waiting = b""
    async for part in _squeezed(_batches(frames, batch), coding) if coding else _batches(frames, batch):
        if chunk is None or chunk < 1:
            await response.write(part)
            continue
        waiting += part
        while len(waiting) >= chunk or (waiting and frames.empty()):
            await response.write(waiting[:chunk])
            waiting = waiting[chunk:]
            await asyncio.sleep(0)  # so that the client reads this part by itself
    if waiting:
        await response.write(waiting)


async def _batches(frames: Frames, size: int) -> AsyncIterator[bytes]:
    waiting: list[bytes] = []
    while (frame := await frames.get()) is not None:
        waiting.append(frame)
        if len(waiting) >= size:
            yield b"".join(waiting)
            waiting.clear()
    if waiting:
        yield b"".join(waiting)


async def _squeezed(parts: AsyncIterator[bytes], coding: str) -> AsyncIterator[bytes]:
    """Yield the parts in this coding, each so that it can be read before the next one comes."""
    squeeze, finish = _brotli() if coding == "br" else _gzip()
    async for part in parts:
        yield squeeze(part)
    yield finish()


Squeezer = tuple[Callable[[bytes], bytes], Callable[[], bytes]]
"""Compresses a part so that it can be read at once; gives the end."""


def _brotli() -> Squeezer:
    # Small and quick: hundreds of these live at once in tests.
    brotli_ = brotli.Compressor(quality=1, lgwin=16)
    return lambda part: brotli_.process(part) + brotli_.flush(), brotli_.finish


def _gzip() -> Squeezer:
    gzip = zlib.compressobj(wbits=31)
    return lambda part: gzip.compress(part) + gzip.flush(zlib.Z_SYNC_FLUSH), gzip.flush


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers of every response; the id of the request is the client's own, if it sent one."""
    response.headers.setdefault("x-request-id", request.headers.get("x-request-id") or str(uuid4()))
    response.headers.setdefault("x-actual-status-code", "200")
    response.headers["Cache-Control"] = "no-cache"
    response.headers.add("Set-Cookie", f"acw_tc={uuid4().hex};path=/;HttpOnly;Max-Age=1800")


def enveloped(request: web.Request, data: object, status: int = 200) -> web.Response:
    """Return `data` in the envelope, with HTTP status 200 whatever the logical `status` is."""
    request_id = request.headers.get("x-request-id") or str(uuid4())
    headers = {"x-request-id": request_id, "x-actual-status-code": str(status)}
    return web.json_response(wire.envelope(request_id, data, success=status == 200), headers=headers)


def human_check() -> web.Response:
    """Return the firewall's answer in place of what was asked for."""
    body = json.dumps(wire.BAXIA, ensure_ascii=False)
    return web.Response(body=body.encode(), headers={"Content-Type": "application/json;charset=utf-8"})


def page() -> web.Response:
    """Return the firewall's page."""
    return web.Response(text=wire.WAF_PAGE, content_type="text/html")


def drop(request: web.Request) -> None:
    """Close the connection; what was written is still sent."""
    if request.transport is not None:
        request.transport.close()


async def fault_response(request: web.Request, body: Body, fault: ScheduledFault) -> web.Response | None:
    """Return what a fault responds in place of an answer; None lets the answer come. Raises WireError for a refusal."""
    effect = fault.effect
    names = _ids(request, body)
    if isinstance(effect, Refusal):
        more = {**effect.more, "num": fault.num} if fault.num is not None else effect.more
        raise WireError(effect.code, _filled(effect.details, names), effect.status, **more)
    if isinstance(effect, Replacement):
        text = _filled(effect.text, names)
        return web.Response(body=text.encode(), status=effect.status, headers={"Content-Type": effect.content_type})
    if isinstance(effect, ConnectionFault):
        return await _break(request, effect, fault.seconds)
    return None


async def _break(request: web.Request, effect: ConnectionFault, seconds: float) -> web.Response | None:
    if effect.then == "late":
        await asyncio.sleep(seconds)
        return None
    if effect.then == "hang":
        await asyncio.Event().wait()
    drop(request)
    return web.Response()  # is never sent


def _ids(request: web.Request, body: Body) -> Mapping[str, str]:
    chat_id = request.match_info.get("chat_id") or request.query.get("chat_id")
    return {
        "<chat_id>": str(chat_id),
        "<parent_id>": str(body.get("parent_id")),
        "<request_id>": request.headers.get("x-request-id") or str(uuid4()),
    }


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text
