"""The writing of one answer of Qwen, phase by phase."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.sandbox.qwen import frames, wire
from adapters.sandbox.qwen.generated_media import Drawing
from adapters.sandbox.qwen.message_tree import Chat, Message
from adapters.sandbox.qwen.scheduled_faults import ScheduledFault
from adapters.sandbox.qwen.second_answer import SecondAnswer
from adapters.sandbox.qwen.state import State
from adapters.sandbox.qwen.stream import AnswerStream, StreamEnded
from adapters.sandbox.qwen.web_search import Source
from adapters.sandbox.qwen.wire import Thinking

PAINTING_STEPS = 3
"""Keep-alive frames before a picture."""


@dataclass(frozen=True, slots=True)
class Script:
    """Order one answer to be written. `seconds` is what `slow N` asks for; `found` what a search for `query` finds.

    `picture`: width and height of the picture that `text` is the address of. `drawing`: a picture that follows `text`.
    """

    text: str
    seconds: float | None = None
    thinking: Thinking = ""
    query: str | None = None
    found: Sequence[Source] = ()
    picture: tuple[int, int] | None = None
    drawing: Drawing | None = None


class AnswerWriter:
    """One answer while it is written. As at Qwen, it is written to its end also when nobody reads it any more.

    `second`: another answer to the same question, whose frames stand among those of this one.
    """

    def __init__(
        self,
        state: State,
        chat: Chat,
        message: Message,
        script: Script,
        fault: ScheduledFault | None,
        second: SecondAnswer | None = None,
    ) -> None:
        self.message = message
        self._state = state
        self._chat = chat
        self._script = script
        self._second = second
        self._wire = frames.Frames(chat, message, state.newline)
        self.stream = AnswerStream(state, self._wire, fault, script.seconds)
        self.task = asyncio.create_task(self._write())

    def cancel(self) -> None:
        """Break off, without a word to the client: the message stays, unfinished, and the chat is free."""
        self.task.cancel()
        self._chat.running = None

    def stop(self) -> None:
        """Break off, as the client asked for, and end the stream."""
        self.cancel()
        self.stream.put(self._wire.stopped(), None)

    async def _write(self) -> None:
        try:
            await self.stream.open(self._wire.created("0" if self._second else ""))
            if self._second:
                self.stream.put(self._second.created())
            if self._script.picture:
                await self._paint(*self._script.picture)
            else:
                await self._ponder()
                await self.stream.say(self._script.text, self._say)
                if drawing := self._script.drawing:
                    await self.stream.show(self._wire.tool(drawing))
                    self.message.drawing = drawing
                    await self.stream.say(drawing.after, self._say)
        except StreamEnded:
            self._close()
        else:
            self._finish()

    async def _ponder(self) -> None:
        """Think, look on the web, and think about what was found."""
        await self._think(0)
        if self._script.query is not None:
            await self.stream.show(self._wire.web_search(self._script.query, self._script.found))
            await self._think(1)

    async def _think(self, turn: int) -> None:
        if self._script.thinking:
            full = self._script.thinking == "full"
            await self.stream.show(self._wire.think(turn) if full else self._wire.summary(turn))
            self.message.thoughts += frames.thoughts(turn)

    def _say(self, piece: str) -> None:
        if self._second:
            self.stream.put(self._second.text(piece))
        self.stream.put(self._wire.text(piece))
        self.message.draft += piece

    async def _paint(self, width: int, height: int) -> None:
        """Send what was captured of a picture: keep-alive frames, its address, and the end."""
        await self.stream.show([self._wire.keep_alive()] * PAINTING_STEPS)
        await self.stream.meet("answer", last=True)
        self.stream.put(self._wire.picture(self._script.text, width, height))

    def _finish(self) -> None:
        self.message.text = self._script.text
        self.message.done = True
        if self._second:
            self.stream.put(self._second.finished())
        # One or two empty pieces come before the end, as they were captured.
        empty = 0 if self._script.picture else 1 + len(wire.pieces(self._script.text)) % 2
        self.stream.put(*[self._wire.text("")] * empty, self._wire.finished(self.message.phase))
        if self._state.done_line:
            self.stream.put(self._wire.done())
        self._close()

    def _close(self) -> None:
        self._chat.running = None
        self._chat.free_at = time.monotonic() + self._state.settle
        self.stream.put(None)
