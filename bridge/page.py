"""A page: an answer while it grows. It collects at Qwen's pace and shows at the platform's."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import structlog

from bridge import markdown
from bridge.errors import CannotShow, ShowLater
from bridge.ports import Reply

log = structlog.get_logger(__name__)

MORE = " ▍"
"""Stands at the end of an answer that goes on."""

RESERVE = 16
"""Room that is left in each message for MORE and for what closes open Markdown, in the platform's units."""

LAST_SECONDS = 1.0
"""How long a message that is on its way is waited for when the page is left early."""

SHORTEST_SECONDS = 0.05

Remember = Callable[[int, str], Awaitable[None]]
"""Called with (place, message id) before anything else is shown, so that a restart finds the message again."""


class Page:
    """Shows what is written to it in one message after another; only the last one still changes.

    One task does all the showing: the next edit starts after the last one ended. A failed one on the way is skipped,
    since a newer text follows; the final one is tried until the platform takes it, or says that it never will.
    `messages` are those that an earlier attempt at this answer left behind: they are written over, and surplus ones
    dropped.
    """

    def __init__(self, reply: Reply, messages: Sequence[str], remember: Remember) -> None:
        self._reply = reply
        self._remember = remember
        self.messages = list(messages)
        self._pieces = [""]
        self._visible: dict[int, str] = {}
        self._settled = 0
        self._refused_for = 0.0
        self._complete = True
        self._putting: asyncio.Task[str] | None = None
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._showing = asyncio.create_task(self._show())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._showing.cancel()
        await asyncio.wait([self._showing])
        if self._putting and not self._putting.done():
            await asyncio.wait([self._putting], timeout=LAST_SECONDS)

    def write(self, text: str) -> None:
        """Add to the answer. Costs nothing but memory: it is shown when the platform allows."""
        self._pieces[-1] += text
        self._changed.set()

    def write_below(self, text: str) -> None:
        """Add a paragraph below the answer, outside of what it left open."""
        above = markdown.closed(self._pieces[-1]).rstrip()
        self._pieces[-1] = f"{above}\n\n{text}" if above else text
        self._changed.set()

    async def finish(self, *, complete: bool = True) -> None:
        """Return when the whole text is shown, or cannot be. Where it is not `complete`, no message is dropped."""
        self._complete = complete
        self._ended.set()
        self._changed.set()
        await asyncio.shield(self._showing)

    async def _show(self) -> None:
        try:
            async with self._reply.working():
                await self._changed.wait()
                self._reply.pause()  # the first text waits for no pace, but counts
                over = await self._attempt()
            while not over:
                await self._wait()
                over = await self._attempt()
        except CannotShow as error:
            log.warning("An answer cannot be shown in its place.", reason=error.reason)

    async def _wait(self) -> None:
        """Until something is worth showing and the platform takes it; the final text waits for no pace."""
        if self._refused_for:
            await asyncio.sleep(self._refused_for)
            return
        await self._changed.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), self._reply.pause())

    async def _attempt(self) -> bool:
        """Show the newest text, if the platform takes it. True when that was the final text."""
        final = self._ended.is_set()
        self._changed.clear()
        try:
            await self._show_pieces(final=final)
        except ShowLater as error:
            self._refused_for = max(error.seconds, SHORTEST_SECONDS)
            return False
        except CannotShow:
            if final:
                raise
            await self._ended.wait()  # perhaps the whole text finds a place
            return False
        self._refused_for = 0.0
        return final

    async def _show_pieces(self, *, final: bool) -> None:
        self._break()
        last = len(self._pieces) - 1
        for place in range(self._settled, last):
            await self._put(place, self._pieces[place], final=True)
            self._settled = place + 1
        tail = self._pieces[last]
        if final:
            await self._put(last, tail, final=True)
            if self._complete:
                await self._drop_surplus(last + 1 if tail.strip() else last)
        elif tail.strip():
            await self._put_growing(last, markdown.closed(tail))

    def _break(self) -> None:
        """Break the tail where it has outgrown its message; what was broken off never changes again."""
        room = self._reply.limit - RESERVE
        while True:
            piece, rest = markdown.cut(self._pieces[-1], room, self._reply.measure)
            if not rest:
                return
            self._pieces[-1:] = [piece, rest]

    async def _put_growing(self, place: int, text: str) -> None:
        """Where nothing can be read yet, or what closes the Markdown finds no room, a later text is shown instead."""
        if text.strip() and self._reply.measure(text + MORE) <= self._reply.limit:
            await self._put(place, text + MORE, final=False)

    async def _put(self, place: int, text: str, *, final: bool) -> None:
        if not text.strip() or self._visible.get(place) == text:
            return
        message = self.messages[place] if place < len(self.messages) else None
        # What is on its way is never broken off: nobody would know whether it arrived.
        self._putting = asyncio.create_task(self._put_and_remember(place, text, message, final=final))
        await asyncio.shield(self._putting)
        self._visible[place] = text

    async def _put_and_remember(self, place: int, text: str, message: str | None, *, final: bool) -> str:
        shown = await self._reply.put(text, message, final=final)
        if shown != message:
            self.messages[place : place + 1] = [shown]
            await self._remember(place, shown)
        return shown

    async def _drop_surplus(self, kept: int) -> None:
        surplus = self.messages[kept:]
        if surplus:
            await self._reply.drop(surplus)
            del self.messages[kept:]
