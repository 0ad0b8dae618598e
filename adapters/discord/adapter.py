"""Connect the bridge to Discord: log in, listen at the gateway, open replies."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

import discord
import structlog
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from adapters.common.late_requests import refuse_late
from adapters.common.rate_limiter import RateLimiter, Rates
from adapters.discord.channels import Channels
from adapters.discord.client import Client
from adapters.discord.clock import Clock
from adapters.discord.command_questions import MARK, CommandReply, respond_in_private
from adapters.discord.errors import REQUEST_ERRORS, reason, token_refused, translated_errors
from adapters.discord.interaction_reply import InteractionReply
from adapters.discord.keys import PLATFORM, is_private_use
from adapters.discord.odd_answers import refuse_odd_answers
from adapters.discord.rate_limits import RATES, rate_limit_trace
from adapters.discord.reply import DiscordReply
from bridge import Backoff, CannotStart, ConversationKey, Declined, Intake, Turn, fingerprint

log = structlog.get_logger(__name__)

AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that is not valid (developer documentation, Gateway Close Event Codes)."""

DECLINED_REACTIONS: Mapping[Declined, str] = {"denied": "🚫", "full": "⏳", "spent": "⏳", "unasked": "🤷"}


class DiscordAdapter:
    """Serves one bot of Discord: see bridge.Adapter.

    `channels`: how mentions in a channel are answered. The addresses hold for the whole process, as
    discord.py keeps them in its classes.
    """

    platform = PLATFORM

    def __init__(
        self,
        token: str,
        api_url: str = Route.BASE,
        gateway_url: str | None = None,
        *,
        proxy: str | None = None,
        rates: Rates = RATES,
        channels: Channels = "shared",
    ) -> None:
        Route.BASE = api_url
        if gateway_url:
            DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
        self._token = token
        self._proxy = proxy
        self._channels = channels
        self._rate_limiter = RateLimiter(rates)
        self._clock = Clock()
        self._backoff = Backoff(
            "Discord", "Check this machine's network, DISCORD_API_URL, DISCORD_GATEWAY_URL and PROXY_URL."
        )

    async def __aenter__(self) -> Self:
        self._client = await self._log_in_with_retries()
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

    async def tell(self, user: str, text: str) -> None:
        """See Adapter.tell. Raises CannotShow for a person with whom the bot shares no server."""
        with translated_errors():
            person = await self._client.fetch_user(int(user))
            await person.send(text, suppress_embeds=True)

    async def decline(self, key: ConversationKey, message: str, why: Declined) -> None:
        """See Adapter.decline; the mark is a reaction, or the response to the interaction that asked.

        In a flood, what is above the rate of marks gets none.
        """
        mark = DECLINED_REACTIONS[why]
        if not self._rate_limiter.spare(key.channel, "mark"):
            return
        with suppress(*REQUEST_ERRORS):
            async with self._rate_limiter.permit(key.channel, "mark", final=False):
                await self._mark(key, message, mark)

    async def _mark(self, key: ConversationKey, message: str, mark: str) -> None:
        if interaction := self._client.tokens.held(message):
            await respond_in_private(interaction, mark)
        elif not is_private_use(key) and MARK not in message:
            channel = self._client.get_partial_messageable(int(key.channel))
            await channel.get_partial_message(int(message)).add_reaction(mark)

    def open(self, turn: Turn) -> DiscordReply:
        """See Adapter.open."""
        if is_private_use(turn.key):
            return InteractionReply(self._client, turn, self._rate_limiter, self._client.tokens.of(turn))
        client = self._client
        if MARK in turn.question:
            return CommandReply(client, turn, self._rate_limiter, client.command_questions)
        return DiscordReply(client, turn, self._rate_limiter, client.proxies.originals)

    async def listen(self, intake: Intake) -> None:
        """See Adapter.listen. Raises CannotStart when Discord refuses the token or the intents."""
        await self._client.listen_for(intake)
        announcing = asyncio.create_task(self._client.announce_commands())
        try:
            while not self._client.is_closed():
                await self._connect()
        finally:
            announcing.cancel()
            await asyncio.wait([announcing])
            await self._client.drain()

    async def _connect(self) -> None:
        """Keep the gateway connected. The library reconnects by itself; where it cannot, return after a pause.

        Raises CannotStart where another try would fail too.
        """
        try:
            async with self._client.outage.session():
                await self._client.connect()
        except discord.PrivilegedIntentsRequired:
            raise CannotStart(
                "Discord: the message content intent was switched off while the bot started. Start it again."
            ) from None
        except discord.ConnectionClosed as error:
            if error.code == AUTHENTICATION_FAILED:
                raise token_refused() from None
            raise CannotStart(f"Discord closed the gateway for good (code {error.code}).") from None
        except Exception as error:  # noqa: BLE001  the library fails over an event or a lost connection
            log.warning("Discord: the gateway is opened anew.", **fingerprint(error))
            with suppress(Exception):
                await self._client.ws.close(code=4000)
            await asyncio.sleep(self._backoff.failed(reason(error)))

    async def _log_in_with_retries(self) -> Client:
        """Return a client that is logged in; its intents include message content where the application may have it."""
        while True:
            try:
                with self._backoff.waiting():
                    client = await self._log_in(message_content=False)
                    flags = client.application_flags
                    if flags.gateway_message_content or flags.gateway_message_content_limited:
                        await client.close()
                        client = await self._log_in(message_content=True)
            except discord.LoginFailure:
                raise token_refused() from None
            except (*REQUEST_ERRORS, LookupError, TypeError, ValueError) as error:  # the last ones over an odd object
                await asyncio.sleep(self._backoff.failed(reason(error)))
            else:
                self._backoff.succeeded()
                return client

    async def _log_in(self, *, message_content: bool) -> Client:
        intents = _intents(message_content=message_content)
        trace = rate_limit_trace(self._rate_limiter, self._clock)
        trace.on_request_start.append(refuse_late)
        trace.on_request_end.append(refuse_odd_answers)
        client = Client(
            intents, self._proxy, self._backoff, self._rate_limiter, trace, self._clock, channels=self._channels
        )
        try:
            await client.login(self._token)
        except BaseException:
            await client.close()
            raise
        return client


def _intents(*, message_content: bool) -> discord.Intents:
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = True
    intents.message_content = message_content
    return intents
