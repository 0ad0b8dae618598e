"""Hand over what the gateway reports to the bridge, as discord.py's client; nothing is cached without need."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
import discord
import structlog

from adapters.common.rate_limiter import RateLimiter
from adapters.discord.backfill import Backfill, with_member
from adapters.discord.commands import register
from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.incoming import (
    FULL_MESSAGE_LENGTHS,
    PASTE_SECONDS,
    addresses,
    author_of,
    continues,
    incoming,
    is_person,
)
from adapters.discord.interaction_tokens import InteractionTokens
from adapters.discord.interactions import Interactions
from adapters.discord.keys import PLATFORM, channel_key, thread_key
from adapters.discord.threads import in_thread
from bridge import Backoff, Intake, fingerprint

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 2.0
"""How long what is being taken is waited for when the bridge leaves."""

OUTAGE_SECONDS = 15.0

GUILDS_SECONDS = 1.0
"""When no server comes for so long after a session began, all that Discord knows of are there."""

NEEDED = {"READY", "RESUMED"}
"""Events without which there is no session."""


class Client(discord.Client):
    """Hands over what the gateway reports; caches only guilds, threads and roles."""

    intake: Intake

    def __init__(
        self,
        intents: discord.Intents,
        proxy: str | None,
        backoff: Backoff,
        rate_limiter: RateLimiter,
        http_trace: aiohttp.TraceConfig,
        *,
        threads: bool = False,
    ) -> None:
        super().__init__(
            intents=intents,
            proxy=proxy,
            http_trace=http_trace,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_SECONDS,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
        )
        parsers = self._connection.parsers
        for name in parsers.keys() - NEEDED:
            parsers[name] = _skipping_errors(parsers[name])
        self.tokens = InteractionTokens()
        self._backoff = backoff
        self._threads = threads
        self._outage_timer: asyncio.TimerHandle | None = None
        self._channel_locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._expected_parts: set[tuple[int, int]] = set()
        self._backfill = Backfill(self, rate_limiter, self._channel_lock, self._take_missed)
        self._save_task: asyncio.Task[None] | None = None

    async def listen_for(self, intake: Intake) -> None:
        """Hand what comes from now on to this intake."""
        self.intake = intake
        self._interactions = Interactions(intake, self.tokens)
        await self._backfill.prepare(intake)
        self._save_task = asyncio.create_task(self._backfill.save_periodically(self._tasks))

    async def leave(self) -> None:
        """Wait for what is being taken right now: nothing comes any more."""
        if self._save_task:
            self._save_task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        if not self._tasks:
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await self._backfill.save(())
        self._backfill.stop()

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        """Pass an event on, but not that it is ready where it was closed while the library waited for guilds."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def announce_commands(self) -> None:
        """Tell Discord the commands, where they changed. Never raises: the bot is useful without."""
        try:
            if await register(self):
                log.info("Discord: the commands were registered anew.")
        except REQUEST_ERRORS as error:
            log.warning("Discord: the commands could not be registered.", **fingerprint(error))

    # Called by the library, as tasks.

    async def on_message(self, message: discord.Message) -> None:
        """Take a message that Discord shows to the bot."""
        self._backfill.observe(message.id)
        if self.user is not None and is_person(message):
            await self._shielded(self._take(message, self.user))

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Take a message that changed, but not where only a preview was added: then it was not edited."""
        message = payload.message
        if self.user is not None and is_person(message) and message.edited_at and message.content:
            await self._shielded(self._edited(message, self.user))

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Take that a message was deleted."""
        await self._shielded(self._deleted(payload.channel_id, [payload.message_id]))

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Take that a moderator deleted messages together."""
        await self._shielded(self._deleted(payload.channel_id, payload.message_ids))

    async def on_interaction(self, interaction: "discord.Interaction[Client]") -> None:
        """Take a command or a press of a button."""
        await self._shielded(self._interactions.take(interaction))

    async def on_connect(self) -> None:
        """Look for what was missed: a session begins; one that is resumed tells that itself."""
        self._backfill.begin()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Look into a server, when a session begins or its outage is over."""
        self._backfill.catch_up_guild(guild)

    async def on_ready(self) -> None:
        """Look elsewhere too: all servers are there."""
        self._end_outage()
        self._backfill.catch_up_others()
        await self._backfill.save(self._tasks)

    async def on_resumed(self) -> None:
        self._end_outage()

    async def on_disconnect(self) -> None:
        """Wait whether it lasts: Discord asks its clients to reconnect a few times a day."""
        if self._outage_timer is None:
            self._outage_timer = self.loop.call_later(OUTAGE_SECONDS, self._backoff.failed, "the gateway is closed")

    def _end_outage(self) -> None:
        if self._outage_timer:
            self._outage_timer.cancel()
            self._outage_timer = None
        self._backoff.succeeded()

    async def _shielded(self, taking: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(taking)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)

    def _channel_lock(self, channel: int) -> asyncio.Lock:
        """What happens in a place happens one after the other: a message whose file is still read is not overtaken."""
        return self._channel_locks.setdefault(channel, asyncio.Lock())

    async def _take(self, message: discord.Message, me: discord.ClientUser) -> None:
        async with self._channel_lock(message.channel.id):
            more = await self._continues_paste(message)
            if not more and not await self._is_addressed(message, me):
                return
            await self._backfill.before(message)
            await self._receive(message, me, more=more)

    async def _take_missed(self, message: discord.Message) -> None:
        """A message of before, in its place: as it would have been taken then."""
        if self.user is None or not is_person(message):
            return
        if (await self.intake.seen(PLATFORM, str(message.id)) or 0) > message.id:
            return  # forgotten in the thread on it
        more = await self._continues_paste(message)
        if more or await self._is_addressed(message, self.user):
            await with_member(message)
            await self._shielded(self._receive(message, self.user, more=more))

    async def _receive(self, message: discord.Message, me: discord.ClientUser, *, more: bool) -> None:
        ends_full = len(message.content) in FULL_MESSAGE_LENGTHS
        if ends_full:
            self._expect_part(message)
        wait = PASTE_SECONDS if ends_full else 0.0
        asked = await incoming(message, me, more=more, wait=wait)
        await self.intake.receive(await in_thread(asked, message, self.intake) if self._threads else asked)

    def _expect_part(self, message: discord.Message) -> None:
        part = (message.channel.id, message.author.id)
        self._expected_parts.add(part)
        self.loop.call_later(2 * PASTE_SECONDS, self._expected_parts.discard, part)

    async def _continues_paste(self, message: discord.Message) -> bool:
        """Tell whether it is the next part of a text that was too long for one message."""
        if not message.content or (message.channel.id, message.author.id) not in self._expected_parts:
            return False
        self._expected_parts.discard((message.channel.id, message.author.id))
        return await self.intake.expects(channel_key(message.channel.id), author_of(message), "paste")

    async def _edited(self, message: discord.Message, me: discord.ClientUser) -> None:
        async with self._channel_lock(message.channel.id):
            edited = await incoming(message, me, only_words=True)
            await self.intake.edited(edited)
            if message.flags.has_thread:
                await self.intake.edited(replace(edited, key=thread_key(message.id)))

    async def _deleted(self, channel: int, messages: Iterable[int]) -> None:
        async with self._channel_lock(channel):
            await self.intake.deleted(channel_key(channel), [str(message) for message in messages])
            for message in messages:
                await self.intake.deleted(thread_key(message), [str(message)])

    async def _is_addressed(self, message: discord.Message, me: discord.ClientUser) -> bool:
        if addresses(message, me):
            return True
        thread = message.channel
        if not isinstance(thread, discord.Thread) or not self.intents.message_content or not continues(message, me):
            return False
        return thread.owner_id == me.id or await self.intake.knows(channel_key(thread.id))


def _skipping_errors(parse: Callable[[Any], object]) -> Callable[[Any], None]:
    """The library would give up the connection over an event that it cannot read, and what is said meanwhile."""

    def parse_or_skip(data: object) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001  whatever is wrong with one event, the next one counts
            log.warning("Discord: an event could not be read and is passed over.", **fingerprint(error))

    return parse_or_skip
