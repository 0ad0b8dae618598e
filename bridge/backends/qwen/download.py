"""Downloads the pictures that Qwen makes, from Qwen's own hosts alone."""

import asyncio
from itertools import chain, repeat

import aiohttp
from yarl import URL

from bridge.backends.http.file_kinds import MAX_IMAGE_BYTES, picture_kind
from bridge.model import Attachment

HOSTS = ("qwen.ai", "qwenlm.ai")
"""Lists the domains that pictures are fetched from, with all hosts below them (qwen wire, hosts)."""

FETCH_SECONDS = 20.0
"""Limits the wait for a picture: people look at the words of the answer meanwhile."""

MISSING_WAITS = (0.2, 0.5, 1.0, 2.0)
"""Lists the seconds between two tries, the last one repeats: a new picture may be missing at first (qwen wire)."""


async def download(session: aiohttp.ClientSession, url: str, qwen: str) -> Attachment | None:
    """Return the picture at `url`, or None where there is none after FETCH_SECONDS.

    Asks HOSTS over https, and the server at `qwen`; follows no redirect, and takes at most MAX_IMAGE_BYTES. What a
    picture is, its bytes say: the storage calls everything a stream of octets. Never raises aiohttp's errors.
    """
    address = _address(url, URL(qwen))
    if address is None:
        return None
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            for seconds in chain(MISSING_WAITS, repeat(MISSING_WAITS[-1])):
                async with session.get(address, allow_redirects=False) as response:
                    if response.status == 200:
                        return await _read(response)
                    if response.status != 404:
                        return None
                await asyncio.sleep(seconds)
    except (aiohttp.ClientError, OSError):  # TimeoutError is an OSError
        pass
    return None


def _address(url: str, qwen: URL) -> URL | None:
    """Return the address, or None where its host is not one that pictures are fetched from."""
    try:
        address = URL(url, encoded=True)
        origin = address.origin()
    except ValueError:
        return None
    host = address.host or ""
    own = any(host == domain or host.endswith(f".{domain}") for domain in HOSTS) and origin == URL(f"https://{host}")
    return address if (own or origin == qwen.origin()) and address.user is None else None


async def _read(response: aiohttp.ClientResponse) -> Attachment | None:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > MAX_IMAGE_BYTES:
            return None
    kind = picture_kind(bytes(data))
    return Attachment(f"picture.{kind.ending}", kind.mime, bytes(data)) if kind else None
