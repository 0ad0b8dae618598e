"""Say in the log when Discord's gateway is out of reach, and when it is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import discord

from adapters.discord.errors import REQUEST_ERRORS, reason
from bridge import Backoff

OUTAGE_SECONDS = 15.0
"""A closed gateway is logged as an outage after this long: Discord asks for reconnects a few times a day."""


SESSION_SECONDS = 20.0
"""How long the gateway may take to begin a session; discord.py would wait a minute without a word."""


class Outage:
    """Follows the gateway of one client; `backoff` logs its outages."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._connected = False
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = ExitStack()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[None]:
        """Surround the connection to the gateway; raise TimeoutError in it where no session begins in time.

        The log says earlier that one is waited for.
        """
        async with asyncio.timeout(SESSION_SECONDS) as deadline:
            with ExitStack() as self._waiting:
                self._waiting.enter_context(self._backoff.waiting("'s gateway"))
                self._waiting.callback(lambda: None if deadline.expired() else deadline.reschedule(None))
                yield

    def answered(self) -> None:
        """Note that the gateway has begun a session."""
        self._waiting.close()

    def begin(self, error: BaseException | None) -> None:
        """Log at once why no session begins; of one that ends, after a while."""
        why = reason(error) if isinstance(error, REQUEST_ERRORS) else "the gateway is closed"
        if not self._connected and not isinstance(error, discord.ConnectionClosed):
            self._backoff.failed(f"its gateway: {why}")
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(OUTAGE_SECONDS, self._backoff.failed, why)

    def end(self) -> None:
        """Note that a session has begun or goes on."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._connected = True
        self.answered()
        self._backoff.succeeded()
