"""Sends and edits the platform's messages that show one answer, and has their ids remembered."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from bridge.controls import Controls
from bridge.errors import CannotShow, ShowError, ShowLater, TakenOver
from bridge.model import Attachment
from bridge.ports import PictureReply, Reply
from bridge.runtime.lateness import looked

SHORTEST_SECONDS = 0.05
"""Separates two tries, even where the platform names no time to wait."""

Remember = Callable[[int, str | None], Awaitable[None]]
"""Record a message: (number, None) before it is sent, and (number, id) before anything else is shown.

The first message has the number 0. So a restart finds the message again, or knows that there may be one.
"""

Lost = Callable[[], Awaitable[str | None]]
"""Return the id of the message that an earlier process sent and did not live to remember, or None.

Raises ShowLater or CannotShow.
"""


Confirm = Callable[[], Awaitable[None]]
"""Return if the answer may still be shown from here. Raises TakenOver."""


async def always() -> None:
    """Confirm at any time."""


class SentMessages:
    """Knows the messages of one answer by their numbers, from 0. `ids`: the platform's ids of those that are sent.

    `previewed`: whether what was shown last is a preview, which the platform lets vanish. `lost` looks for a message
    that may follow `ids`.
    """

    def __init__(
        self, reply: Reply, ids: Sequence[str], remember: Remember, lost: Lost | None = None, confirm: Confirm = always
    ) -> None:
        self._reply = reply
        self._confirm = confirm
        self._remember = remember
        self._lost = lost
        self.ids = list(ids)
        self.previewed = False
        self._announced = -1
        self._visible: dict[int, tuple[str, Controls | None]] = {}
        self._putting: asyncio.Task[None] | None = None
        self._looked_at = time.monotonic()

    def id(self, number: int) -> str | None:
        """Return the id of a message; None where it is not sent yet."""
        return self.ids[number] if number < len(self.ids) else None

    async def find_lost(self) -> None:
        """Look for the message that an earlier process sent last, so that it is edited, too."""
        while self._lost:
            try:
                if found := await self._lost():
                    await self._remember(len(self.ids), found)
                    self.ids.append(found)
                self._lost = None
            except CannotShow:
                self._lost = None
            except ShowLater as error:
                await asyncio.sleep(max(error.seconds, SHORTEST_SECONDS))

    async def put(
        self, number: int, text: str, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> None:
        """Show a text as the message of this number, unless it is blank or stands there already: see Reply.put.

        Raises ShowLater or CannotShow.
        """
        if not text.strip() or self._visible.get(number) == (text, controls):
            return
        await self._announce(number)
        putting = self._reply.put(text, self.id(number), final=final, whole=whole, controls=controls)
        await self._finish(putting, number)
        self._visible[number] = text, controls

    async def put_picture(
        self, number: int, picture: Attachment, *, description: str, controls: Controls | None = None
    ) -> None:
        """Show a picture as the message of this number: see PictureReply. Raises ShowLater or CannotShow."""
        if not isinstance(self._reply, PictureReply):
            raise CannotShow("the platform shows no pictures")
        await self._announce(number)
        shown = self._reply.put_picture(picture, self.id(number), description=description, controls=controls)
        await self._finish(shown, number)

    async def _announce(self, number: int) -> None:
        """Have it remembered that a new message is about to be sent, if there is none of this number.

        Raises TakenOver where that is for another process to do, as is any edit.
        """
        self._looked_at = time.monotonic()
        await self._confirm()
        if number >= len(self.ids) and number != self._announced:
            await self._remember(number, None)
            self._announced = number

    async def _finish(self, putting: Awaitable[str | None], number: int) -> None:
        """Wait until a message is shown and remembered, also where the caller is cancelled meanwhile."""
        # What is on its way is never broken off: nobody would know whether it arrived.
        self._putting = asyncio.ensure_future(self._remembered(putting, number))
        # Where it is left meanwhile, nobody asks how it ended.
        self._putting.add_done_callback(lambda putting: putting.cancelled() or putting.exception())
        await asyncio.shield(self._putting)

    def show_again(self, number: int) -> None:
        """Let the next `put` show this message even if its text has not changed."""
        self._visible.pop(number, None)

    async def drop_from(self, number: int) -> None:
        """Delete the messages from this number on, if the platform lets the bot. Raises ShowLater."""
        if surplus := self.ids[number:]:
            with suppress(CannotShow):
                await self._reply.drop(surplus)
            del self.ids[number:]

    async def arrived(self, seconds: float | None) -> None:
        """Wait for the message that is on its way, if there is one, so many seconds at most (None: without end)."""
        if self._putting and not self._putting.done():
            await asyncio.wait([self._putting], timeout=seconds)

    async def _remembered(self, putting: Awaitable[str | None], number: int) -> None:
        looked(self._looked_at)
        shown = await putting
        self.previewed = shown is None
        if shown and shown != self.id(number):
            self.ids[number : number + 1] = [shown]
            try:
                await self._remember(number, shown)
            except TakenOver as error:
                if error.stray:
                    with suppress(ShowError):
                        await self._reply.drop([shown])
                raise
