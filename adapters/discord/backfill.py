"""Backfill what was written while nobody listened, when a session at the gateway begins, as if it came now.

The store keeps the newest message up to which everything was looked at. Ids tell the time (a snowflake), so a channel
whose last message is newer holds something that was missed. A session that is resumed misses nothing.
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
from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.keys import PLATFORM
from bridge import Intake, fingerprint

log = structlog.get_logger(__name__)

MAX_MESSAGES = 100
"""Of what was missed in a place, so many of the newest: what Discord tells at a time."""

MAX_AGE = timedelta(hours=24)
"""What is older, nobody waits for any more. Telegram keeps for as long what a bot misses."""

MAX_CHANNELS = 200
"""Direct messages, and threads that were archived, are asked for one by one: those that were talked in last."""

MAX_CONCURRENT = 4
"""In so many places at a time; questions that come now wait for none of them but their own."""

MARGIN_MILLISECONDS = 10_000
"""Discord's events come almost in the order of their ids: this much is looked at again, and duplicates are dropped."""

SAVE_SECONDS = 10.0
"""How often it is kept how far everything was looked at."""

RETRY_PAUSES = (1.0, 5.0, 25.0)
"""Seconds between two tries in a place that cannot be read for a while; after that it is for the next session."""

GuildChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Channel = GuildChannel | discord.DMChannel | discord.GroupChannel | discord.PartialMessageable


class Backfill:
    """Find what was missed: `channel_lock` gives the lock of a channel, `take` takes a message with that lock held."""

    def __init__(
        self,
        client: discord.Client,
        rate_limiter: RateLimiter,
        channel_lock: Callable[[int], asyncio.Lock],
        take: Callable[[discord.Message], Awaitable[None]],
    ) -> None:
        self._client = client
        self._rate_limiter = rate_limiter
        self._channel_lock = channel_lock
        self._take = take
        self._cursor: int | None = None
        self._newest = 0
        self._after: int | None = None
        self._ready = self._failed = False
        self._done: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._semaphore = asyncio.Semaphore(MAX_CONCURRENT)

    async def prepare(self, intake: Intake) -> None:
        """Take an intake, and what was kept for it; to be called before the first session begins."""
        self._intake = intake
        self._cursor = await intake.seen(PLATFORM)

    def begin(self) -> None:
        """Begin with a session that knows nothing of what was before it."""
        self.stop()
        self._failed = False
        self._done = set()
        if self._cursor is not None:
            oldest = discord.utils.time_snowflake(discord.utils.utcnow() - MAX_AGE)
            self._after = max(self._cursor, oldest)

    def stop(self) -> None:
        """Look no further; what is not found by now is found in the next session."""
        self._ready = False
        for looking in self._tasks:
            looking.cancel()
        self._tasks.clear()

    def catch_up_guild(self, guild: discord.Guild) -> None:
        """Catch up with all channels and threads of a server, in the background."""
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
        """Catch up with direct messages, which a session does not tell of; then everything was looked at."""
        if self._after is not None:
            self._start(self._catch_up_known_channels())
        self._ready = True

    async def before(self, message: discord.Message) -> None:
        """Take first what was missed in the place of a message that comes now; its lock is held."""
        done = self._done  # of this session: another one may begin meanwhile
        if self._after is not None and message.channel.id not in done:
            # Up to now, not up to it: told twice or late, it may be older than others that were missed.
            await self._with_retries(lambda: self._take_all(message.channel))
            done.add(message.channel.id)

    def observe(self, message: int) -> None:
        """Note that a message with this id exists, for the cursor."""
        self._newest = max(self._newest, message)

    async def save_periodically(self, taking: Collection[asyncio.Task[None]]) -> None:
        """Save every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self.save(taking)

    async def save(self, taking: Collection[asyncio.Task[None]]) -> None:
        """Keep how far everything was looked at, when `taking` is over; not while something is still to be read."""
        # What was there before the first session is not for us at all.
        upto = self._newest if self._cursor is None else self._newest - (MARGIN_MILLISECONDS << 22)
        if not self._ready or self._tasks or self._failed or (self._cursor is not None and upto <= self._cursor):
            return
        if taking:
            await asyncio.wait(list(taking))
        await self._intake.saw(PLATFORM, upto)
        self._cursor = upto

    def _is_behind(self, last: int | None) -> bool:
        return self._after is not None and last is not None and last > self._after

    def _start(self, looking: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(looking)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _catch_up_known_channels(self) -> None:
        for key in await self._intake.places(PLATFORM, MAX_CHANNELS):
            channel = int(key.channel)
            if channel not in self._done and self._client.get_channel(channel) is None:
                await self._with_retries(partial(self._catch_up_by_id, channel))

    async def _catch_up_by_id(self, number: int) -> None:
        """Catch up with a place that no server told of."""
        async with self._rate_limiter.permit(str(number), "read", final=False):
            last = (await self._client.http.get_channel(number)).get("last_message_id")
        if not self._is_behind(int(str(last)) if last else None):
            return
        channel = await self._client.fetch_channel(number)
        if isinstance(channel, Channel):
            self._start(self._catch_up(channel))

    async def _catch_up(self, channel: Channel) -> None:
        async with self._semaphore, self._channel_lock(channel.id):
            if channel.id not in self._done:
                await self._with_retries(lambda: self._take_all(channel))
                self._done.add(channel.id)

    async def _take_all(self, channel: Channel) -> None:
        """Take what was missed in a channel, oldest first. Raises what the library raises."""
        number = str(channel.id)
        forgotten = await self._intake.seen(PLATFORM, number) or 0
        after = discord.Object(max(self._after or 0, forgotten))
        async with self._rate_limiter.permit(number, "read", final=False):
            history = channel.history(limit=MAX_MESSAGES, after=after, oldest_first=False)
            missed = [message async for message in history]
        for message in reversed(missed):
            await self._take(message)

    async def _with_retries(self, look: Callable[[], Awaitable[None]]) -> None:
        """Look into a place, again where that fails for a while. Places that are closed to the bot are left alone."""
        for pause in (*RETRY_PAUSES, None):
            try:
                return await look()
            except (discord.Forbidden, discord.NotFound):
                return None
            except REQUEST_ERRORS as error:
                if pause is None:
                    self._failed = True
                    log.warning("Discord: what was missed in a channel cannot be read.", **fingerprint(error))
                else:
                    await asyncio.sleep(pause)
            except Exception as error:  # noqa: BLE001  an odd message
                log.warning("Discord: what was missed in a channel makes no sense.", **fingerprint(error))
                return None
        return None


async def with_member(message: discord.Message) -> None:
    """Ask for the author's name and roles in the server, which events tell, but no message that was fetched."""
    if message.guild and not isinstance(message.author, discord.Member):
        with suppress(discord.NotFound):  # they have left
            message.author = await message.guild.fetch_member(message.author.id)


def _readable(channel: GuildChannel) -> bool:
    """Whether the bot may read what was written in a channel."""
    try:
        allowed = channel.permissions_for(channel.guild.me)
    except discord.ClientException:  # a thread of a channel that the bot does not see
        return False
    return allowed.read_messages and allowed.read_message_history
