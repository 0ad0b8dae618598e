"""The server of the pretended Discord: what a test makes there, orders and reads; the package tells how to use it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Self, TypeVar

from aiohttp import web

from adapters.sandbox.discord.channels import Channel, Guild
from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.gateway import Gateway
from adapters.sandbox.discord.interaction_actions import InteractionActions
from adapters.sandbox.discord.interactions import Interaction
from adapters.sandbox.discord.message import COMMAND, DEFAULT, MENU, REPLY, Message
from adapters.sandbox.discord.message_actions import MessageActions
from adapters.sandbox.discord.rate_limits import Fault, Match, Rule, path_pattern
from adapters.sandbox.discord.requests import Request
from adapters.sandbox.discord.rest import PREFIX, REQUEST_LIMIT, Rest
from adapters.sandbox.discord.state import State
from adapters.sandbox.discord.users import User

T = TypeVar("T")

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.PLACE.placeholder-not-a-real-token-000"  # noqa: S105  a placeholder of its own, which no server takes


class FakeDiscord(MessageActions, InteractionActions):
    """The server, the people on it, and everything that can go wrong. Use it as an async context manager."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.state = State()
        self.rest = Rest(self.state, TOKEN)
        self.interactions, self.known_commands = self.rest.interactions, self.rest.commands
        self.gateway = Gateway(self.state, TOKEN)
        self.state.emit = self.gateway.emit
        self.api_url = ""
        self.gateway_url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2 * REQUEST_LIMIT)
        app.router.add_get("/gateway", self.gateway.handle)
        self.rest.attach_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.state.base_url = f"http://127.0.0.1:{port}"
        self.api_url = self.state.base_url + PREFIX
        self.gateway_url = self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.rest.closing.set()
        await self.gateway.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def bot(self) -> User:
        """Return the bot's user; its application has the same id."""
        return self.state.bot

    @property
    def message_content(self) -> bool:
        """Tell whether the message content intent is switched on in the portal."""
        return self.state.message_content

    @message_content.setter
    def message_content(self, value: bool) -> None:
        self.state.message_content = value

    # places and people

    def user(self, name: str, *, bot: bool = False) -> User:
        """Make a user, or another bot."""
        return self.state.user(name, bot=bot)

    def guild(self, name: str = "guild", *, bot_role: bool = True) -> Guild:
        """Make a guild with the bot in it, with its managed role."""
        return self.state.guild(name, bot_role=bot_role)

    def foreign_guild(self, name: str = "foreign") -> Guild:
        """Make a guild that the bot has not joined."""
        return self.state.guild(name, bot_role=False, joined=False)

    def dm(self, user: User) -> Channel:
        """Return the direct conversation of a user with the bot."""
        return self.state.dm(user)

    def conversation(self, *people: User) -> Channel:
        """Make a direct conversation between people, without the bot."""
        return self.state.conversation(*people)

    # what the bot did

    def answers(self, channel: Channel) -> list[Message]:
        """Return the bot's own messages that are still there and say something to all, oldest first."""
        own = [m for m in channel.messages if m.author is self.bot and not m.deleted and not m.thinking]
        return [message for message in own if message.type in (DEFAULT, REPLY, COMMAND, MENU)]

    @property
    def commands(self) -> list[Payload]:
        """Return the global application commands as they are registered."""
        return self.known_commands.registered

    @property
    def command_writes(self) -> int:
        """Count how often the application commands were written."""
        return self.known_commands.writes

    @property
    def typing(self) -> list[tuple[str, float]]:
        """Return every typing notice: channel id and time.monotonic()."""
        return self.rest.messages.typing

    @property
    def requests(self) -> list[Request]:
        """Return every request to the API, answered or not."""
        return self.rest.requests

    @property
    def downloads(self) -> list[Request]:
        """Return every request for a file."""
        return self.rest.downloads

    @property
    def routes(self) -> frozenset[str]:
        """Return the routes that are served, as ``Request.route`` names them."""
        return frozenset(route.name for route in self.rest.routes)

    @property
    def unknown_routes(self) -> list[str]:
        """List method and path of the requests that the server has no route for."""
        return self.rest.unknown_routes

    @property
    def rate_limited(self) -> int:
        """Count how many requests were answered with 429."""
        return sum(request.status == 429 for request in self.requests)

    def asked(self, method: str, path: str) -> list[Request]:
        """Return the requests with this method and path; in the path ``*`` is one part and ``**`` several."""
        pattern = path_pattern(path)
        return [request for request in self.requests if request.method == method and pattern.fullmatch(request.path)]

    # trouble

    def fault(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        body: Payload | str | None = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        after: int = 0,
        delay: float = 0.0,
        drop: bool = False,
        effect: bool = False,
        match: Match | None = None,
    ) -> None:
        """Answer the next ``times`` matching requests, after ``after`` ordinary ones, by this instead.

        ``path`` may hold ``*`` and ``**``. ``delay``: seconds before the answer; alone, only that. ``drop``: the
        connection is cut without an answer. ``effect``: what was asked for happens nevertheless. ``match``: only
        requests with such JSON objects.
        """
        pattern = path_pattern(path)
        fault = Fault(method, pattern, status, body, headers or {}, times, after, delay, drop, effect, match)
        self.rest.faults.add(fault)

    @property
    def pending_faults(self) -> int:
        """Count how many faults are still to come."""
        return self.rest.faults.pending

    def clear_faults(self) -> None:
        """Forget all faults."""
        self.rest.faults.clear()

    def limit(
        self,
        *,
        sends: Rule | None = None,
        edits: Rule | None = None,
        typing: Rule | None = None,
        reactions: Rule | None = None,
        global_per_second: int | None = None,
    ) -> None:
        """Change rate limits: requests and seconds, per channel. What is not given stays."""
        rules = {"sends": sends, "edits": edits, "typing": typing, "reactions": reactions}
        self.rest.limits.rules |= {name: rule for name, rule in rules.items() if rule is not None}
        if global_per_second is not None:
            self.rest.limits.global_per_second = global_per_second

    async def drop_gateway(self, *, resumable: bool = True, code: int | None = None) -> None:
        """Cut the gateway connections, or close them with ``code``; unless ``resumable``, RESUME is refused (op 9)."""
        await self.gateway.drop(resumable=resumable, code=code)

    def refuse_gateway(self, *, times: int) -> None:
        """Answer the next ``times`` attempts to connect to the gateway with 503."""
        self.gateway.refusals = times

    async def ask_to_reconnect(self) -> None:
        """Ask the clients to reconnect (op 7), as Discord does a few times a day."""
        self.gateway.ask_to_reconnect()

    # waiting

    async def connected(self, count: int = 1, *, within: float = 10.0) -> None:
        """Wait until ``count`` sessions are connected."""
        await self.until(lambda: len(self.gateway.live) >= count, within=within)

    async def answer(self, used: Interaction, *, within: float = 10.0) -> Message:
        """Wait for the message that first came of an interaction, until it says something."""
        response = await self.until(lambda: [used.response] if used.response else [], within=within)
        return response[0]

    async def until(self, condition: Callable[[], T], *, within: float = 10.0) -> T:
        """Wait until a condition holds and give what it found; fail after ``within`` seconds."""
        deadline = time.monotonic() + within
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {within} s; unknown routes: {self.unknown_routes}")
            await asyncio.sleep(0.005)
        return found
