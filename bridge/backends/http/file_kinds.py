"""Tells the kind of a file by its bytes alone, and refuses those that may not come with a question.

Names and claimed types come from strangers, and are not believed.
"""

import re
import struct
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from bridge.errors import Refused
from bridge.i18n import sentences
from bridge.model import Attachment

MAX_FILES = 5
"""Limits the files of one question: a guest was seen to get about five uploads in a row, an account twenty."""

MAX_IMAGE_BYTES = 10 * 1024 * 1024
"""Limits a picture: nobody published what Qwen's web page takes; models do not look at larger photos."""

MAX_DOCUMENT_BYTES = 20_000_000
"""Limits any file, where another client of the same web API stops, too."""

MAX_NAME = 100
"""Limits a file's name, in code points; OSS takes 1023 bytes with what Qwen puts before it."""

MAX_ZIP_ENTRIES = 10_000
"""Limits the entries of an archive: more is no office document, and would take long to list."""

FileType = Literal["image", "file"]
"""Tells pictures from documents, in the words of Qwen's web API."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Says what a file is: `type` in Qwen's words, `mime` its MIME type, `ending` for one without a name."""

    type: FileType
    mime: str
    ending: str


TEXT = Kind("file", "text/plain", "txt")

_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), Kind("image", "image/png", "png")),
    (re.compile(rb"\xff\xd8\xff"), Kind("image", "image/jpeg", "jpg")),
    (re.compile(rb"GIF8[79]a"), Kind("image", "image/gif", "gif")),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), Kind("image", "image/webp", "webp")),
)

_OOXML = "application/vnd.openxmlformats-officedocument"
_OFFICE = (
    ("word/", Kind("file", f"{_OOXML}.wordprocessingml.document", "docx")),
    ("xl/", Kind("file", f"{_OOXML}.spreadsheetml.sheet", "xlsx")),
    ("ppt/", Kind("file", f"{_OOXML}.presentationml.presentation", "pptx")),
)

_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Matches control characters that no text has; tabs, line and page ends and the colours of terminals are fine."""


def kind_of(attachment: Attachment) -> Kind:
    """Return the kind of a file. Raises Refused, with the sentence for the person, for an unknown kind or size."""
    size = len(attachment.data)
    if not size:
        raise Refused(sentences.FILE_EMPTY)
    if size > MAX_DOCUMENT_BYTES:
        raise Refused(sentences.FILE_TOO_LARGE, most=MAX_DOCUMENT_BYTES // 10**6)
    found = picture_kind(attachment.data) or _document(attachment.data)
    if not found:
        raise Refused(sentences.FILE_UNKNOWN)
    if found.type == "image" and size > MAX_IMAGE_BYTES:
        raise Refused(sentences.PICTURE_TOO_LARGE, most=MAX_IMAGE_BYTES // 2**20)
    return found


def is_picture(attachment: Attachment) -> bool:
    """Tell whether a file is a picture, whatever its name says."""
    return picture_kind(attachment.data) is not None


def check_files(attachments: Sequence[Attachment]) -> None:
    """Raise Refused, with the sentence for the person, where these cannot go with one question."""
    if len(attachments) > MAX_FILES:
        raise Refused(sentences.TOO_MANY_FILES, most=MAX_FILES)
    for attachment in attachments:
        kind_of(attachment)


def safe_name(attachment: Attachment, of: Kind) -> str:
    """Return the file's name without folders and invisible characters, at most MAX_NAME code points."""
    last = re.split(r"[/\\]", attachment.name)[-1]
    visible = "".join(char for char in last if not unicodedata.category(char).startswith("C"))
    stem, dot, ending = " ".join(visible.split()).strip(" .").rpartition(".")
    if not dot:
        return ending[:MAX_NAME] or f"{of.type}.{of.ending}"
    ending = ending[: MAX_NAME // 4]
    return f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}"


def picture_kind(data: bytes) -> Kind | None:
    """Return the kind of a picture; None where the bytes are none."""
    return next((found for magic, found in _PICTURES if magic.match(data)), None)


def _document(data: bytes) -> Kind | None:
    if data.startswith(b"%PDF-"):
        return Kind("file", "application/pdf", "pdf")
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _NOT_TEXT.search(text) else TEXT


def _office(data: bytes) -> Kind | None:
    """Tell an office document by the names in its archive; nothing is unpacked."""
    if data.count(b"PK\x01\x02") > MAX_ZIP_ENTRIES:
        return None
    try:
        names = zipfile.ZipFile(BytesIO(data)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((found for folder, found in _OFFICE if any(name.startswith(folder) for name in names)), None)
