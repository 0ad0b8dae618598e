"""Which messages are meant for the bot, and what they ask."""

import asyncio
import re

import aiohttp
import discord

from bridge import Attachment, Author, ConversationKey, Incoming, sentences

PLATFORM = "discord"

PASTE = "message.txt"
"""What Discord's apps call a long paste that they turned into a file."""

MAX_FILE_BYTES = 20 * 1024 * 1024
MOST_FILES = 10
READ_SECONDS = 30.0

HIDDEN = (
    "I can see that you wrote to me, but Discord does not show me what. "
    "Please mention me in the message itself, or reply with the ping switched on."
)


def key(message: discord.Message) -> ConversationKey:
    """A channel, a thread and a direct message are each one conversation; a thread's id is a channel's id."""
    return ConversationKey(PLATFORM, str(message.channel.id))


def is_person(message: discord.Message) -> bool:
    """Whether a person wrote it, as against a bot, a webhook or Discord itself."""
    spoken = message.type in (discord.MessageType.default, discord.MessageType.reply)
    return spoken and not message.author.bot and message.webhook_id is None


def addresses(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether it is a direct message, mentions the bot or its own role, or replies to it."""
    return (
        message.guild is None
        or any(user.id == me.id for user in message.mentions)
        or any(role.id == _own_role(message) for role in message.role_mentions)
        or _replied_to(message) == me.id
    )


def continues(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether, in a thread that the bot takes part in, it may be meant for the bot: it is turned to nobody else."""
    others = [user for user in message.mentions if user.id != me.id]
    return bool(message.content) and not others and _replied_to(message) in (None, me.id)


async def incoming(message: discord.Message, me: discord.ClientUser) -> Incoming:
    """The message as the bridge takes it: mentions of the bot taken off, others named, a long paste and files read."""
    text, notice = _words(message, me), ""
    files: list[Attachment] = []
    try:
        async with asyncio.timeout(READ_SECONDS):
            for file in [] if message.flags.voice else message.attachments[:MOST_FILES]:
                data = await _read(file)
                if file.filename == PASTE:
                    text = f"{text}\n\n{data.decode('utf-8', 'replace')}".strip()
                else:
                    files.append(Attachment(file.filename, file.content_type or "", data))
    except ValueError:
        notice = sentences.TOO_LARGE
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError):
        notice = sentences.UNREADABLE
    if not (text or notice or files):
        notice = _hint(message)
    author = Author(str(message.author.id), message.author.display_name)
    return Incoming(key(message), str(message.id), author, text, notice, tuple(files))


def _hint(message: discord.Message) -> str:
    """Why there is no text: a voice or a sticker came, or Discord hides it."""
    if message.attachments or message.stickers:
        return sentences.NO_WORDS
    return "" if message.content or message.guild is None else HIDDEN


def _words(message: discord.Message, me: discord.ClientUser) -> str:
    text = re.sub(rf"<@!?{me.id}>|<@&{_own_role(message)}>", "", message.content)
    for user in message.mentions:
        text = re.sub(rf"<@!?{user.id}>", f"@{user.display_name}".replace("\\", r"\\"), text)
    return text.strip()


async def _read(file: discord.Attachment) -> bytes:
    if file.size > MAX_FILE_BYTES:
        raise ValueError(f"{file.size} bytes")
    return await file.read()


def _own_role(message: discord.Message) -> int:
    """The role that Discord made for this bot, which people often pick in place of the bot; 0 where there is none."""
    role = message.guild.self_role if message.guild else None
    return role.id if role else 0


def _replied_to(message: discord.Message) -> int | None:
    """Who wrote the message that this one replies to."""
    replied = message.reference.resolved if message.reference else None
    return replied.author.id if isinstance(replied, discord.Message) else None
