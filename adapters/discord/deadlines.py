"""Give each request to Discord's API a deadline: discord.py has none of its own, and aiohttp's is five minutes."""

import asyncio
from typing import Any

import aiohttp
from discord.http import Route

from adapters.common.deadlines import ANSWER_SECONDS, CONNECT_SECONDS, IDLE_SECONDS, SLOWEST


class DeadlineConnector(aiohttp.TCPConnector):
    """Closes the connection of a request to Discord's API that takes too long; the request then raises ClientError.

    A request that changes nothing when it is repeated aiohttp sends once more by itself, on a fresh connection.

    The gateway and downloads of files are left alone: they have deadlines of their own.
    """

    def __init__(self) -> None:
        super().__init__(limit=0, keepalive_timeout=IDLE_SECONDS)

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109  aiohttp's signature
        """See aiohttp's connector; called with each request. Raises TimeoutError after CONNECT_SECONDS."""
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await super().connect(req, traces, timeout)
        if str(req.url).startswith(Route.BASE):
            seconds = ANSWER_SECONDS + int(req.headers.get("Content-Length", 0)) / SLOWEST
            closing = asyncio.get_running_loop().call_later(seconds, _abort, connection)
            connection.add_callback(closing.cancel)
        return connection


def _abort(connection: aiohttp.connector.Connection) -> None:
    if connection.transport:
        connection.transport.abort()
