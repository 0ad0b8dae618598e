"""Begin a thread on a mention, so that it is answered there (DISCORD_THREADS=mention)."""

import asyncio
from dataclasses import replace

import discord

from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.keys import thread_key
from bridge import Incoming, Intake

MAX_NAME_LENGTH = 100
"""Characters in a thread's name (Discord's developer documentation, Channel Object)."""

CREATE_SECONDS = 3.0
"""How long creating a thread may take; after that the answer is shown in the channel."""


async def in_thread(asked: Incoming, message: discord.Message, intake: Intake) -> Incoming:
    """Return the question with the key of a thread on its message, which is created where it does not exist.

    Return it unchanged where it continues a conversation in the channel, or a thread cannot be created. Never raises
    what a request raises.
    """
    thread, name = thread_key(message.id), " ".join(asked.text.split())[:MAX_NAME_LENGTH]
    if asked.replied or asked.group or not name or not isinstance(message.channel, discord.TextChannel):
        return asked
    if not await intake.knows(thread):
        if not await intake.admits(thread, asked.author):
            return asked
        try:
            async with asyncio.timeout(CREATE_SECONDS):
                await message.create_thread(name=name)
        except REQUEST_ERRORS:
            return asked
    return replace(asked, key=thread)
