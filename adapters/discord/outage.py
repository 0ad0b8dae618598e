"""Say in the log when Discord's gateway is out of reach, and when it is back."""

import asyncio

import discord

from adapters.discord.errors import REQUEST_ERRORS, reason
from bridge import Backoff

OUTAGE_SECONDS = 15.0
"""A closed gateway is logged as an outage after this long: Discord asks for reconnects a few times a day."""


class Outage:
    """Follows the gateway of one client; `backoff` logs its outages."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._connected = False
        self._timer: asyncio.TimerHandle | None = None

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
        self._backoff.succeeded()
