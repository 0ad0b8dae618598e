"""Read the files of a message of Discord, and those of the messages that it refers to."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import discord

from adapters.common import seen
from adapters.discord.download import fetch
from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.reading import Shown, words_of
from bridge import Attachment, sentences

PASTE_FILENAME = "message.txt"
"""The name that Discord's apps give a file which they make of a long paste."""

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_FILES = 10

READ_SECONDS = 30.0
"""How long downloading all files of a message may take."""

KINDS = {"film": "Video", "sound": "Audio"}
"""Says what a file is called that Qwen cannot be shown; any other is a "File"."""


@dataclass(slots=True)
class Own:
    """Holds what the files of a question are: those for Qwen, pasted words, a line for each film, and a notice."""

    files: list[Attachment] = field(default_factory=list)
    pasted: str = ""
    films: str = ""
    notice: str = ""


async def read_own(message: discord.Message, *, only_words: bool) -> Own:
    """Read the files of a question. Those that are too large or cannot be downloaded become the notice, and no error.

    `only_words`: leave files alone, except for a long paste.
    """
    own = Own()
    attached = [] if message.flags.voice else message.attachments[:MAX_FILES]
    unseen = [file for file in attached if _kind(file) in KINDS]
    own.films = seen.lines(*(f"{_named(file)} (which you cannot see or hear)" for file in unseen))
    try:
        async with asyncio.timeout(READ_SECONDS):
            for file in attached:
                if file.filename == PASTE_FILENAME:
                    own.pasted = f"{own.pasted}\n\n{await _text(file)}".strip()
                elif file not in unseen and not only_words:
                    own.files.append(await _attachment(file))
    except ValueError:
        own.notice = sentences.TOO_LARGE
    except REQUEST_ERRORS:
        own.notice = sentences.UNREADABLE
    return own


async def read_referenced(
    shown: Shown, message: discord.Message, me: discord.ClientUser, files: list[Attachment]
) -> str:
    """Return all that people see in a message that a question refers to; append files and pictures for Qwen to `files`.

    Files that Qwen cannot be shown, or that cannot be fetched, are named. `message`: itself, or what forwards it.
    """
    voice = "Voice message" if shown.flags.voice else ""
    lines: list[str] = []
    try:
        async with asyncio.timeout(READ_SECONDS):
            for file in [] if voice else shown.attachments:
                lines += [await _referenced_file(file, files)]
            await _append_embedded(shown, message, files)
    except TimeoutError:
        lines += map(_named, shown.attachments[len(lines) :])
    return seen.lines(words_of(shown, message, me), voice, *lines)


async def _referenced_file(file: discord.Attachment, files: list[Attachment]) -> str:
    """Return the words of a pasted text or the file's name; "" for a picture, which is appended to `files`."""
    kind = _kind(file)
    if kind not in ("picture", "document") or file.size > seen.MAX_SHOWN_BYTES:
        return _named(file)
    try:
        if file.filename == PASTE_FILENAME:
            return await _text(file)
        if len(files) == seen.MOST_FILES:
            return _named(file)
        files.append(await _attachment(file))
    except TimeoutError:
        raise
    except (ValueError, *REQUEST_ERRORS):
        return _named(file)
    return "" if kind == "picture" else _named(file)


async def _append_embedded(shown: Shown, message: discord.Message, files: list[Attachment]) -> None:
    """Append the pictures of embeds (another app's, previews) to `files`; those that cannot be fetched are left out.

    Only Discord's copies are fetched: the server of the original belongs to a stranger, who would see this machine.
    """
    pictures: list[Any] = [picture for embed in shown.embeds for picture in (embed.image, embed.thumbnail)]
    for picture in pictures:
        name = PurePosixPath(urlsplit(picture.url or "").path).name
        is_picture = seen.file_kind(name, picture.content_type or "") == "picture"
        if not (picture.proxy_url and is_picture and len(files) < seen.MOST_FILES):
            continue
        with suppress(ValueError, *REQUEST_ERRORS):
            data = await fetch(message._state.http, picture.proxy_url, seen.MAX_SHOWN_BYTES)
            files.append(Attachment(name, picture.content_type or "", data))


def _kind(file: discord.Attachment) -> seen.FileKind:
    return seen.file_kind(file.filename, (file.content_type or "").partition(";")[0])


def _named(file: discord.Attachment) -> str:
    return seen.named(KINDS.get(_kind(file), "File"), file.filename)


async def _attachment(file: discord.Attachment) -> Attachment:
    return Attachment(file.filename, file.content_type or "", await _read(file))


async def _text(file: discord.Attachment) -> str:
    return (await _read(file)).decode("utf-8", "replace")


async def _read(file: discord.Attachment) -> bytes:
    if file.size > MAX_FILE_BYTES:
        raise ValueError(f"{file.size} bytes")
    return await fetch(file._http, file.url, MAX_FILE_BYTES)
