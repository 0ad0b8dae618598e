"""Download the files that come with a question on Telegram."""

import asyncio
from dataclasses import replace

from telegram import Message, User
from telegram.constants import FileSizeLimit
from telegram.error import TelegramError

from adapters.telegram.incoming import own_file, referenced_file
from adapters.telegram.reading import Picture, film_of
from bridge import Attachment, Incoming, sentences

FILE_SECONDS = 60.0
"""How long downloading a file may take: until then its update is not confirmed, and others wait behind it."""


TELEGRAM = "https://api.telegram.org/"


def is_fetched(path: str, base: str) -> bool:
    """Tell whether a file may be had at this path, which the library reads from the disk where it exists there.

    A server of the operator's own, as `base` tells, may share this disk (Bot API, local mode); Telegram's does not.
    """
    return bool(path) and (path.startswith(base) or not base.startswith(TELEGRAM))


async def with_files(asked: Incoming, message: Message, me: User) -> Incoming:
    """Return the question with its file downloaded, or with a notice why it could not be.

    A file of the message that it replies to is added where it can be fetched.
    """
    if own := own_file(message):
        asked = await _with_own(asked, own, is_still=film_of(message) is not None)
    if not asked.notice and (referenced := referenced_file(message, me)) and (file := await _download(referenced)):
        asked = replace(asked, files=(*asked.files, file))
    return asked


async def _with_own(asked: Incoming, own: Picture, *, is_still: bool) -> Incoming:
    if (own.file_size or 0) > FileSizeLimit.FILESIZE_DOWNLOAD:
        return replace(asked, notice=sentences.TOO_LARGE)
    file = await _download(own)
    if file:
        return replace(asked, notice="", files=(file,))
    # The still of a film stands for something that Qwen cannot be shown anyway: words are asked without it.
    return asked if is_still and asked.text else replace(asked, notice=sentences.UNREADABLE)


async def _download(file: Picture) -> Attachment | None:
    """Return a file with its content, or None where Telegram does not give it."""
    try:
        async with asyncio.timeout(FILE_SECONDS):
            found = await file.get_file()
            if (found.file_size or 0) > FileSizeLimit.FILESIZE_DOWNLOAD:
                return None
            if not is_fetched(found.file_path or "", found.get_bot().base_file_url):
                return None
            data = bytes(await found.download_as_bytearray())
    except (TelegramError, TimeoutError, OSError, LookupError, TypeError):  # the last two: of an odd answer
        return None
    name, kind = getattr(file, "file_name", None), getattr(file, "mime_type", None)
    return Attachment(name or "picture.jpg", kind or "", data)
