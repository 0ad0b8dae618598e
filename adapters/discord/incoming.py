"""Tell which messages of Discord are meant for the bot, and convert them to bridge.Incoming."""

import asyncio
import re
from contextlib import suppress

import discord

from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.groups import groups
from adapters.discord.keys import channel_key
from adapters.discord.sentences import HIDDEN
from bridge import Attachment, Author, Incoming, Quote, sentences

PASTE_FILENAME = "message.txt"
"""The name that Discord's apps give a file which they make of a long paste."""

FULL_MESSAGE_LENGTHS = (2000, 4000)
"""Code points in a full message of a person, without and with Nitro: the rest of a paste comes in the next one."""

PASTE_SECONDS = 1.5
"""How long the next part of a paste is waited for after a full message."""

IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Content types of the files that Qwen gets of a message that is replied to: nobody asked about its other files."""

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_FILES = 10

READ_SECONDS = 30.0
"""How long downloading all files of a message may take."""


def are_valid_ids(*ids: object) -> bool:
    """Tell whether each id is None or a snowflake below 2**63: discord.py checks none, the database holds 64 bits."""
    return all(each is None or (isinstance(each, int) and 0 <= each < 2**63) for each in ids)


def language_of(locale: discord.Locale) -> str:
    """Return the language as Discord names it ("en-US"), or "" where Discord sent no text."""
    named: object = locale.value  # the library keeps whatever was sent
    return named if isinstance(named, str) else ""


def is_person(message: discord.Message) -> bool:
    """Tell whether a person wrote the message, and not a bot, a webhook or Discord itself."""
    written = message.type in (discord.MessageType.default, discord.MessageType.reply)
    valid = are_valid_ids(message.id, message.channel.id)
    return valid and written and not message.author.bot and message.webhook_id is None


def addresses(message: discord.Message, me: discord.ClientUser) -> bool:
    """Tell whether a message is direct, mentions the bot or the role of its own, or replies to the bot."""
    return (
        message.guild is None
        or any(user.id == me.id for user in message.mentions)
        or any(role.id == _own_role(message) for role in message.role_mentions)
        or _replied_to(message) == me.id
    )


def continues(message: discord.Message, me: discord.ClientUser) -> bool:
    """Tell whether a message in a thread may be for the bot without mentioning it: it addresses nobody else."""
    others = [user for user in message.mentions if user.id != me.id]
    return bool(message.content or message.message_snapshots) and not others and _replied_to(message) in (None, me.id)


def author_of(message: discord.Message) -> Author:
    """Return the author of a message; an admin is who may manage messages or the server here, or writes directly.

    The language is that of the server, as Discord does not tell a person's own with a message.
    """
    who, channel = message.author, message.channel
    language = language_of(message.guild.preferred_locale) if message.guild else ""
    manages = message.guild is None
    if isinstance(who, discord.Member) and not isinstance(channel, discord.PartialMessageable):
        with suppress(discord.ClientException):  # a thread of a channel that the bot does not see
            allowed = channel.permissions_for(who)
            manages = allowed.manage_messages or allowed.manage_guild
    return Author(str(who.id), who.display_name, language, manages, groups(who, channel))


async def incoming(
    message: discord.Message, me: discord.ClientUser, *, more: bool = False, wait: float = 0.0, only_words: bool = False
) -> Incoming:
    """Convert a message: take off mentions of the bot, put names for other mentions, download the files.

    `more`: it is a further part of a paste. `wait`: seconds to wait for the next part. `only_words`: leave files alone,
    except for a long paste. Files that are too large or cannot be downloaded become Incoming.notice, and no error.
    """
    text, notice = _text_of(message, me), ""
    replied = _replied_message(message)
    quoted = replied if replied and replied.author.id != me.id else None
    files: list[Attachment] = []
    try:
        async with asyncio.timeout(READ_SECONDS):
            for file in _attached(message, quoted):
                if file.filename == PASTE_FILENAME:
                    text = f"{text}\n\n{(await _read(file)).decode('utf-8', 'replace')}".strip()
                elif not only_words:
                    files.append(Attachment(file.filename, file.content_type or "", await _read(file)))
    except ValueError:
        notice = sentences.TOO_LARGE
    except REQUEST_ERRORS:
        notice = sentences.UNREADABLE
    if not (text or notice or files):
        notice = _notice_without_text(message)
    return Incoming(
        channel_key(message.channel.id),
        str(message.id),
        author_of(message),
        text,
        notice,
        tuple(files),
        shared=message.guild is not None,
        quote=_quote(quoted, me) if quoted else None,
        replied=str(replied.id) if replied and not quoted else "",
        begun_on=begun_on(message.channel),
        group="paste" if more or wait else "",
        wait=wait,
        addressed=addresses(message, me),
    )


def begun_on(channel: object) -> tuple[str, str] | None:
    """Return Incoming.begun_on for a thread: its parent channel and the message it may have been begun on, or None.

    A thread on a message has the id of that message (developer documentation, Start Thread from Message).
    """
    return (str(channel.parent_id), str(channel.id)) if isinstance(channel, discord.Thread) else None


def _attached(message: discord.Message, quoted: discord.Message | None) -> list[discord.Attachment]:
    """Return its files, those of messages that it forwards, and images of the message that it replies to."""
    if message.flags.voice:
        return []
    forwarded = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    replied = quoted.attachments if quoted else []
    images = [file for file in replied if file.content_type in IMAGE_TYPES and file.size <= MAX_FILE_BYTES]
    return [*message.attachments, *forwarded, *images][:MAX_FILES]


def _quote(quoted: discord.Message, me: discord.ClientUser) -> Quote | None:
    """Return the words of a message that is replied to; None where it has none, or Discord hides them."""
    words = _text_of(quoted, me)
    return Quote(quoted.author.display_name, words) if words else None


def _notice_without_text(message: discord.Message) -> str:
    """Return what is said to a message without text: a voice or a sticker came, or Discord hides the text."""
    if message.flags.voice:
        return sentences.VOICE
    if message.attachments or message.stickers:
        return sentences.NO_WORDS
    return "" if message.content or message.guild is None else HIDDEN


def _text_of(message: discord.Message, me: discord.ClientUser) -> str:
    """Return the text of a message and of those that it forwards, with names for mentions."""
    said = "\n\n".join([message.content, *(snapshot.content for snapshot in message.message_snapshots)])
    text = re.sub(rf"<@!?{me.id}>|<@&{_own_role(message)}>", "", said)
    for user in message.mentions:
        text = re.sub(rf"<@!?{user.id}>", f"@{user.display_name}".replace("\\", r"\\"), text)
    return text.strip()


async def _read(file: discord.Attachment) -> bytes:
    if file.size > MAX_FILE_BYTES:
        raise ValueError(f"{file.size} bytes")
    return await file.read()


def _own_role(message: discord.Message) -> int:
    """Return the id of the role that Discord made for this bot, which people often mention instead of it, or 0."""
    role = message.guild.self_role if message.guild else None
    return role.id if role else 0


def _replied_to(message: discord.Message) -> int | None:
    """Return the id of the author of the message that this one replies to."""
    replied = _replied_message(message)
    return replied.author.id if replied else None


def _replied_message(message: discord.Message) -> discord.Message | None:
    """Return the message that this one replies to, unless it was deleted."""
    replied = message.reference.resolved if message.reference else None
    return replied if isinstance(replied, discord.Message) else None
