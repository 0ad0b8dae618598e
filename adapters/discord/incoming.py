"""Which messages are meant for the bot, and what they ask."""

import asyncio
import re

import aiohttp
import discord

from bridge import Author, ConversationKey, Incoming, sentences

PLATFORM = "discord"

PASTE = "message.txt"
"""What Discord's apps call a long paste that they turned into a file."""

MAX_PASTE_BYTES = 200_000
READ_SECONDS = 10.0

HIDDEN = (
    "I can see that you wrote to me, but Discord does not show me what. "
    "Please mention me in the message itself, or reply with the ping switched on."
)
UNREADABLE = "I could not read your message.txt. Please send it again, or write a shorter message."


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
    """The message as the bridge takes it: mentions of the bot taken off, others named, a long paste read."""
    text = _words(message, me)
    notice = ""
    paste = next((file for file in message.attachments if file.filename == PASTE), None)
    if paste:
        try:
            text = f"{text}\n\n{await _read(paste)}".strip()
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError, ValueError):
            notice = UNREADABLE
    if not text and not notice:
        notice = _hint(message)
    author = Author(str(message.author.id), message.author.display_name)
    return Incoming(key(message), str(message.id), author, text, notice)


def _hint(message: discord.Message) -> str:
    """Why there is no text: only files came, or Discord hides it."""
    if message.attachments or message.stickers:
        return sentences.NO_WORDS
    return "" if message.content or message.guild is None else HIDDEN


def _words(message: discord.Message, me: discord.ClientUser) -> str:
    text = re.sub(rf"<@!?{me.id}>|<@&{_own_role(message)}>", "", message.content)
    for user in message.mentions:
        text = re.sub(rf"<@!?{user.id}>", f"@{user.display_name}".replace("\\", r"\\"), text)
    return text.strip()


async def _read(paste: discord.Attachment) -> str:
    if paste.size > MAX_PASTE_BYTES:
        raise ValueError(f"{paste.size} bytes")
    async with asyncio.timeout(READ_SECONDS):
        return (await paste.read()).decode("utf-8", "replace").strip()


def _own_role(message: discord.Message) -> int:
    """The role that Discord made for this bot, which people often pick in place of the bot; 0 where there is none."""
    role = message.guild.self_role if message.guild else None
    return role.id if role else 0


def _replied_to(message: discord.Message) -> int | None:
    """Who wrote the message that this one replies to."""
    replied = message.reference.resolved if message.reference else None
    return replied.author.id if isinstance(replied, discord.Message) else None
