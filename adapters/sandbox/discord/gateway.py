"""The gateway of the pretended Discord: sessions, intents, sequence numbers, resuming, and the close codes."""

import asyncio
from contextlib import suppress

from aiohttp import WSCloseCode, web

from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.events import Event, Intent
from adapters.sandbox.discord.gateway_connection import Closing, Connection, Session
from adapters.sandbox.discord.state import State

HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME, RECONNECT = 1, 2, 3, 4, 6, 7

REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK, REQUEST_SOUNDS = 8, 9, 10, 11, 31

IGNORED = (PRESENCE, VOICE_STATE, REQUEST_MEMBERS, REQUEST_SOUNDS)

KNOWN_INTENTS = (1 << 17) - 1 | 0b11 << 20 | 0b11 << 24

PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES


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
        """Return the sessions that are connected."""
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
        if "shard" in data:
            raise Closing(4010, "The stand-in has no shards.")
        session = Session(self._intents(data.get("intents")))
        self.sessions[session.id] = session
        self.identifies += 1
        connection.session, session.connection = session, connection
        guilds = [guild for guild in self.state.guilds.values() if session.wants(Event("", {}, Intent(-1), guild.id))]
        session.dispatch("READY", self._ready(session, [guild.id for guild in guilds]))
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

    def _ready(self, session: Session, guild_ids: list[str]) -> Payload:
        bot = self.state.bot
        own = bot.payload() | {"mfa_enabled": False, "verified": True, "email": None}
        return {
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
        """Send op 7: every client is to come back and resume."""
        for connection in list(self.connections):
            connection.send({"op": RECONNECT, "t": None, "s": None, "d": None})

    async def close(self) -> None:
        """Close all connections properly; the server goes away."""
        for connection in list(self.connections):
            with suppress(ConnectionError):
                await connection.socket.close(code=WSCloseCode.GOING_AWAY)
