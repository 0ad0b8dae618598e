"""The Discord adapter: logs in, listens at the gateway, and records what is meant for the bot."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

import aiohttp
import discord
import structlog
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from adapters.discord.incoming import PLATFORM, addresses, continues, incoming, is_person, key
from adapters.discord.limits import RATES, learning
from adapters.discord.reply import DiscordReply
from bridge import Budget, CannotStart, Intake, Outage, Rates, Turn, fingerprint

log = structlog.get_logger(__name__)

AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that is not valid any more."""


class DiscordAdapter:
    """See bridge.Adapter."""

    platform = PLATFORM

    def __init__(
        self,
        token: str,
        api_url: str = Route.BASE,
        gateway_url: str | None = None,
        *,
        proxy: str | None = None,
        rates: Rates = RATES,
    ) -> None:
        # The library keeps both addresses in its classes.
        Route.BASE = api_url
        if gateway_url:
            DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
        self._token = token
        self._proxy = proxy
        self._budget = Budget(rates)
        self._outage = Outage("Discord", "Check this machine's network, DISCORD_API_URL and PROXY_URL.")

    async def __aenter__(self) -> Self:
        self._client = await self._until_logged_in()
        log.info(f"Discord: logged in as {self._client.user}.")
        if not self._client.intents.message_content:
            log.info(
                "Discord: without the message content intent the bot sees mentions, replies with a ping and direct "
                "messages. For threads without mentions switch it on in the developer portal: your app, Bot."
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    def open(self, turn: Turn) -> DiscordReply:
        """See Adapter.open."""
        return DiscordReply(self._client, turn, self._budget)

    async def listen(self, intake: Intake) -> None:
        """See Adapter.listen. Raises CannotStart when Discord does not take the token or the intents any more."""
        self._client.intake = intake
        try:
            while True:
                await self._connect()
        finally:
            await self._client.taken()

    async def _connect(self) -> None:
        """One life of the gateway, which the library renews by itself; returns where it could not."""
        try:
            await self._client.connect()
        except discord.PrivilegedIntentsRequired:
            raise CannotStart(
                "Discord: the message content intent was switched off while the bot started. Start it again."
            ) from None
        except discord.ConnectionClosed as error:
            if error.code == AUTHENTICATION_FAILED:
                raise _refused() from None
            raise CannotStart(f"Discord closed the gateway for good (code {error.code}).") from None
        except Exception as error:  # noqa: BLE001  an odd event, or the library's stumbling over a lost connection
            log.warning("Discord: the gateway is opened anew.", **fingerprint(error))
            with suppress(Exception):
                await self._client.ws.close(code=4000)
            await asyncio.sleep(self._outage.failed(_why(error)))

    async def _until_logged_in(self) -> "_Client":
        """A client that is logged in. It asks for all messages where the application may read them, and only there."""
        while True:
            try:
                client = await self._log_in(message_content=False)
                flags = client.application_flags
                if flags.gateway_message_content or flags.gateway_message_content_limited:
                    await client.close()
                    client = await self._log_in(message_content=True)
            except discord.LoginFailure:
                raise _refused() from None
            except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
                await asyncio.sleep(self._outage.failed(_why(error)))
            else:
                self._outage.over()
                return client

    async def _log_in(self, *, message_content: bool) -> "_Client":
        client = _Client(_intents(message_content=message_content), self._proxy, self._outage, learning(self._budget))
        try:
            await client.login(self._token)
        except BaseException:
            await client.close()
            raise
        return client


TAKING_SECONDS = 2.0
"""How long a message that is being taken is waited for when the bridge leaves."""

OUTAGE_SECONDS = 15.0


class _Client(discord.Client):
    """The library's client; nothing is cached but what guilds, threads and roles need."""

    intake: Intake

    def __init__(
        self, intents: discord.Intents, proxy: str | None, outage: Outage, http_trace: aiohttp.TraceConfig
    ) -> None:
        super().__init__(
            intents=intents,
            proxy=proxy,
            http_trace=http_trace,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
        )
        self._outage = outage
        self._lost: asyncio.TimerHandle | None = None
        self._places: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._taking: set[asyncio.Task[None]] = set()

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        """The library waits two seconds for guilds and then says that it is ready, also where it was closed since."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_message(self, message: discord.Message) -> None:
        """Called by the library, as a task, for each message that Discord shows to the bot."""
        me = self.user
        if me is None or not is_person(message):
            return
        taking = asyncio.create_task(self._take(message, me))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        await asyncio.shield(taking)

    async def taken(self) -> None:
        """Waits for the messages that are being taken right now."""
        if self._taking:
            await asyncio.wait(self._taking, timeout=TAKING_SECONDS)

    async def _take(self, message: discord.Message, me: discord.ClientUser) -> None:
        # One after the other: a message whose file is still being read is not overtaken.
        async with self._places.setdefault(message.channel.id, asyncio.Lock()):
            if await self._is_meant(message, me):
                await self.intake.receive(await incoming(message, me))

    async def on_ready(self) -> None:
        self._reached()

    async def on_resumed(self) -> None:
        self._reached()

    async def on_disconnect(self) -> None:
        """Discord asks its clients to reconnect a few times a day: only what lasts is an outage."""
        if self._lost is None:
            self._lost = self.loop.call_later(OUTAGE_SECONDS, self._outage.failed, "the gateway is closed")

    def _reached(self) -> None:
        if self._lost:
            self._lost.cancel()
            self._lost = None
        self._outage.over()

    async def _is_meant(self, message: discord.Message, me: discord.ClientUser) -> bool:
        if addresses(message, me):
            return True
        thread = message.channel
        if not isinstance(thread, discord.Thread) or not self.intents.message_content or not continues(message, me):
            return False
        return thread.owner_id == me.id or await self.intake.knows(key(message))


def _intents(*, message_content: bool) -> discord.Intents:
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = True
    intents.message_content = message_content
    return intents


def _refused() -> CannotStart:
    return CannotStart(
        "Discord refuses DISCORD_BOT_TOKEN. Copy it from the developer portal: your app, Bot, Reset Token; "
        "and check DISCORD_API_URL if you set it."
    )


def _why(error: Exception) -> str:
    if isinstance(error, discord.HTTPException):
        return f"HTTP {error.status}"
    reason = error.strerror if isinstance(error, OSError) else None
    return (reason or type(error).__name__).lower()
