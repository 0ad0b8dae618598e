"""Sessions and websockets of the pretended gateway: sequence numbers, limits and compression."""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import zstandard
from aiohttp import WSMsgType, web

from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.events import Event

DISPATCH = 0
"""The opcode of events."""

SENDS_PER_MINUTE = 120

PAYLOAD_LIMIT = 4096


class Closing(Exception):
    """The gateway closes the connection with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(eq=False)
class Session:
    """Hold what one IDENTIFY began. It outlives its connection, and keeps every dispatch for a RESUME."""

    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sent: list[tuple[int, Payload]] = field(default_factory=list)
    connection: "Connection | None" = None

    def dispatch(self, name: str, payload: Payload) -> None:
        """Number a dispatch, keep it, and send it if the bot is connected."""
        sequence = len(self.sent) + 1
        # a copy: what changes later must not change what was said
        frame: Payload = {"op": DISPATCH, "t": name, "s": sequence, "d": json.loads(json.dumps(payload))}
        self.sent.append((sequence, frame))
        if self.connection:
            self.connection.send(frame)

    def wants(self, event: Event) -> bool:
        """Tell whether the intents let an event through."""
        return bool(self.intents & event.intent)


class Connection:
    """One websocket: an outbox with a writer, and the compression that was asked for."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.request = request
        self.socket = socket
        self.session: Session | None = None
        self._outbox: asyncio.Queue[Payload | Closing] = asyncio.Queue()
        self._encode = _encoder(request.query.get("compress"))
        self._received: deque[float] = deque(maxlen=SENDS_PER_MINUTE)

    def send(self, frame: Payload) -> None:
        """Queue a frame."""
        self._outbox.put_nowait(frame)

    def close(self, code: int, reason: str = "") -> None:
        """Close the websocket after what is queued."""
        self._outbox.put_nowait(Closing(code, reason))

    def abort(self) -> None:
        """Cut the connection without a closing handshake."""
        if self.request.transport:
            self.request.transport.abort()

    async def write(self) -> None:
        """Send what is queued until the connection ends."""
        with suppress(ConnectionError):
            while not isinstance(item := await self._outbox.get(), Closing):
                data = self._encode(json.dumps(item))
                await (self.socket.send_str(data) if isinstance(data, str) else self.socket.send_bytes(data))
            await self.socket.close(code=item.code, message=str(item).encode())

    def read(self, kind: WSMsgType, data: object) -> Payload:
        """Check a frame from the client."""
        if kind is not WSMsgType.TEXT or not isinstance(data, str) or len(data) > PAYLOAD_LIMIT:
            raise Closing(4002, "Error while decoding payload.")
        now = time.monotonic()
        if len(self._received) == SENDS_PER_MINUTE and now - self._received[0] < 60:
            raise Closing(4008, "You are being rate limited.")
        self._received.append(now)
        try:
            frame: object = json.loads(data)
        except ValueError:
            raise Closing(4002, "Error while decoding payload.") from None
        if not isinstance(frame, dict):
            raise Closing(4002, "Error while decoding payload.")
        return frame


def _encoder(compression: str | None) -> Callable[[str], str | bytes]:
    """Text frames, or one compressed stream over the whole connection, flushed after each frame."""
    if compression == "zstd-stream":
        zstd = zstandard.ZstdCompressor().compressobj()
        return lambda text: zstd.compress(text.encode()) + zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return lambda text: text
