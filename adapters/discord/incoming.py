"""Decide which messages are meant for the bot, and read what they ask."""

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
"""What Discord's apps call a long paste that they turned into a file."""

FULL_MESSAGE_LENGTHS = (2000, 4000)
"""Code points in a message of a person: what does not fit is sent in the next one."""

PASTE_SECONDS = 1.5

IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Of a message that is replied to only these are shown to Qwen: nobody asked about what else is in it."""

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_FILES = 10
READ_SECONDS = 30.0


def are_valid_ids(*ids: object) -> bool:
    """Tell whether these ids, where there are any, can be sent back: the library writes no larger numbers."""
    return all(each is None or (isinstance(each, int) and 0 <= each < 2**63) for each in ids)


def language_of(locale: discord.Locale) -> str:
    """Give the language as Discord names it. The library keeps whatever comes in its place."""
    named: object = locale.value
    return named if isinstance(named, str) else ""


def is_person(message: discord.Message) -> bool:
    """Tell whether a person wrote it, as against a bot, a webhook or Discord itself."""
    spoken = message.type in (discord.MessageType.default, discord.MessageType.reply)
    sound = are_valid_ids(message.id, message.channel.id)
    return sound and spoken and not message.author.bot and message.webhook_id is None


def addresses(message: discord.Message, me: discord.ClientUser) -> bool:
    """Tell whether it is a direct message, mentions the bot or its own role, or replies to it."""
    return (
        message.guild is None
        or any(user.id == me.id for user in message.mentions)
        or any(role.id == _own_role(message) for role in message.role_mentions)
        or _replied_to(message) == me.id
    )


def continues(message: discord.Message, me: discord.ClientUser) -> bool:
    """Tell whether, in a thread of the bot's, it may be meant for the bot: it is turned to nobody else."""
    others = [user for user in message.mentions if user.id != me.id]
    return bool(message.content or message.message_snapshots) and not others and _replied_to(message) in (None, me.id)


def author_of(message: discord.Message) -> Author:
    """Tell who wrote it, and whether they may manage this place; a direct message is the person's own.

    Discord does not tell their language here, only that of the server.
    """
    who, place = message.author, message.channel
    language = language_of(message.guild.preferred_locale) if message.guild else ""
    manages = message.guild is None
    if isinstance(who, discord.Member) and not isinstance(place, discord.PartialMessageable):
        with suppress(discord.ClientException):  # a thread of a channel that the bot does not see
            allowed = place.permissions_for(who)
            manages = allowed.manage_messages or allowed.manage_guild
    return Author(str(who.id), who.display_name, language, manages, groups(who, place))


async def incoming(
    message: discord.Message, me: discord.ClientUser, *, more: bool = False, wait: float = 0.0, only_words: bool = False
) -> Incoming:
    """Make of a message what the bridge takes: mentions of the bot off, others named, a long paste and files read.

    `more`: it goes on with a paste. `wait`: more may come. `only_words`: files are left alone, but for a long paste.
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
    """Name the channel and the message that a thread may have been begun on: it has the id of that message then."""
    return (str(channel.parent_id), str(channel.id)) if isinstance(channel, discord.Thread) else None


def _attached(message: discord.Message, quoted: discord.Message | None) -> list[discord.Attachment]:
    """Its files, those of a message that it forwards, and the images of somebody else that it replies to."""
    if message.flags.voice:
        return []
    forwarded = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    near = quoted.attachments if quoted else []
    images = [file for file in near if file.content_type in IMAGE_TYPES and file.size <= MAX_FILE_BYTES]
    return [*message.attachments, *forwarded, *images][:MAX_FILES]


def _quote(quoted: discord.Message, me: discord.ClientUser) -> Quote | None:
    """What somebody else wrote, where Discord shows it."""
    words = _text_of(quoted, me)
    return Quote(quoted.author.display_name, words) if words else None


def _notice_without_text(message: discord.Message) -> str:
    """Why there is no text: a voice or a sticker came, or Discord hides it."""
    if message.flags.voice:
        return sentences.VOICE
    if message.attachments or message.stickers:
        return sentences.NO_WORDS
    return "" if message.content or message.guild is None else HIDDEN


def _text_of(message: discord.Message, me: discord.ClientUser) -> str:
    """The text of the message, and of what it forwards."""
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
    """The role that Discord made for this bot, which people often pick in place of the bot; 0 where there is none."""
    role = message.guild.self_role if message.guild else None
    return role.id if role else 0


def _replied_to(message: discord.Message) -> int | None:
    """Who wrote the message that this one replies to."""
    replied = _replied_message(message)
    return replied.author.id if replied else None


def _replied_message(message: discord.Message) -> discord.Message | None:
    """The message that this one replies to, where it is still there."""
    replied = message.reference.resolved if message.reference else None
    return replied if isinstance(replied, discord.Message) else None
