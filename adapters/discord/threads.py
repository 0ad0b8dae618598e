"""Begin threads: a mention in a channel is answered in a thread on it, where the operator wants that."""

import asyncio
from dataclasses import replace

import discord

from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.keys import thread_key
from bridge import Incoming, Intake

MAX_NAME_LENGTH = 100
CREATE_SECONDS = 3.0


async def in_thread(asked: Incoming, message: discord.Message, intake: Intake) -> Incoming:
    """Move a question to a thread of its own; not where it goes on in the channel, or no thread can be begun."""
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
