"""One stream on its way, whatever the wire: its pace, the keep-alive frames of its silences, and what befalls it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from aiohttp import web

from adapters.sandbox.qwen import responses, wire
from adapters.sandbox.qwen.delivery import Delivery
from adapters.sandbox.qwen.fault_kinds import StreamFault
from adapters.sandbox.qwen.responses import Frames
from adapters.sandbox.qwen.scheduled_faults import ScheduledFault


class Framing(Protocol):
    """How the wire frames what is no part of an answer."""

    def keep_alive(self) -> bytes: ...

    def other(self, data: str) -> bytes:
        """Return a frame that says `data`."""

    def unframed(self, data: str) -> bytes:
        """Return `data` without a frame around it."""


class StreamEnded(Exception):
    """A fault ended the stream."""


class AnswerStream:
    """`frames` holds what is to be sent; None follows the last frame. `dropped`: then the connection breaks.

    `seconds`: how long the text takes, whatever the pace is.
    """

    def __init__(
        self, delivery: Delivery, framing: Framing, fault: ScheduledFault | None, seconds: float | None = None
    ) -> None:
        self.frames: Frames = asyncio.Queue()
        self.dropped = False
        self._delivery = delivery
        self._framing = framing
        self._fault = fault if fault and isinstance(fault.effect, StreamFault) else None
        odd = fault.effect.content_type if fault and isinstance(fault.effect, StreamFault) else None
        self._content_type = odd or "text/event-stream; charset=utf-8"
        self._seconds = seconds
        self._since = asyncio.get_running_loop().time()

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Respond with the frames as they come, to the last."""
        response = web.StreamResponse(headers={"Content-Type": self._content_type})
        coding = responses.coding(request) if self._delivery.compress else ""
        if coding:
            response.headers["Content-Encoding"] = coding
        await response.prepare(request)
        await responses.send(
            response, self.frames, batch=self._delivery.batch, chunk=self._delivery.chunk, coding=coding
        )
        if self.dropped:
            responses.drop(request)
        else:
            await response.write_eof()
        return response

    def put(self, *shown: bytes | None) -> None:
        """Send these; None ends the stream."""
        for frame in shown:
            self.frames.put_nowait(frame)

    async def show(self, shown: Sequence[bytes]) -> None:
        """Send these at the pace of the answer."""
        for frame in shown:
            self.put(frame)
            await asyncio.sleep(self._delivery.pace)

    async def open(self, first: bytes) -> None:
        """Wait, send the first frame, and wait until the first text is due. Raises StreamEnded."""
        silent = min(self._delivery.first_byte, self._delivery.keep_alive)
        await asyncio.sleep(silent)
        await self.meet("start")
        self.put(first)
        await self.meet("created")
        await self._pause(self._delivery.first_byte - silent)

    async def say(self, text: str, say: Callable[[str], None]) -> None:
        """Call `say` with each piece of the text when it is due. Raises StreamEnded."""
        pieces = wire.pieces(text)
        since = asyncio.get_running_loop().time()
        for sent, piece in enumerate(pieces):
            await self._delivery.pass_gate(sent)
            await self._pause(self._wait(sent, len(pieces), since, text))
            await self.meet("answer", sent)
            say(piece)
        await self._delivery.pass_gate(len(pieces))
        await self._pause(self._wait(len(pieces) or 1, len(pieces) or 1, since, text))
        await self.meet("answer", len(pieces), last=True)

    async def meet(self, place: str, sent: int = 0, *, last: bool = False) -> None:
        """Suffer the fault if its place is here, after `sent` pieces of text. Raises StreamEnded."""
        fault = self._fault
        if fault is None or not isinstance(fault.effect, StreamFault) or fault.effect.at != place:
            return
        due = fault.effect.pieces if fault.pieces is None else fault.pieces
        if sent < due and not last:
            return
        if not fault.effect.every or last:
            self._fault = None
        await self._suffer(fault.effect, fault.seconds)

    async def _suffer(self, effect: StreamFault, seconds: float) -> None:
        make = self._framing.other if effect.framed else self._framing.unframed
        self.put(*(make(data) for data in effect.frames))
        if effect.then == "end":
            raise StreamEnded
        if effect.then == "stall":
            await asyncio.Event().wait()
        elif effect.then == "wait":
            await asyncio.sleep(seconds)
        elif effect.then in ("close", "drop"):
            self.dropped = effect.then == "drop"
            self.put(None)

    def _wait(self, sent: int, of: int, since: float, text: str) -> float:
        """The seconds until the next piece is due, after `sent` pieces `of` so many."""
        now = asyncio.get_running_loop().time()
        if self._seconds is not None:
            return self._since + self._seconds * sent / of - now
        if speed := self._delivery.tokens_per_second:
            tokens = min(sent * wire.PIECE, len(text)) / wire.TOKEN
            return since + tokens / speed - now
        return self._delivery.pace if sent else 0.0

    async def _pause(self, seconds: float) -> None:
        step = max(self._delivery.keep_alive, 0.01)
        while seconds > step:
            await asyncio.sleep(step)
            self.put(self._framing.keep_alive())
            seconds -= step
        await asyncio.sleep(max(0.0, seconds))
