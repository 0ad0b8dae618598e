"""Servers on raw sockets that accept and never answer, or answer by a byte now and then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"


class RawServer:
    """Accepts connections and answers nothing but `body`, every `pace` seconds, below a `head` that promises more.

    Without a body it is silent. `connections`: how many were made.
    """

    def __init__(self, body: bytes, pace: float, head: bytes) -> None:
        self._body = body
        self._head = head
        self._pace = pace
        self.connections = 0
        self.url = ""

    async def answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Drip the body, for ever."""
        self.connections += 1
        with suppress(ConnectionError, asyncio.CancelledError):
            if self._body:
                writer.write(self._head)
            while True:
                writer.write(self._body)
                await writer.drain()
                await asyncio.sleep(self._pace)
        writer.close()


@asynccontextmanager
async def raw_server(body: bytes = b"", pace: float = 0.02, head: bytes = HEAD) -> AsyncIterator[RawServer]:
    """Run such a server."""
    made = RawServer(body, pace, head)
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
