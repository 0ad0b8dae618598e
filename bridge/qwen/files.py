"""Files for a question: what Qwen takes, and the payloads and answers of bringing one to it. Pure values.

What a file is, is told by its bytes alone: names and claimed types come from strangers.
"""

import re
import struct
import time
import unicodedata
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Literal

from bridge.errors import NotUnderstood, Refused
from bridge.i18n import sentences
from bridge.model import Attachment
from bridge.qwen.oss import Credentials
from bridge.qwen.wire import Json

MAX_FILES = 5
"""Files of one question: a guest was seen to get about five uploads in a row, an account twenty."""

MAX_IMAGE_BYTES = 10 * 1024 * 1024
"""Nobody published what Qwen's page takes; larger photos are beyond what the models look at."""

MAX_DOCUMENT_BYTES = 20_000_000
"""Where a client of the same web API stops."""

MAX_NAME = 100
"""Code points of a file's name; OSS takes 1023 bytes with what Qwen puts before it."""

MAX_ZIP_ENTRIES = 10_000
"""More is no office document, and would take long to list."""

FileType = Literal["image", "file"]
Parsing = Literal["running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is: `type` in Qwen's words, its MIME type, and the ending for one without a name."""

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
"""Control characters that no text has; tabs, line and page ends and the colours of terminals are fine."""

_NOT_IN_HEADERS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def kind(attachment: Attachment) -> Kind:
    """What the file is. Raises Refused, with the sentence for the person, where Qwen does not take it."""
    size = len(attachment.data)
    if not size:
        raise Refused(sentences.FILE_EMPTY)
    if size > MAX_DOCUMENT_BYTES:
        raise Refused(sentences.FILE_TOO_LARGE, most=MAX_DOCUMENT_BYTES // 10**6)
    found = _picture(attachment.data) or _document(attachment.data)
    if not found:
        raise Refused(sentences.FILE_UNKNOWN)
    if found.type == "image" and size > MAX_IMAGE_BYTES:
        raise Refused(sentences.PICTURE_TOO_LARGE, most=MAX_IMAGE_BYTES // 2**20)
    return found


def check(attachments: Sequence[Attachment]) -> None:
    """Raises Refused, with the sentence for the person, where these cannot go with one question."""
    if len(attachments) > MAX_FILES:
        raise Refused(sentences.TOO_MANY_FILES, most=MAX_FILES)
    for attachment in attachments:
        kind(attachment)


def safe_name(attachment: Attachment, of: Kind) -> str:
    """The file's name without folders, control and invisible characters, and not too long."""
    last = re.split(r"[/\\]", attachment.name)[-1]
    visible = "".join(char for char in last if not unicodedata.category(char).startswith("C"))
    stem, dot, ending = " ".join(visible.split()).strip(" .").rpartition(".")
    if not dot:
        return ending[:MAX_NAME] or f"{of.type}.{of.ending}"
    ending = ending[: MAX_NAME // 4]
    return f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}"


@dataclass(frozen=True, slots=True)
class Grant:
    """Qwen's leave to put one file into its storage, good for some minutes. All of it is secret but the id."""

    file_id: str
    file_path: str = field(repr=False)
    file_url: str = field(repr=False)
    bucket: str = field(repr=False)
    region: str = field(repr=False)
    endpoint: str = field(repr=False)
    credentials: Credentials = field(repr=False)


def announcement(attachment: Attachment, of: Kind) -> Json:
    """The payload of POST /api/v2/files/getstsToken."""
    return {"filename": safe_name(attachment, of), "filesize": len(attachment.data), "filetype": of.type}


def grant(answer: Json) -> Grant:
    """The leave that answers an announcement. Raises NotUnderstood."""
    data = answer.get("data")
    if not isinstance(data, Mapping):
        raise NotUnderstood
    return Grant(
        file_id=_word(data, "file_id"),
        file_path=_word(data, "file_path"),
        file_url=_word(data, "file_url"),
        bucket=_word(data, "bucketname"),
        region=_word(data, "region"),
        endpoint=_word(data, "endpoint"),
        credentials=Credentials(
            _word(data, "access_key_id"), _word(data, "access_key_secret"), _word(data, "security_token")
        ),
    )


def parse(file_id: str) -> Json:
    """The payload of POST /api/v2/files/parse."""
    return {"file_id": file_id}


def parse_status(file_id: str) -> Json:
    """The payload of POST /api/v2/files/parse/status."""
    return {"file_id_list": [file_id]}


def parsing(answer: Json) -> Parsing:
    """How far the parsing of the one file is that was asked for. Raises NotUnderstood."""
    rows = answer.get("data")
    if not isinstance(rows, list):
        raise NotUnderstood
    status = rows[0].get("status") if rows and isinstance(rows[0], Mapping) else None
    if status in ("success", "completed", "done"):
        return "done"
    return "failed" if status in ("failed", "fail", "error") else "running"


def element(attachment: Attachment, of: Kind, leave: Grant) -> dict[str, object]:
    """The file as an element of `files` in a question; its times are in milliseconds."""
    now = int(time.time() * 1000)
    name, size = safe_name(attachment, of), len(attachment.data)
    inner = {
        "created_at": now,
        "data": {},
        "filename": name,
        "hash": None,
        "id": leave.file_id,
        "user_id": leave.file_path.partition("/")[0],
        "meta": {"name": name, "size": size, "content_type": of.mime},
        "update_at": now,
    }
    return {
        "type": of.type,
        "file": inner,
        "id": leave.file_id,
        "url": leave.file_url,
        "name": name,
        "collection_name": "",
        "progress": 0,
        "status": "uploaded",
        "greenNet": "success",
        "size": size,
        "error": "",
        "itemId": str(uuid.uuid4()),
        "file_type": of.mime,
        "showType": of.type,
        "file_class": "vision" if of.type == "image" else "document",
        "uploadTaskId": str(uuid.uuid4()),
    }


def _picture(data: bytes) -> Kind | None:
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
    """By the names in the archive; nothing is unpacked."""
    if data.count(b"PK\x01\x02") > MAX_ZIP_ENTRIES:
        return None
    try:
        names = zipfile.ZipFile(BytesIO(data)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((found for folder, found in _OFFICE if any(name.startswith(folder) for name in names)), None)


def _word(data: Json, name: str) -> str:
    """A value that can stand in a header. Its own words never get into the error."""
    value = data.get(name)
    if not isinstance(value, str) or not value or _NOT_IN_HEADERS.search(value):
        raise NotUnderstood
    return value
