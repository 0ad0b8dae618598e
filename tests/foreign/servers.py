"""Servers that are not ours, as processes of their own on this machine."""

import asyncio
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp

START_SECONDS = 60.0


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def serving(
    command: Sequence[str], url: str, key: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """Run a server, from when it lists its models below `url` until it is left. Exits where it does not start."""
    server = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, env=environment)
    try:
        await _listed(server, url, key)
        yield
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()


async def _listed(server: Process, url: str, key: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session:
        while time.monotonic() < deadline and server.returncode is None:
            try:
                async with session.get(f"{url}/models") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)
    sys.exit(f"The server at {url} does not start.")
