"""An answer while it grows: it collects at Qwen's pace and shows at the platform's."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import structlog

from bridge.controls import Controls
from bridge.errors import CannotShow, ShowError, ShowLater
from bridge.ports import Reply
from bridge.streaming.chunks import RESERVE, REST, Chunks
from bridge.streaming.status_line import StatusLine

log = structlog.get_logger(__name__)

PREVIEW_SECONDS = 20.0
"""A preview is shown again before it vanishes (Bot API, sendMessageDraft: 30 seconds)."""

LAST_SECONDS = 1.0
"""How long a message that is on its way is waited for when it is left early, as when the bridge leaves."""

SHORTEST_SECONDS = 0.05

Remember = Callable[[int, str | None], Awaitable[None]]
"""Called with (place, None) before a new message is sent, and with its id before anything else is shown, so that a
restart finds the message again, or knows that there may be one."""

Lost = Callable[[], Awaitable[str | None]]
"""Finds the message that an earlier process sent and did not live to remember. Raises ShowLater or CannotShow."""


class LiveAnswer:
    """Shows what is written to it in one message after another; only the last one still changes.

    One task does all the showing: the next edit starts after the last one ended. A failed one on the way is skipped,
    since a newer text follows; the final one is tried until the platform takes it, or says that it never will.
    `messages` are those that an earlier attempt at this answer left behind: they are written over, and surplus ones
    dropped. `controls` are the buttons under the last message while the answer grows. Whoever shows something else in
    its messages takes `leaves_early` away: what is on its way has to arrive before. `lost` looks for the message that
    may follow `messages`.
    """

    def __init__(
        self,
        reply: Reply,
        messages: Sequence[str],
        remember: Remember,
        controls: Controls | None = None,
        clock: Callable[[], float] = time.monotonic,
        lost: Lost | None = None,
    ) -> None:
        self._reply = reply
        self._remember = remember
        self._lost = lost
        self._announced = -1
        self._controls = controls
        self.messages = list(messages)
        self.leaves_early = True
        self._chunks = Chunks(reply.limit, reply.measure)
        self._visible: dict[int, tuple[str, Controls | None]] = {}
        self._settled = 0
        self._complete = True
        self._status = StatusLine(clock)
        self._previewed = False
        self._putting: asyncio.Task[str | None] | None = None
        self._patience: asyncio.Timeout | None = None
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
            await asyncio.wait([self._putting], timeout=LAST_SECONDS if self.leaves_early else None)

    def write(self, text: str) -> None:
        """Add to the answer. Costs nothing but memory: it is shown when the platform allows."""
        self._chunks.write(text)
        self._changed.set()
        if self._status.doing:
            self._hurry()

    def write_below(self, text: str) -> None:
        """Add a paragraph below the answer, outside of what it left open."""
        self._chunks.write_below(text)
        self._changed.set()

    def status(self, doing: str) -> None:
        """What is being done before there is an answer to show. It is said in one quiet line, if it takes long."""
        if self._status.say(doing):
            self._changed.set()

    def hold(self, why: str) -> None:
        """Say why there is no answer yet. It stands there until one begins, however long that takes."""
        self._status.hold(why)
        self._changed.set()

    async def finish(self, *, complete: bool = True, controls: Controls | None = None) -> None:
        """Return when the whole text is shown, or cannot be. Where it is not `complete`, no message is dropped.

        `controls` are the buttons under it from then on.
        """
        self._complete = complete
        self._controls = controls
        self._ended.set()
        self._changed.set()
        self._hurry()
        await asyncio.shield(self._showing)

    async def _show(self) -> None:
        try:
            async with self._reply.working():
                await self._find_lost()
                await self._until_readable()
                over = await self._attempt()
            while not over:
                await self._until_changed()
                over = await self._attempt()
        except CannotShow as error:
            log.warning("An answer cannot be shown in its place.", reason=error.reason)

    async def _find_lost(self) -> None:
        """Show the answer in what an earlier process sent last, too, where the platform tells."""
        while self._lost:
            try:
                if found := await self._lost():
                    await self._remember(len(self.messages), found)
                    self.messages.append(found)
                self._lost = None
            except CannotShow:
                self._lost = None
            except ShowLater as error:
                await asyncio.sleep(max(error.seconds, SHORTEST_SECONDS))

    async def _until_changed(self) -> None:
        """Until there is something new to show, or a preview is about to vanish."""
        try:
            async with asyncio.timeout(PREVIEW_SECONDS if self._previewed else None):
                await self._changed.wait()
        except TimeoutError:
            self._visible.pop(self._settled, None)

    async def _until_readable(self) -> None:
        """Say what is being done until there is something to read."""
        while not (self._ended.is_set() or self._chunks.readable):
            self._changed.clear()
            try:
                async with asyncio.timeout(self._status.wait):
                    await self._changed.wait()
            except TimeoutError:
                await self._show_status()
        self._status.end()

    async def _show_status(self) -> None:
        """Best effort: what fails here is not tried again before the next time."""
        self._status.postpone()
        try:
            async with self._permit(self._message(0)):
                await self._put(0, self._status.text, final=False, controls=self._controls)
                self._status.said()
        except (ShowError, TimeoutError):
            pass

    async def _attempt(self) -> bool:
        """Show the newest text of one message, if the platform takes it. True when that was the end of the answer."""
        self._changed.clear()
        ended = self._ended.is_set()
        try:
            async with self._permit(self._message(self._settled)):
                return await self._put_newest()
        except TimeoutError:  # the answer ended while it waited for its turn: at once, then
            pass
        except ShowLater as error:
            await asyncio.sleep(max(error.seconds, SHORTEST_SECONDS))
            self._changed.set()
        except CannotShow:
            if ended:
                raise
            await self._ended.wait()  # perhaps the whole text finds a place
        return False

    @asynccontextmanager
    async def _permit(self, message: str | None) -> AsyncIterator[None]:
        """Entered when a message may be shown. Raises TimeoutError where waiting for that is cut short by `_hurry`."""
        if self._ended.is_set():
            async with self._reply.permit(message, final=True):
                yield
            return
        async with asyncio.timeout(None) as patience:
            self._patience = patience
            async with self._reply.permit(message, final=False):
                patience.reschedule(None)
                self._patience = None
                yield

    def _hurry(self) -> None:
        if self._patience:
            self._patience.reschedule(asyncio.get_running_loop().time())
            self._patience = None

    async def _put_newest(self) -> bool:
        """Show the first message that is not settled; True when it was the last one of a whole answer."""
        if self._begins(self._settled):
            await self._put(self._settled, self._chunks.beginning(self._settled), final=False, controls=self._controls)
            self._changed.set()
            return False
        pieces = self._chunks.texts
        only = not self._ended.is_set() and self._settled == len(pieces) - 1 and self._settled < self._reply.most
        growing = self._chunks.growing(reserve=RESERVE) if only else ""
        if growing:  # it fits, and needs no break: so it is rendered but once
            await self._put(self._settled, growing, final=False, controls=self._controls)
            return False
        self._chunks.grow()
        ended, place = self._ended.is_set(), self._settled
        last = min(len(pieces), self._reply.most) - 1
        surplus = len(pieces) > self._reply.most
        if ended and surplus and self._complete:
            await self._put_whole()
            return True
        if place < last:
            await self._put(place, pieces[place], final=True)
            self._settled += 1
            self._changed.set()
            return False
        if not ended:
            await self._put(place, self._chunks.growing(place), final=False, controls=self._controls)
            return False
        await self._put_last(place, self._chunks.below if surplus else pieces[place])
        return True

    def _begins(self, place: int) -> bool:
        """Whether a piece would be a long new message where those begin short."""
        return self._reply.begins_short and not self._message(place) and self._chunks.is_long(place)

    async def _put_last(self, place: int, text: str) -> None:
        await self._put(place, text, final=True, controls=self._controls)
        if self._complete:
            await self._drop_surplus(place + 1 if text.strip() else place)

    async def _put_whole(self) -> None:
        """The beginning, and the whole answer in a file."""
        beginning, whole = self._chunks.texts[0] + REST, self._chunks.whole
        await self._put(0, beginning, final=True, whole=whole, controls=self._controls)
        await self._drop_surplus(1)

    async def _put(
        self, place: int, text: str, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> None:
        if not text.strip() or self._visible.get(place) == (text, controls):
            return
        if place >= len(self.messages) and place != self._announced:
            await self._remember(place, None)
            self._announced = place
        putting = self._reply.put(text, self._message(place), final=final, whole=whole, controls=controls)
        await self._shielded(self._remembered(putting, place))
        self._visible[place] = text, controls

    async def _shielded(self, putting: Awaitable[str | None]) -> None:
        """What is on its way is never broken off: nobody would know whether it arrived."""
        self._putting = asyncio.ensure_future(putting)
        # Where it is left meanwhile, nobody asks how it ended.
        self._putting.add_done_callback(lambda putting: putting.cancelled() or putting.exception())
        await asyncio.shield(self._putting)

    async def _remembered(self, putting: Awaitable[str | None], place: int) -> str | None:
        shown = await putting
        self._previewed = shown is None
        if shown and shown != self._message(place):
            self.messages[place : place + 1] = [shown]
            await self._remember(place, shown)
        return shown

    def _message(self, place: int) -> str | None:
        return self.messages[place] if place < len(self.messages) else None

    async def _drop_surplus(self, kept: int) -> None:
        surplus = self.messages[kept:]
        if surplus:
            await self._reply.drop(surplus)
            del self.messages[kept:]
