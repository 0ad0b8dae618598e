"""Know the time at Discord, whatever this machine's clock says: by it people's messages are old or new."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp
from discord.http import Route


class Clock:
    """Takes the time from the answers of Discord's API; until there is one, this machine's clock has to do."""

    def __init__(self) -> None:
        self._told = datetime.now(UTC)
        self._told_at = time.monotonic()

    async def note(
        self, _session: aiohttp.ClientSession, _: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        """Note the time that an answer names in its header Date. A callback of aiohttp's trace: on_request_end."""
        if not str(ended.url).startswith(Route.BASE):
            return
        try:
            told = parsedate_to_datetime(ended.response.headers.get("Date", ""))
        except ValueError:
            return
        self._told, self._told_at = told.replace(tzinfo=told.tzinfo or UTC), time.monotonic()

    def now(self) -> datetime:
        """Return the time at Discord."""
        return self._told + timedelta(seconds=time.monotonic() - self._told_at)
