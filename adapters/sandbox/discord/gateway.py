"""The gateway side of the stand-in Discord: sessions, intents, sequence numbers, resuming, and the close codes."""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import zstandard
from aiohttp import WSCloseCode, WSMsgType, web

from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.state import State
from adapters.sandbox.discord.users import Event, Intent

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME, RECONNECT = 0, 1, 2, 3, 4, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK, REQUEST_SOUNDS = 8, 9, 10, 11, 31
IGNORED = (PRESENCE, VOICE_STATE, REQUEST_MEMBERS, REQUEST_SOUNDS)
KNOWN_INTENTS = (1 << 17) - 1 | 0b11 << 20 | 0b11 << 24
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES
SENDS_PER_MINUTE = 120
PAYLOAD_LIMIT = 4096


class Closing(Exception):
    """The gateway closes the connection with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(eq=False)
class Session:
    """What one IDENTIFY began. It outlives its connection, and keeps every dispatch for a RESUME."""

    intents: int
    shard: tuple[int, int]
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
        """Whether the intents and the shard let an event through."""
        number, count = self.shard
        shard = (int(event.guild_id) >> 22) % count if event.guild_id else 0
        return bool(self.intents & event.intent) and shard == number


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


class Gateway:
    """All sessions and connections. ``identifies`` and ``resumes`` count what was accepted."""

    def __init__(self, state: State, token: str) -> None:
        self.state = state
        self.token = token
        self.url = ""
        self.heartbeat_interval = 41_250
        self.acknowledges = True
        self.refusals = 0
        self.identifies = 0
        self.resumes = 0
        self.close_codes: list[int] = []
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()

    def emit(self, event: Event) -> None:
        """Dispatch an event to every session that wants it, connected or not."""
        if event.guild_id and event.guild_id not in self.state.guilds:
            return
        for session in list(self.sessions.values()):
            if session.wants(event):
                readable = event.open if session.intents & Intent.MESSAGE_CONTENT else None
                session.dispatch(event.name, event.payload if readable is None else readable)

    @property
    def live(self) -> list[Session]:
        """The sessions that are connected."""
        return [session for session in self.sessions.values() if session.connection]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket from HELLO to its end."""
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(timeout=1.0)
        await socket.prepare(request)
        connection = Connection(request, socket)
        self.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        try:
            await self._listen(connection)
        finally:
            self._left(connection)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    async def _listen(self, connection: Connection) -> None:
        try:
            self._greet(connection)
            async for message in connection.socket:
                self._take(connection, connection.read(message.type, message.data))
        except Closing as closing:
            self.close_codes.append(closing.code)
            await connection.socket.close(code=closing.code, message=str(closing).encode())

    def _left(self, connection: Connection) -> None:
        self.connections.discard(connection)
        session = connection.session
        if session and session.connection is connection:
            session.connection = None
            # a client that says goodbye properly ends its session; any other end can be resumed
            if connection.socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
                self.sessions.pop(session.id, None)

    def _greet(self, connection: Connection) -> None:
        query = connection.request.query
        if query.get("v", "10") != "10":
            raise Closing(4012, "Invalid API version.")
        if query.get("encoding", "json") != "json":
            raise Closing(4002, "The stand-in speaks JSON only.")
        connection.send({"op": HELLO, "t": None, "s": None, "d": {"heartbeat_interval": self.heartbeat_interval}})

    def _take(self, connection: Connection, frame: Payload) -> None:
        code, data = frame.get("op"), frame.get("d")
        if code == HEARTBEAT:
            if self.acknowledges:
                connection.send({"op": HEARTBEAT_ACK, "t": None, "s": None, "d": None})
        elif code in (IDENTIFY, RESUME):
            if connection.session:
                raise Closing(4005, "Already authenticated.")
            if not isinstance(data, dict):
                raise Closing(4002, "Error while decoding payload.")
            (self._identify if code == IDENTIFY else self._resume)(connection, data)
        elif code not in IGNORED:
            raise Closing(4001, "Unknown opcode.")
        elif not connection.session:
            raise Closing(4003, "Not authenticated.")

    def _identify(self, connection: Connection, data: Payload) -> None:
        self._authenticate(data)
        if not isinstance(data.get("properties"), dict):
            raise Closing(4002, "Error while decoding payload.")
        session = Session(self._intents(data.get("intents")), _shard(data.get("shard")))
        self.sessions[session.id] = session
        self.identifies += 1
        connection.session, session.connection = session, connection
        guilds = [guild for guild in self.state.guilds.values() if session.wants(Event("", {}, Intent(-1), guild.id))]
        session.dispatch("READY", self._ready(session, [guild.id for guild in guilds], sharded="shard" in data))
        for guild in guilds if session.intents & Intent.GUILDS else ():
            session.dispatch("GUILD_CREATE", guild.payload())

    def _authenticate(self, data: Payload) -> None:
        if data.get("token") != self.token:
            raise Closing(4004, "Authentication failed.")

    def _intents(self, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value & ~KNOWN_INTENTS:
            raise Closing(4013, "Invalid intent(s).")
        refused = PRIVILEGED if self.state.message_content else PRIVILEGED | Intent.MESSAGE_CONTENT
        if value & refused:
            raise Closing(4014, "Disallowed intent(s).")
        return value

    def _ready(self, session: Session, guild_ids: list[str], *, sharded: bool) -> Payload:
        bot = self.state.bot
        own = bot.payload() | {"mfa_enabled": False, "verified": True, "email": None}
        body: Payload = {
            "v": 10,
            "user": own,
            "guilds": [{"id": guild_id, "unavailable": True} for guild_id in guild_ids],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "application": {"id": bot.id, "flags": self.state.application_flags()},
            "user_settings": {},
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guild_join_requests": [],
            "_trace": [],
        }
        return body | {"shard": list(session.shard)} if sharded else body

    def _resume(self, connection: Connection, data: Payload) -> None:
        self._authenticate(data)
        session = self.sessions.get(str(data.get("session_id")))
        last = data.get("seq")
        if session is None or not isinstance(last, int):
            connection.send({"op": INVALID_SESSION, "t": None, "s": None, "d": False})
            return
        if last > len(session.sent):
            raise Closing(4007, "Invalid seq.")
        if session.connection:
            session.connection.close(4000)
        self.resumes += 1
        connection.session, session.connection = session, connection
        for sequence, frame in session.sent:
            if sequence > last:
                connection.send(frame)
        session.dispatch("RESUMED", {"_trace": []})

    async def drop(self, *, resumable: bool, code: int | None) -> None:
        """End all connections: cut, or closed with a code; sessions that may not be resumed are forgotten."""
        if not resumable:
            self.sessions.clear()
        for connection in list(self.connections):
            if connection.session:
                connection.session.connection = None
            connection.abort() if code is None else connection.close(code)

    def ask_to_reconnect(self) -> None:
        """Op 7: every client is to come back and resume."""
        for connection in list(self.connections):
            connection.send({"op": RECONNECT, "t": None, "s": None, "d": None})

    async def close(self) -> None:
        """Close all connections properly; the server goes away."""
        for connection in list(self.connections):
            with suppress(ConnectionError):
                await connection.socket.close(code=WSCloseCode.GOING_AWAY)


def _shard(value: object) -> tuple[int, int]:
    if value is None:
        return 0, 1
    if isinstance(value, list) and len(value) == 2 and all(isinstance(part, int) for part in value):
        number, count = value
        if 0 <= number < count:
            return number, count
    raise Closing(4010, "Invalid shard.")


def _encoder(compression: str | None) -> Callable[[str], str | bytes]:
    """Text frames, or one compressed stream over the whole connection, flushed after each frame."""
    if compression == "zstd-stream":
        zstd = zstandard.ZstdCompressor().compressobj()
        return lambda text: zstd.compress(text.encode()) + zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return lambda text: text
