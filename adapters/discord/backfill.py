"""Fetch the messages that people wrote while the bot was offline, and hand them over as if they came now.

The store keeps a cursor: the id of the newest message up to which every channel was read. Message ids are snowflakes,
which grow with time (Discord's developer documentation, Snowflakes), so a channel whose last message has a larger id
holds something that was missed. Backfill runs when a gateway session begins; a resumed session misses nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import discord
import structlog

from adapters.common.rate_limiter import RateLimiter
from adapters.discord.clock import Clock
from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.keys import PLATFORM
from bridge import Intake, fingerprint

log = structlog.get_logger(__name__)

MAX_MESSAGES = 100
"""Missed messages fetched for a channel, the newest: the most per request (developer documentation, Get Messages)."""

MAX_AGE = timedelta(hours=24)
"""Older messages are not answered: nobody waits for them any more. Telegram keeps updates for as long, too."""

MAX_CHANNELS = 200
"""Direct messages and archived threads cost a request each, so only the most recently used ones are asked for."""

MAX_CONCURRENT = 4
"""Channels read at the same time. A question that comes now waits for its own channel alone."""

MARGIN_MILLISECONDS = 10_000
"""How far behind the newest id the cursor stays, as events do not come quite in the order of their ids.

What is read twice for that is dropped by the store as a duplicate.
"""

SAVE_SECONDS = 10.0
"""Seconds between two attempts to save the cursor."""

RETRY_PAUSES = (1.0, 5.0, 25.0)
"""Seconds before each further try to read a channel; after the last one it is left to the next session."""

GuildChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Channel = GuildChannel | discord.DMChannel | discord.GroupChannel | discord.PartialMessageable


CLOCKS_DIFFER = timedelta(days=1)
"""How far Discord's ids may be ahead of its clock, which is this machine's until Discord has said the time."""


class Backfill:
    """Finds missed messages and hands each to `take`, oldest first, while the channel's lock is held.

    `channel_lock` returns the lock of a channel by its id; live messages are taken under the same lock. `parsed`
    returns the message for an object of Discord's API in a channel: see MessageParser.parsed. `clock`: Discord's.
    """

    def __init__(
        self,
        client: discord.Client,
        rate_limiter: RateLimiter,
        channel_lock: Callable[[int], asyncio.Lock],
        parsed: Callable[[Any, object], discord.Message | None],
        take: Callable[[discord.Message], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._client = client
        self._rate_limiter = rate_limiter
        self._channel_lock = channel_lock
        self._parsed = parsed
        self._take = take
        self._clock = clock
        self._cursor: int | None = None
        self._newest = 0
        self._after: int | None = None
        self._ready = self._failed = False
        self._done: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._semaphore = asyncio.Semaphore(MAX_CONCURRENT)

    async def prepare(self, intake: Intake) -> None:
        """Load the cursor from the intake; to be called before the first session begins."""
        self._intake = intake
        self._cursor = await intake.seen(PLATFORM)

    def begin(self) -> None:
        """Begin a new gateway session: every channel may hold missed messages again."""
        self.stop()
        self._ready = self._failed = False
        self._done = set()
        if self._cursor is not None:
            oldest = discord.utils.time_snowflake(self._clock.now() - MAX_AGE)
            self._after = max(self._cursor, oldest)

    def stop(self) -> None:
        """Cancel all reading; what was not read is read in the next session, as the cursor does not advance."""
        self._failed = self._failed or bool(self._tasks)
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    def catch_up_guild(self, guild: discord.Guild) -> None:
        """Start reading all channels and threads of a server that hold missed messages, in the background."""
        channels: list[GuildChannel] = [
            *guild.text_channels,
            *guild.voice_channels,
            *guild.stage_channels,
            *guild.threads,
        ]
        for channel in channels:
            self.observe(channel.last_message_id or 0)
            if not self._is_behind(channel.last_message_id) or not _readable(channel):
                self._done.add(channel.id)
            elif channel.id not in self._done:
                self._start(self._catch_up(channel))

    def catch_up_others(self) -> None:
        """Start reading direct messages and archived threads, which a session does not list.

        To be called when the session has listed all servers: from then on the cursor may advance.
        """
        if self._after is not None:
            self._start(self._catch_up_known_channels())
        self._ready = True

    async def catch_up_before(self, message: discord.Message) -> None:
        """Take what was missed in the channel of a live message first. The caller holds the channel's lock."""
        done = self._done  # of this session: another one may begin meanwhile
        if self._after is not None and message.channel.id not in done:
            # All up to now, not up to this message: delivered twice or late, it may be older than missed ones.
            await self._with_retries(lambda: self._take_all(message.channel))
            done.add(message.channel.id)

    def observe(self, message: int) -> None:
        """Note that a message with this id exists; the cursor advances towards the largest one.

        An id from beyond tomorrow is none of Discord's: with it all that comes until then would count as seen.
        """
        if message < discord.utils.time_snowflake(self._clock.now() + CLOCKS_DIFFER):
            self._newest = max(self._newest, message)

    async def save_periodically(self, taking: Collection[asyncio.Task[None]]) -> None:
        """Save the cursor every SAVE_SECONDS, until cancelled. `taking`: see save."""
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self.save(taking)

    async def save(self, taking: Collection[asyncio.Task[None]]) -> None:
        """Save the cursor once the tasks in `taking` have ended; do nothing while a channel is still to be read."""
        # Without a cursor this is the first start: what was written before it is not answered at all.
        upto = self._newest if self._cursor is None else self._newest - (MARGIN_MILLISECONDS << 22)
        if not self._ready or self._tasks or self._failed or (self._cursor is not None and upto <= self._cursor):
            return
        if taking:
            await asyncio.wait(list(taking))
        await self._intake.saw(PLATFORM, upto)
        self._cursor = upto

    def _is_behind(self, last: int | None) -> bool:
        return self._after is not None and last is not None and last > self._after

    def _start(self, reading: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(reading)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _catch_up_known_channels(self) -> None:
        for key in await self._intake.places(PLATFORM, MAX_CHANNELS):
            channel = int(key.channel)
            if channel not in self._done and self._client.get_channel(channel) is None:
                await self._with_retries(partial(self._catch_up_by_id, channel))

    async def _catch_up_by_id(self, channel_id: int) -> None:
        """Read a channel that no server listed, if it holds missed messages."""
        async with self._rate_limiter.permit(str(channel_id), "read", final=False):
            last = (await self._client.http.get_channel(channel_id)).get("last_message_id")
        if not self._is_behind(int(str(last)) if last else None):
            return
        channel = await self._client.fetch_channel(channel_id)
        if isinstance(channel, Channel):
            self._start(self._catch_up(channel))

    async def _catch_up(self, channel: Channel) -> None:
        async with self._semaphore, self._channel_lock(channel.id):
            if channel.id not in self._done:
                await self._with_retries(lambda: self._take_all(channel))
                self._done.add(channel.id)

    async def _take_all(self, channel: Channel) -> None:
        """Take the missed messages of a channel, oldest first. Raises what the library raises."""
        channel_id = str(channel.id)
        forgotten = await self._intake.seen(PLATFORM, channel_id) or 0
        after = max(self._after or 0, forgotten)
        async with self._rate_limiter.permit(channel_id, "read", final=False):
            newest = await self._client.http.logs_from(channel.id, MAX_MESSAGES)
        # The library's own history() ends at a message that it cannot read.
        missed = [self._parsed(data, channel) for data in reversed(newest) if int(data["id"]) > after]
        for message in filter(None, missed):
            await self._take(message)

    async def _with_retries(self, read: Callable[[], Awaitable[None]]) -> None:
        """Read a channel, with retries where that fails. Channels that are closed to the bot are left alone."""
        for pause in (*RETRY_PAUSES, None):
            try:
                return await read()
            except (discord.Forbidden, discord.NotFound):
                return None
            except REQUEST_ERRORS as error:
                if pause is None:
                    self._failed = True
                    log.warning("Discord: what was missed in a channel cannot be read.", **fingerprint(error))
                else:
                    await asyncio.sleep(pause)
            except Exception as error:  # noqa: BLE001  a message that the library cannot read
                log.warning("Discord: what was missed in a channel makes no sense.", **fingerprint(error))
                return None
        return None


async def with_member(message: discord.Message) -> None:
    """Fetch the author's name and roles in the server: events carry them, but a message from the history does not."""
    if message.guild and not isinstance(message.author, discord.Member):
        with suppress(discord.NotFound):  # they have left
            message.author = await message.guild.fetch_member(message.author.id)


def _readable(channel: GuildChannel) -> bool:
    """Tell whether the bot may read the history of a channel."""
    try:
        allowed = channel.permissions_for(channel.guild.me)
    except discord.ClientException:  # a thread of a channel that the bot does not see
        return False
    return allowed.read_messages and allowed.read_message_history
