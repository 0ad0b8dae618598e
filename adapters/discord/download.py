"""Fetch files from Discord's own servers: no more than is wanted, and from nowhere else."""

import re
from typing import Any
from urllib.parse import urlsplit

from discord.http import Route

CHUNK_BYTES = 64 * 1024

_HOST = re.compile(r"(?:cdn|media|images-ext-\d+)\.discordapp\.(?:com|net)")
"""Matches the servers of Discord's files and of its copies of other sites' pictures."""


async def fetch(http: Any, url: str, most: int) -> bytes:
    """Return the content at an address that Discord named, with the library's HTTP client; its redirects lead nowhere.

    Raises ValueError for more than `most` bytes, whatever size was declared; OSError or aiohttp.ClientError where there
    is no such file, or the address is none of Discord's.
    """
    if not _is_discords(url):
        raise OSError("an address of somebody else")
    data = bytearray()
    session = http._HTTPClient__session  # the library has no public way that is bounded
    async with session.get(url, allow_redirects=False, proxy=http.proxy, proxy_auth=http.proxy_auth) as response:
        if response.status != 200:
            raise OSError(f"status {response.status}")
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            data += chunk
            if len(data) > most:
                raise ValueError(f"more than {most} bytes")
    return bytes(data)


def _is_discords(url: str) -> bool:
    """Tell whether Discord itself answers at this address, or the server in its place that the operator configured."""
    try:
        parts, api = urlsplit(url), urlsplit(Route.BASE)
    except ValueError:
        return False
    if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
        return True
    return parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None
