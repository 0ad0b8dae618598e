"""Begin a thread on a mention (DISCORD_CHANNELS=threads), and read what a thread of others began with."""

import asyncio
from dataclasses import replace

import discord

from adapters.common import seen
from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.incoming import quoted
from adapters.discord.keys import channel_key, thread_key
from bridge import Beginning, Incoming, Intake, Quote

MAX_NAME_LENGTH = 100
"""Characters in a thread's name (Discord's developer documentation, Channel Object)."""

CREATE_SECONDS = 3.0
"""How long creating a thread may take; after that the answer is shown in the channel."""


READ_SECONDS = 3.0
"""How long fetching what a thread began with may take; after that Qwen is told its title alone."""


async def beginning(channel: object, question: int, me: discord.ClientUser, intake: Intake) -> Beginning | None:
    """Return Incoming.begun_on for a thread, None for any other channel.

    What it began with is read for its first question alone, and not where that is the beginning itself.
    """
    if not isinstance(channel, discord.Thread):
        return None
    told: Quote | None = None
    if channel.owner_id != me.id and await intake.begins(channel_key(channel.id)):
        starter = None if question == channel.id else await _starter(channel)
        for quote in (await quoted(starter, me))[0] if starter else ():
            told = seen.thread_start(channel.name, quote)
    return Beginning(str(channel.parent_id), str(channel.id), told)


async def _starter(thread: discord.Thread) -> discord.Message | None:
    """Return the message that a thread was begun on, or the first one of a forum's post; None where it has none.

    It has the thread's id (developer documentation, Start Thread from Message, Start Thread in Forum); a forum's post
    holds it itself.
    """
    parent = thread.parent
    place = thread if parent is None or isinstance(parent, discord.ForumChannel) else parent
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await place.get_partial_message(thread.id).fetch()
    except REQUEST_ERRORS:
        return None


async def in_thread(asked: Incoming, message: discord.Message, intake: Intake) -> Incoming:
    """Return the question with the key of a thread on its message, which is created where it does not exist.

    Return it unchanged where it continues a conversation in the channel, or a thread cannot be created. Never raises
    what a request raises.
    """
    thread, name = thread_key(message.id), " ".join(asked.text.split())[:MAX_NAME_LENGTH]
    if asked.replied or asked.group or not name or not isinstance(message.channel, discord.TextChannel):
        return asked
    if not await intake.knows(thread):
        try:
            async with asyncio.timeout(CREATE_SECONDS):
                await message.create_thread(name=name)
        except REQUEST_ERRORS:
            return asked
    return replace(asked, key=thread)
