"""Tell which messages of Discord are meant for the bot, and convert them to bridge.Incoming."""

from collections.abc import Sequence
from contextlib import suppress

import discord

from adapters.common import seen
from adapters.discord.channels import Place
from adapters.discord.files import read_own, read_referenced
from adapters.discord.groups import groups
from adapters.discord.reading import Shown, own_role, text_of
from adapters.discord.sentences import HIDDEN
from bridge import Attachment, Author, Beginning, Incoming, Quote, sentences


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


def is_direct(message: discord.Message) -> bool:
    """Tell whether a message was written in private. One of a server that the library does not know was not."""
    channel = message.channel
    elsewhere = isinstance(channel, discord.PartialMessageable) and channel.guild_id is not None
    return message.guild is None and not elsewhere


def addresses(message: discord.Message, me: discord.ClientUser) -> bool:
    """Tell whether a message is direct, mentions the bot or the role of its own, or replies to the bot."""
    return (
        is_direct(message)
        or any(user.id == me.id for user in message.mentions)
        or any(role.id == own_role(message) for role in message.role_mentions)
        or _replied_to(message) == me.id
    )


def continues(message: discord.Message, me: discord.ClientUser) -> bool:
    """Tell whether a message in a thread may be for the bot without mentioning it: it addresses nobody else."""
    others = [user for user in message.mentions if user.id != me.id]
    said = message.content or message.message_snapshots or (message.attachments and not message.flags.voice)
    return bool(said) and not others and _replied_to(message) in (None, me.id)


def author_of(message: discord.Message) -> Author:
    """Return the author of a message; an admin is who may manage messages or the server here, or writes directly.

    The language is that of the server, as Discord does not tell a person's own with a message.
    """
    who, channel = message.author, message.channel
    language = language_of(message.guild.preferred_locale) if message.guild else ""
    manages = is_direct(message)
    if isinstance(who, discord.Member) and not isinstance(channel, discord.PartialMessageable):
        with suppress(discord.ClientException):  # a thread of a channel that the bot does not see
            allowed = channel.permissions_for(who)
            manages = allowed.manage_messages or allowed.manage_guild
    return Author(str(who.id), who.display_name, language, manages, groups(who, channel))


async def incoming(
    message: discord.Message,
    me: discord.ClientUser,
    place: Place,
    *,
    group: str = "",
    wait: float = 0.0,
    only_words: bool = False,
    begun_on: Beginning | None = None,
    forwarded: Sequence[discord.Message] = (),
) -> Incoming:
    """Convert a message: take off mentions of the bot, put names for other mentions, download the files.

    `place`: where it belongs. `group`, `wait`: see Incoming. `only_words`: leave files alone, except for a long paste.
    `begun_on`: see Incoming. `forwarded`: messages that the same person forwarded with this one as their comment. Files
    that are too large or cannot be downloaded become Incoming.notice, and no error.
    """
    own = await read_own(message, only_words=only_words)
    text = f"{text_of(message, message, me)}\n\n{own.pasted}".strip()
    replied = _replied_message(message)
    answer = str(replied.id) if replied and replied.author.id == me.id else ""
    unknown = None if answer or place.replied else replied  # Qwen knows what was said in the conversation
    quotes, files = await _referenced(message, me, forwarded, unknown) if not only_words else ((), [])
    return Incoming(
        place.key,
        str(message.id),
        author_of(message),
        text,
        own.notice or ("" if text or own.files or quotes or files else _notice_without_text(message, own.films)),
        (*own.files, *files[: max(0, seen.MOST_FILES - len(own.files))]),
        shared=not is_direct(message),
        quotes=(*quotes, *(seen.attached(own.films) if text or own.files else ())),
        replied=place.replied or answer,
        begun_on=begun_on,
        group=group,
        wait=wait,
        addressed=addresses(message, me),
    )


def unread(message: discord.Message, me: discord.ClientUser, place: Place) -> Incoming:
    """Return a message with its words alone, from which its author's right to ask is told."""
    return Incoming(
        place.key,
        str(message.id),
        author_of(message),
        text_of(message, message, me),
        shared=not is_direct(message),
        group=place.group,
        addressed=addresses(message, me),
    )


async def quoted(message: discord.Message, me: discord.ClientUser) -> tuple[tuple[Quote, ...], list[Attachment]]:
    """Return the quote of a message that a question is about, and the files of it that Qwen is to be shown."""
    files: list[Attachment] = []
    shown: list[Shown] = [message, *message.message_snapshots]
    words = [await read_referenced(each, message, me, files) for each in shown]
    return seen.wrote(message.author.display_name, seen.lines(*words)), files


async def _referenced(
    message: discord.Message,
    me: discord.ClientUser,
    forwarded: Sequence[discord.Message],
    replied: discord.Message | None,
) -> tuple[tuple[Quote, ...], list[Attachment]]:
    """Return the quotes of what a question forwards, and of what it replies to (`replied`), with the files of these."""
    files: list[Attachment] = []
    quotes: list[Quote] = []
    for each in (*forwarded, message):
        for snapshot in each.message_snapshots:
            quotes += seen.forwarded("", await read_referenced(snapshot, each, me, files))
    if replied:
        said, more = await quoted(replied, me)
        quotes += said
        files += more
    return tuple(quotes), files


def _notice_without_text(message: discord.Message, films: str) -> str:
    """Return what is said to a message without text: a voice or a sticker came, or Discord hides the text."""
    if message.flags.voice:
        return sentences.VOICE
    if films:
        return sentences.MOVING
    if message.attachments or message.stickers or message.poll:
        return sentences.NO_WORDS
    return "" if message.content or is_direct(message) else HIDDEN


def _replied_to(message: discord.Message) -> int | None:
    """Return the id of the author of the message that this one replies to."""
    replied = _replied_message(message)
    return replied.author.id if replied else None


def _replied_message(message: discord.Message) -> discord.Message | None:
    """Return the message that this one replies to, unless it was deleted."""
    replied = message.reference.resolved if message.reference else None
    return replied if isinstance(replied, discord.Message) else None
