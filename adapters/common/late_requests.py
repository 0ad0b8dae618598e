"""Refuse requests that a library sends again, or after a pause, when another process may show the answer already."""

from types import SimpleNamespace

import aiohttp

from bridge import is_late


async def refuse_late(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, _started: aiohttp.TraceRequestStartParams
) -> None:
    """Raise ClientConnectionError for a request that is late: see is_late(). What it shows is tried again from above.

    A callback of aiohttp's trace: on_request_start.
    """
    if is_late():
        raise aiohttp.ClientConnectionError("it waited too long to be sent")
