"""The Discord adapter: logs in, listens at the gateway, and records what is meant for the bot."""

import asyncio
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
from adapters.discord.reply import DiscordReply
from bridge import CannotStart, Intake, Outage, Pace, Turn

log = structlog.get_logger(__name__)

PACE_SECONDS = 1.3
"""Between two edits in one channel: Discord commonly allows five in five seconds."""

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
        pace: float = PACE_SECONDS,
    ) -> None:
        # The library keeps both addresses in its classes.
        Route.BASE = api_url
        if gateway_url:
            DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
        self._token = token
        self._proxy = proxy
        self._pace_seconds = pace
        self._paces: WeakValueDictionary[str, Pace] = WeakValueDictionary()
        self._outage = Outage("Discord", "Check this machine's network, DISCORD_API_URL and PROXY_URL.")

    async def __aenter__(self) -> Self:
        entitled = await self._until_reached()
        self._client = _Client(_intents(message_content=entitled), self._proxy, self._outage)
        try:
            await self._client.login(self._token)
        except BaseException:
            await self._client.close()
            raise
        log.info(f"Discord: logged in as {self._client.user}.")
        if not entitled:
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
        return DiscordReply(self._client, turn, self._pace(turn.key.channel))

    async def listen(self, intake: Intake) -> None:
        """See Adapter.listen. Raises CannotStart when Discord does not take the token or the intents any more."""
        self._client.intake = intake
        while True:
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
            except AttributeError:
                # The library stumbles over its missing websocket when the very first connection fails.
                if self._client.ws:
                    raise
                await asyncio.sleep(self._outage.failed("no gateway"))
            else:
                return

    async def _until_reached(self) -> bool:
        """Whether the application may read all messages: asking for that intent where it may not ends the login."""
        while True:
            probe = discord.Client(intents=_intents(message_content=False), proxy=self._proxy)
            try:
                await probe.login(self._token)
            except discord.LoginFailure:
                raise _refused() from None
            except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
                await asyncio.sleep(self._outage.failed(_why(error)))
            else:
                self._outage.over()
                flags = probe.application_flags
                return flags.gateway_message_content or flags.gateway_message_content_limited
            finally:
                await probe.close()

    def _pace(self, channel: str) -> Pace:
        """One for each channel that something is being shown in."""
        return self._paces.setdefault(channel, Pace(self._pace_seconds))


class _Client(discord.Client):
    """The library's client; nothing is cached but what guilds, threads and roles need."""

    intake: Intake

    def __init__(self, intents: discord.Intents, proxy: str | None, outage: Outage) -> None:
        super().__init__(
            intents=intents,
            proxy=proxy,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
        )
        self._outage = outage
        self._taking: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def on_message(self, message: discord.Message) -> None:
        """Called by the library, as a task, for each message that Discord shows to the bot."""
        me = self.user
        if me is None or not is_person(message):
            return
        # One after the other: a message whose file is still being read is not overtaken.
        async with self._taking.setdefault(message.channel.id, asyncio.Lock()):
            if await self._is_meant(message, me):
                await self.intake.receive(await incoming(message, me))

    async def on_ready(self) -> None:
        self._outage.over()

    async def on_resumed(self) -> None:
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
