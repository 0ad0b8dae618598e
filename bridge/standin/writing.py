"""The writing of one answer: its phases, its pace, and what goes wrong on the way."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bridge.standin import frames, wire
from bridge.standin.faults import Stream
from bridge.standin.orders import Order
from bridge.standin.responses import Frames
from bridge.standin.searching import Source
from bridge.standin.state import State
from bridge.standin.tree import Chat, Message
from bridge.standin.wire import Thinking

PAINTING_STEPS = 3
"""Keep-alive frames before a picture."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be written. `seconds` is what `slow N` asks for; `found` what a search for `query` finds.

    `picture`: width and height of the picture that `text` is the address of.
    """

    text: str
    seconds: float | None = None
    thinking: Thinking = ""
    query: str | None = None
    found: Sequence[Source] = ()
    picture: tuple[int, int] | None = None


class _Over(Exception):
    """A fault ended the answer."""


class Answer:
    """One answer while it is written. As at Qwen, it is written to its end also when nobody reads it any more.

    `frames` holds what is to be sent; None follows the last frame. `dropped`: then the connection breaks.
    """

    def __init__(self, state: State, chat: Chat, message: Message, script: Script, fault: Order | None) -> None:
        self.frames: Frames = asyncio.Queue()
        self.message = message
        self.dropped = False
        self._state = state
        self._chat = chat
        self._script = script
        self._fault = fault if fault and isinstance(fault.effect, Stream) else None
        self._wire = frames.Frames(chat, message, state.newline)
        self._since = self._text_since = asyncio.get_running_loop().time()
        self.task = asyncio.create_task(self._write())

    def cancel(self) -> None:
        """Break off, without a word to the client: the message stays, unfinished, and the chat is free."""
        self.task.cancel()
        self._chat.running = None

    def stop(self) -> None:
        """Break off, as the client asked for, and end the stream."""
        self.cancel()
        self._put(self._wire.stopped(), None)

    async def _write(self) -> None:
        with suppress(_Over):
            await self._open()
            if self._script.picture:
                await self._paint(*self._script.picture)
            else:
                await self._ponder()
                await self._say()
            self._finish()

    async def _open(self) -> None:
        silent = min(self._state.first_byte, self._state.keep_alive)
        await asyncio.sleep(silent)
        await self._meet("start")
        self._put(self._wire.created())
        await self._meet("created")
        await self._pause(self._state.first_byte - silent)

    async def _ponder(self) -> None:
        """Think, look on the web, and think about what was found."""
        await self._think(0)
        if self._script.query is not None:
            await self._show(self._wire.web_search(self._script.query, self._script.found))
            await self._think(1)

    async def _think(self, turn: int) -> None:
        if self._script.thinking:
            full = self._script.thinking == "full"
            await self._show(self._wire.think(turn) if full else self._wire.summary(turn))
            self.message.thoughts += frames.thoughts(turn)

    async def _show(self, shown: Sequence[bytes]) -> None:
        for frame in shown:
            self._put(frame)
            await asyncio.sleep(self._state.pace)

    async def _say(self) -> None:
        pieces = wire.pieces(self._script.text)
        self._text_since = asyncio.get_running_loop().time()
        for sent, piece in enumerate(pieces):
            await self._state.pass_gate(sent)
            await self._pause(self._wait(sent, len(pieces)))
            await self._meet("answer", sent)
            self._put(self._wire.text(piece))
            self.message.draft += piece
        await self._state.pass_gate(len(pieces))
        await self._pause(self._wait(len(pieces) or 1, len(pieces) or 1))
        await self._meet("answer", len(pieces), last=True)

    async def _paint(self, width: int, height: int) -> None:
        """What was captured of a picture: keep-alive frames, its address, and the end."""
        await self._show([self._wire.keep_alive()] * PAINTING_STEPS)
        await self._meet("answer", last=True)
        self._put(self._wire.picture(self._script.text, width, height))

    def _wait(self, sent: int, of: int) -> float:
        """The seconds until the next piece is due, after `sent` pieces `of` so many."""
        now = asyncio.get_running_loop().time()
        if self._script.seconds is not None:
            return self._since + self._script.seconds * sent / of - now
        if speed := self._state.tokens_per_second:
            tokens = min(sent * wire.PIECE, len(self._script.text)) / wire.TOKEN
            return self._text_since + tokens / speed - now
        return self._state.pace if sent else 0.0

    async def _pause(self, seconds: float) -> None:
        step = max(self._state.keep_alive, 0.01)
        while seconds > step:
            await asyncio.sleep(step)
            self._put(self._wire.keep_alive())
            seconds -= step
        await asyncio.sleep(max(0.0, seconds))

    async def _meet(self, place: str, sent: int = 0, *, last: bool = False) -> None:
        """Suffer the fault if its place is here, after `sent` pieces of text. Raises _Over."""
        fault = self._fault
        if fault is None or not isinstance(fault.effect, Stream) or fault.effect.at != place:
            return
        due = fault.effect.pieces if fault.pieces is None else fault.pieces
        if sent < due and not last:
            return
        if not fault.effect.every or last:
            self._fault = None
        await self._suffer(fault.effect, fault.seconds)

    async def _suffer(self, effect: Stream, seconds: float) -> None:
        make = self._wire.other if effect.framed else self._wire.unframed
        self._put(*(make(data) for data in effect.frames))
        if effect.then == "end":
            self._close()
            raise _Over
        if effect.then == "stall":
            await asyncio.Event().wait()
        elif effect.then == "wait":
            await asyncio.sleep(seconds)
        elif effect.then in ("close", "drop"):
            self.dropped = effect.then == "drop"
            self._put(None)

    def _finish(self) -> None:
        self.message.text = self._script.text
        self.message.done = True
        # One or two empty pieces come before the end, as they were captured.
        empty = 0 if self._script.picture else 1 + len(wire.pieces(self._script.text)) % 2
        self._put(*[self._wire.text("")] * empty, self._wire.finished(self.message.phase))
        if self._state.done_line:
            self._put(self._wire.done())
        self._close()

    def _close(self) -> None:
        self._chat.running = None
        self._chat.free_at = time.monotonic() + self._state.settle
        self._put(None)

    def _put(self, *shown: bytes | None) -> None:
        for frame in shown:
            self.frames.put_nowait(frame)
