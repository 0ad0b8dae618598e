"""Downloads the pictures that Qwen makes, from Qwen's storage alone, and as nobody."""

import asyncio
from itertools import chain, repeat

import aiohttp
from yarl import URL

from bridge.backends.http.file_kinds import MAX_IMAGE_BYTES, picture_kind
from bridge.model import Attachment

HOSTS = ("cdn.qwenlm.ai", "cdn.qwen.ai")
"""Lists the hosts that pictures are fetched from (qwen wire, hosts)."""

FOLDER = "/output/"
"""Begins the paths of pictures there, and on a stand-in, which is its own storage."""

FETCH_SECONDS = 20.0
"""Limits the wait for a picture: people look at the words of the answer meanwhile."""

MISSING_WAITS = (0.2, 0.5, 1.0, 2.0)
"""Lists the seconds between two tries, the last one repeats: a new picture may be missing at first (qwen wire)."""


async def download(url: str, qwen: str, proxy: str | None) -> Attachment | None:
    """Return the picture at `url`, or None where there is none after FETCH_SECONDS.

    Asks HOSTS over https, and the server at `qwen` below FOLDER. As anybody may have an address written into an
    answer, no cookie and no header of ours goes along, no redirect is followed, and at most MAX_IMAGE_BYTES are
    taken. What is a picture, its bytes say: the storage calls everything a stream of octets. Never raises aiohttp's
    errors.
    """
    address = _address(url, URL(qwen))
    if address is None:
        return None
    try:
        async with asyncio.timeout(FETCH_SECONDS), aiohttp.ClientSession(proxy=proxy) as session:
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
    is_storage = address.host in HOSTS and origin == URL(f"https://{address.host}")
    is_standin = origin == qwen.origin() and address.path.startswith(FOLDER)
    return address if (is_storage or is_standin) and address.user is None else None


async def _read(response: aiohttp.ClientResponse) -> Attachment | None:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > MAX_IMAGE_BYTES:
            return None
    kind = picture_kind(bytes(data))
    return Attachment(f"picture.{kind.ending}", kind.mime, bytes(data)) if kind else None
