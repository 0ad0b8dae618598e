"""Shows an answer while it grows: collects text at the backend's pace, and shows it at the platform's."""

import asyncio
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import structlog

from bridge.controls import Controls
from bridge.errors import CannotShow, ShowError, ShowLater
from bridge.model import Attachment
from bridge.ports import PictureReply, Reply
from bridge.streaming.chunks import RESERVE, REST, Chunks
from bridge.streaming.concessions import Concessions
from bridge.streaming.permits import Permits
from bridge.streaming.sent_messages import SHORTEST_SECONDS, Confirm, Lost, Remember, SentMessages, always
from bridge.streaming.status_line import StatusLine

log = structlog.get_logger(__name__)

PREVIEW_SECONDS = 20.0
"""Limits how long a preview stands before it is shown again: it vanishes after 30 (Bot API, sendMessageDraft)."""

LAST_SECONDS = 1.0
"""Limits the wait for a message that is on its way when the answer is left early, as when the bridge stops."""


Illustration = tuple[str, Attachment]
"""A picture with its description, which is not empty."""


class LiveAnswer:
    """Shows the Markdown written to it in one platform message after another; only the last one still changes.

    One task does all the showing: an edit starts after the one before has ended. A failed edit is skipped, since a
    newer text follows; the final one is repeated until the platform takes it, or says that it never will.
    `messages`: the ids of what an earlier attempt at this answer left behind; they are edited, and surplus ones
    deleted. `controls`: the buttons under the last message while the answer grows. `lost` looks for the message that
    may follow `messages`. `leaves_early`: how long leaving waits for a message that is on its way: LAST_SECONDS, or,
    where it is set to False, until it has arrived, as whoever shows something else in these messages needs it.
    `confirm` is called before anything is shown. `language`: of the sentences about what the platform refuses.
    `refused`: whether nothing could be shown at its end.
    """

    def __init__(
        self,
        reply: Reply,
        messages: Sequence[str],
        remember: Remember,
        controls: Controls | None = None,
        clock: Callable[[], float] = time.monotonic,
        lost: Lost | None = None,
        language: str = "",
        confirm: Confirm = always,
    ) -> None:
        self._reply = reply
        self._sent = SentMessages(reply, messages, remember, lost, confirm)
        self._controls = controls
        self.leaves_early = True
        self._chunks = Chunks(reply.limit, reply.measure)
        self._concessions = Concessions(self._chunks, reply.most, language)
        self.refused = False
        self._settled = 0
        self._pictures: list[Illustration] = []
        self._first_picture: int | None = None
        self._complete = True
        self._status = StatusLine(clock)
        self._permits = Permits(reply)
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._showing = asyncio.create_task(self._show())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._showing.cancel()
        await asyncio.gather(self._showing, return_exceptions=True)  # what it raised, `finish` has raised
        await self._sent.arrived(LAST_SECONDS if self.leaves_early else None)

    @property
    def messages(self) -> list[str]:
        """Return the ids of the platform's messages that show the answer, in their order."""
        return self._sent.ids

    @property
    def takes_pictures(self) -> bool:
        """Tell whether the platform shows the pictures of `finish`."""
        return isinstance(self._reply, PictureReply)

    @property
    def ended(self) -> bool:
        """Tell whether `finish` was called: nothing more is written."""
        return self._ended.is_set()

    @property
    def readable(self) -> bool:
        """Tell whether enough is written to be worth a message: see Chunks.readable."""
        return self._chunks.readable

    @property
    def doing(self) -> str:
        """Return what the status line says is being done; empty without one."""
        return self._status.doing

    def write(self, text: str) -> None:
        """Add text to the answer. Returns at once: it is shown when the platform allows."""
        self._chunks.write(text)
        self._changed.set()
        if self.doing:
            self._permits.hurry()

    def write_below(self, text: str) -> None:
        """Add a paragraph below the answer, after closing the Markdown that the answer left open."""
        self._chunks.write_below(text)
        self._changed.set()

    def status(self, doing: str) -> None:
        """Say what is being done until there is an answer to show; shown as a status line if that takes long."""
        if self._status.say(doing):
            self._changed.set()

    def hold(self, why: str) -> None:
        """Show at once why there is no answer yet; the sentence stands until the answer begins."""
        self._status.hold(why)
        self._changed.set()

    async def finish(
        self, *, complete: bool = True, controls: Controls | None = None, pictures: Sequence[Illustration] = ()
    ) -> None:
        """Return when the whole text is shown with the pictures below it, or cannot be.

        `complete`: False keeps surplus messages of an earlier attempt, and sends no file in place of many messages.
        `controls`: the buttons under the answer from then on. `pictures`: one message each; one that the platform does
        not take is left out.
        """
        self._complete = complete
        self._pictures = list(pictures)
        self._controls = controls
        self._ended.set()
        self._changed.set()
        self._permits.hurry()
        await asyncio.shield(self._showing)

    async def _show(self) -> None:
        try:
            async with self._reply.working():
                await self._sent.find_lost()
                await self._until_readable()
                over = await self._attempt()
            while not over:
                await self._until_changed()
                over = await self._attempt()
        except CannotShow as error:
            log.warning("An answer cannot be shown in its place.", reason=error.reason)
            self.refused = True

    async def _until_changed(self) -> None:
        """Return when there is something new to show, or a preview is about to vanish."""
        try:
            async with asyncio.timeout(PREVIEW_SECONDS if self._sent.previewed else None):
                await self._changed.wait()
        except TimeoutError:
            self._sent.show_again(self._settled)

    async def _until_readable(self) -> None:
        """Show the status line whenever it is due, until there is something to read."""
        while not (self.ended or self.readable):
            self._changed.clear()
            try:
                async with asyncio.timeout(self._status.wait):
                    await self._changed.wait()
            except TimeoutError:
                await self._show_status()
        self._status.end()

    async def _show_status(self) -> None:
        """Show the status line, if the platform takes it: what fails is not tried again before it is due next."""
        self._status.postpone()
        try:
            async with self._permits.enter(self._sent.id(0), final=False):
                await self._sent.put(0, self._status.text, final=False, controls=self._controls)
                self._status.said()
        except (ShowError, TimeoutError):
            pass

    async def _attempt(self) -> bool:
        """Show the newest text of one message, if the platform takes it. True when that was the end of the answer."""
        self._changed.clear()
        ended = self.ended
        try:
            async with self._permits.enter(self._sent.id(self._settled), final=ended):
                return await self._put_newest()
        except TimeoutError:  # the answer ended while it waited for its permit: at once, then
            pass
        except ShowLater as error:
            await asyncio.sleep(max(error.seconds, SHORTEST_SECONDS))
            self._changed.set()
        except CannotShow as error:
            if not ended:
                await self._ended.wait()  # the platform may take the whole text
            elif not self._concede(error):
                raise
        return False

    def _concede(self, error: CannotShow) -> bool:
        """Show something else, or less, than what was refused at the end of the answer; False where nothing is left."""
        number = None
        if self._first_picture is None:
            number = self._concessions.concede(error, self._settled, len(self._sent.ids))
        if number is None:
            return False
        log.info("A part of an answer was refused; the rest is shown.", reason=error.reason)
        self._settled = number
        self._changed.set()
        return True

    async def _put_newest(self) -> bool:
        """Show the first message that is not settled; True when it was the last one of a whole answer."""
        number, texts = self._settled, self._chunks.texts
        if self._first_picture is not None:
            return await self._put_picture(number - self._first_picture)
        if self._reply.begins_short and not self._sent.id(number) and self._chunks.is_long(number):
            await self._put_growing(number, self._chunks.beginning(number))
            self._changed.set()
            return False
        alone = not self.ended and number == len(texts) - 1 and number < self._concessions.most
        if alone and (growing := self._chunks.growing(reserve=RESERVE)):
            await self._put_growing(number, growing)  # it fits, and needs no break: so it is rendered but once
            return False
        self._chunks.break_last()
        if self.ended and self._complete and len(texts) > self._concessions.most:
            await self._put_file()
            return self._end_text(0)
        if number < min(len(texts), self._concessions.most) - 1:
            await self._sent.put(number, texts[number], final=True)
            self._settled += 1
            self._changed.set()
            return False
        if self.ended:
            await self._put_last(number)
            return self._end_text(number)
        await self._put_growing(number, self._chunks.growing(number))
        return False

    async def _put_growing(self, number: int, text: str) -> None:
        await self._sent.put(number, text, final=False, controls=self._controls)
        self._concessions.grew(number, text)

    async def _put_last(self, number: int) -> None:
        """Show the end of the answer; of an incomplete one with too many messages, what stands below it."""
        text = self._chunks.below if len(self._chunks.texts) > self._concessions.most else self._chunks.texts[number]
        controls = None if self._pictures else self._controls  # the last picture has them
        await self._sent.put(number, text, final=True, controls=controls)
        if self._complete:
            await self._sent.drop_from((number + 1 if text.strip() else number) + len(self._pictures))

    async def _put_file(self) -> None:
        """Show the answer's beginning, with the whole answer in a file."""
        beginning = self._chunks.texts[0] + REST
        controls = None if self._pictures else self._controls
        await self._sent.put(0, beginning, final=True, whole=self._chunks.whole, controls=controls)
        await self._sent.drop_from(1 + len(self._pictures))

    def _end_text(self, number: int) -> bool:
        """Go on with the pictures after the text of this number; True where there are none, or none any more."""
        if self._pictures:
            self._settled = self._first_picture = number + 1
            self._changed.set()
        return not self._pictures

    async def _put_picture(self, index: int) -> bool:
        """Show a picture below the text; True when it was the last one."""
        description, picture = self._pictures[index]
        is_last = index == len(self._pictures) - 1
        controls = self._controls if is_last else None
        try:
            await self._sent.put_picture(self._settled, picture, description=description, controls=controls)
        except CannotShow as error:
            log.info("A picture cannot be shown; its address stands in the text.", reason=error.reason)
            await self._sent.drop_from(self._settled)
            self._leave_out(index)
            return False
        self._settled += 1
        self._changed.set()
        return is_last

    def _leave_out(self, index: int) -> None:
        """Show the answer without the pictures from this one on: what comes last then gets the buttons."""
        del self._pictures[index:]
        self._settled -= 1
        if not index:
            self._first_picture = None
        self._changed.set()
