"""Waits for the platform's permits, and cuts the wait short once the answer has ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge.ports import Reply


class Permits:
    """Enters the permits of one reply, one at a time."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._timeout: asyncio.Timeout | None = None

    @asynccontextmanager
    async def enter(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
        """Enter when a message may be shown: see Reply.permit. Raises TimeoutError after `hurry`."""
        if final:
            async with self._reply.permit(message, final=True):
                yield
            return
        async with asyncio.timeout(None) as timeout:
            self._timeout = timeout
            try:
                async with self._reply.permit(message, final=False):
                    timeout.reschedule(None)
                    self._timeout = None
                    yield
            finally:
                self._timeout = None

    def hurry(self) -> None:
        """End the wait for a permit that is not final."""
        if self._timeout:
            self._timeout.reschedule(asyncio.get_running_loop().time())
            self._timeout = None
