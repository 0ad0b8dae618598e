"""Hand over to the bridge what the gateway delivers: discord.py's client, with as little cached as it allows."""

import asyncio
import sys
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
import discord
import structlog

from adapters.common.rate_limiter import RateLimiter
from adapters.common.readable import Json
from adapters.discord.backfill import Backfill, with_member
from adapters.discord.channels import Channels, Place, beside
from adapters.discord.clock import Clock
from adapters.discord.command_questions import CommandQuestions
from adapters.discord.commands import register
from adapters.discord.deadlines import DeadlineConnector
from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.grouping import Acts
from adapters.discord.incoming import addresses, continues, incoming, is_person, unread
from adapters.discord.interaction_tokens import InteractionTokens
from adapters.discord.interactions import Interactions
from adapters.discord.keys import PLATFORM, channel_key, thread_key
from adapters.discord.outage import Outage
from adapters.discord.parsing import MessageParser
from adapters.discord.proxies import Proxies
from adapters.discord.threads import beginning, in_thread
from adapters.discord.unread import tell_unread
from bridge import Backoff, Incoming, Intake, fingerprint

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 2.0
"""How long shutdown waits for events that are still being recorded."""

GUILDS_SECONDS = 1.0
"""A session counts as complete when no further server was listed for so long (discord.py, guild_ready_timeout)."""


class Client(discord.Client):
    """Hands events of the gateway to an intake, in the order of each channel; caches only guilds, threads and roles.

    `channels`: how mentions in a channel are answered.
    """

    intake: Intake

    def __init__(
        self,
        intents: discord.Intents,
        proxy: str | None,
        backoff: Backoff,
        rate_limiter: RateLimiter,
        http_trace: aiohttp.TraceConfig,
        clock: Clock,
        *,
        channels: Channels = "shared",
    ) -> None:
        super().__init__(
            intents=intents,
            proxy=proxy,
            connector=DeadlineConnector(),
            http_trace=http_trace,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_SECONDS,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
        )
        self._parser = MessageParser(self, self._connection)
        self._parser.guard(
            self._connection.parsers, partial(self.dispatch, "unread"), partial(self.dispatch, "passed_over")
        )
        self.tokens = InteractionTokens()
        self.proxies = Proxies()
        self.command_questions = CommandQuestions(self, self.tokens, self.proxies)
        self._channels = channels
        self.outage = Outage(backoff)
        self._channel_locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._acts = Acts()
        self._backfill = Backfill(self, rate_limiter, self._channel_lock, self.parsed, self._take_missed, clock)
        self._save_task: asyncio.Task[None] | None = None

    def parsed(self, data: Json, channel: object = None) -> discord.Message | None:
        """Return the message for an object of Discord's API: see MessageParser.parsed."""
        return self._parser.parsed(data, channel)

    async def listen_for(self, intake: Intake) -> None:
        """Hand events from now on to this intake; to be called before connecting."""
        self.intake = self.command_questions.intake = intake
        self._interactions = Interactions(intake, self.tokens, self.command_questions, self._channels)
        await self._backfill.prepare(intake)
        self._save_task = asyncio.create_task(self._backfill.save_periodically(self._tasks))

    async def drain(self) -> None:
        """Wait up to DRAIN_SECONDS for events that are being recorded, and save the backfill cursor."""
        if self._save_task:
            self._save_task.cancel()
            await asyncio.wait([self._save_task])
        self._backfill.stop()  # first, so that it begins nothing more
        await asyncio.sleep(0)  # events that the gateway has delivered begin
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        if not self._tasks:
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await self._backfill.save(())

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        """Dispatch an event of the library, unless the client is closed: "ready" may come after that."""
        if self.is_closed():
            return
        if event == "disconnect":  # the library dispatches it while it handles the error, and logs that itself
            self.outage.begin(sys.exception())
        super().dispatch(event, *args, **kwargs)

    async def announce_commands(self) -> None:
        """Register the commands with Discord where they changed. Never raises: the bot is useful without."""
        try:
            if await register(self):
                log.info("Discord: the commands were registered anew.")
        except REQUEST_ERRORS as error:
            log.warning("Discord: the commands could not be registered.", **fingerprint(error))

    # Called by the library, as tasks.

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """Log what the handler of an event raised, and never its words: the library would drop it unseen."""
        error = sys.exception()
        if error:
            log.error(
                "Discord: an event could not be handled and is passed over.", kind=event_method, **fingerprint(error)
            )
            await self.intake.passed_over(PLATFORM, "", event_method, type(error).__name__)

    async def on_message(self, message: discord.Message) -> None:
        """Record a message, if it is meant for the bot."""
        self._backfill.observe(message.id)
        if message.webhook_id is not None:
            self.proxies.said(message)
        if self.user is not None and is_person(message):
            if message.guild and (addresses(message, self.user) or isinstance(message.channel, discord.Thread)):
                self.proxies.asked(message)
            await self._shielded(self._take(message, self.user))

    async def on_unread(self, message: Json) -> None:
        """Tell the author of a message that it cannot be read."""
        await tell_unread(self, self.intake, message)

    async def on_passed_over(self, event: str, data: object, error: Exception) -> None:
        """Record that an event cannot be read."""
        channel = data.get("channel_id") if isinstance(data, dict) else None
        known = channel if isinstance(channel, str) and channel.isdecimal() else ""
        await self.intake.passed_over(PLATFORM, known, event, type(error).__name__)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Record the edit of a message; a link preview that Discord adds is none (it sets no edited_at)."""
        message = payload.message
        if self.user is not None and is_person(message) and message.edited_at and message.content:
            await self._shielded(self._edited(message, self.user))

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Record that a message was deleted: its author takes it back, or a proxy has said it again."""
        await self._shielded(self._taken_back(payload.channel_id, payload.message_id))

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Record that a moderator deleted several messages at once."""
        await self._shielded(self._deleted(payload.channel_id, payload.message_ids))

    async def on_interaction(self, interaction: "discord.Interaction[Client]") -> None:
        """Answer a command or a press of a button."""
        await self._shielded(self._interactions.take(interaction))

    async def on_connect(self) -> None:
        """Begin a backfill: the session is new, as a resumed one raises on_resumed instead."""
        self.outage.answered()
        self._backfill.begin()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Backfill a server, which the session lists or whose outage is over."""
        self._backfill.catch_up_guild(guild)

    async def on_ready(self) -> None:
        """Backfill the channels that no server lists, now that all servers are known."""
        self.outage.end()
        self._backfill.catch_up_others()
        await self._backfill.save(self._tasks)

    async def on_resumed(self) -> None:
        """End an outage: the session goes on, and the gateway delivers what was missed."""
        self.outage.end()

    async def _shielded(self, recording: Coroutine[Any, Any, None]) -> None:
        # What has begun to be recorded is recorded to the end, though the task of its event may be cancelled.
        task = asyncio.create_task(recording)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)

    def _channel_lock(self, channel: int) -> asyncio.Lock:
        """Return the lock of a channel: its events are taken one by one, so that none overtakes a slow download."""
        return self._channel_locks.setdefault(channel, asyncio.Lock())

    async def _take(self, message: discord.Message, me: discord.ClientUser) -> None:
        async with self._channel_lock(message.channel.id):
            goes_on = await self._acts.continued(message, self.intake)
            if not goes_on and not await self._is_addressed(message, me):
                self._acts.pass_over(message)
                return
            await self._backfill.catch_up_before(message)
            await self._receive(message, me, goes_on)

    async def _take_missed(self, message: discord.Message) -> None:
        """Record a missed message. The caller holds the channel's lock."""
        if self.user is None or not is_person(message):
            return
        if (await self.intake.seen(PLATFORM, str(message.id)) or 0) > message.id:
            return  # forgotten in the thread on it
        goes_on = await self._acts.continued(message, self.intake)
        if goes_on or await self._is_addressed(message, self.user):
            await with_member(message)
            await self._shielded(self._receive(message, self.user, goes_on))
        else:
            self._acts.pass_over(message)

    async def _receive(self, message: discord.Message, me: discord.ClientUser, place: Place | None) -> None:
        """Record a question; `place`: where the question belongs that it goes on with, or None."""
        if place is None and self._channels == "replies":
            place = await beside(message, self.intake)
        place = place or Place(channel_key(message.channel.id))
        grouping = self._acts.begun(message, place)
        more: dict[str, Any] = {"group": grouping.group, "wait": grouping.wait, "forwarded": grouping.forwarded}
        costs = message.attachments or message.message_snapshots or message.reference or grouping.forwarded
        if costs or self._channels == "threads" or isinstance(message.channel, discord.Thread):
            bare = unread(message, me, await self._known_place(message, replace(place, group=grouping.group)))
            await self.intake.receive(bare, partial(self._read, message, me, place, more))
        else:
            await self.intake.receive(await incoming(message, me, place, **more))

    async def _known_place(self, message: discord.Message, place: Place) -> Place:
        """Return the place of a message; the thread on it, where that is a conversation already."""
        thread = thread_key(message.id)
        known = self._channels == "threads" and await self.intake.knows(thread)
        return replace(place, key=thread) if known else place

    async def _read(self, message: discord.Message, me: discord.ClientUser, place: Place, more: Any) -> Incoming:
        """Return a question with all that belongs to it: files are fetched, a thread begun. `more`: for incoming()."""
        begun_on = await beginning(message.channel, message.id, me, self.intake)
        asked = await incoming(message, me, place, begun_on=begun_on, **more)
        return await in_thread(asked, message, self.intake) if self._channels == "threads" else asked

    async def _edited(self, message: discord.Message, me: discord.ClientUser) -> None:
        async with self._channel_lock(message.channel.id):
            for key in (channel_key(message.channel.id), thread_key(message.id))[: 1 + message.flags.has_thread]:
                place = Place(key)
                read = partial(incoming, message, me, place, only_words=True) if message.attachments else None
                await self.intake.edited(unread(message, me, place), read)

    async def _taken_back(self, channel: int, message: int) -> None:
        again = await self.proxies.said_again(message)
        if again is None:
            await self._deleted(channel, [message])
            return
        async with self._channel_lock(channel):
            for key in (channel_key(channel), thread_key(message)):
                await self.intake.said_again(key, str(message), str(again))

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
