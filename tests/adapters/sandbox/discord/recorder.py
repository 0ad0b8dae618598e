"""A bot made of the real discord.py that only remembers what it was told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import discord

from adapters.sandbox.discord import FakeDiscord

PLAIN = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)

READING = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


class Recorder(discord.Client):
    """A bot that only remembers what it was told."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(
            intents=intents,
            guild_ready_timeout=0.05,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.heard: list[discord.Message] = []
        self.edits: list[discord.RawMessageUpdateEvent] = []
        self.deletions: list[int] = []
        self.threads: list[str] = []
        self.resumptions = 0

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No five seconds before a second IDENTIFY."""

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.edits.append(event)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self.deletions.append(event.message_id)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.threads.append(thread.name)

    async def on_resumed(self) -> None:
        self.resumptions += 1


Join = Callable[..., Awaitable[Recorder]]


@asynccontextmanager
async def running(server: FakeDiscord, intents: discord.Intents) -> AsyncIterator[Recorder]:
    client, others = Recorder(intents), len(server.gateway.live)
    task = asyncio.create_task(client.start(server.token))
    try:
        await server.connected(others + 1)
        await client.wait_until_ready()
        yield client
    finally:
        await client.close()
        await task


async def hear(server: FakeDiscord, client: Recorder, count: int = 1) -> list[discord.Message]:
    """Wait until the bot has heard so many messages."""
    await server.until(lambda: len(client.heard) >= count)
    return client.heard


async def post(server: FakeDiscord, channel_id: str, body: object) -> tuple[int, dict[str, object]]:
    """POST a message without any client in between."""
    headers = {"Authorization": f"Bot {server.token}"}
    url = f"{server.api_url}/channels/{channel_id}/messages"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=body) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        found: dict[str, object] = await answer.json()
        return answer.status, found
