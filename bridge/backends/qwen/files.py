"""Builds and parses the payloads of an upload to chat.qwen.ai; pure values."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.backends.http.file_kinds import Kind, safe_name
from bridge.backends.qwen.oss import Credentials
from bridge.backends.qwen.wire import Json
from bridge.errors import NotUnderstood
from bridge.model import Attachment

Parsing = Literal["running", "done", "failed"]
"""Names how far Qwen is in parsing a document."""

_NOT_IN_HEADERS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Grant:
    """Holds Qwen's permission to put one file into its storage, valid for some minutes. All but the id is secret."""

    file_id: str
    file_path: str = field(repr=False)
    file_url: str = field(repr=False)
    bucket: str = field(repr=False)
    region: str = field(repr=False)
    endpoint: str = field(repr=False)
    credentials: Credentials = field(repr=False)


def announcement(attachment: Attachment, of: Kind) -> Json:
    """Return the payload of POST /api/v2/files/getstsToken, which asks for a Grant."""
    return {"filename": safe_name(attachment, of), "filesize": len(attachment.data), "filetype": of.type}


def grant(answer: Json) -> Grant:
    """Return the Grant that answers an announcement. Raises NotUnderstood for any other answer."""
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
    """Return the payload of POST /api/v2/files/parse, which starts the parsing of a document."""
    return {"file_id": file_id}


def parse_status(file_id: str) -> Json:
    """Return the payload of POST /api/v2/files/parse/status."""
    return {"file_id_list": [file_id]}


def parsing(answer: Json) -> Parsing:
    """Return how far the parsing is, by the answer to parse_status. Raises NotUnderstood for any other answer."""
    rows = answer.get("data")
    if not isinstance(rows, list):
        raise NotUnderstood
    status = rows[0].get("status") if rows and isinstance(rows[0], Mapping) else None
    if status in ("success", "completed", "done"):
        return "done"
    return "failed" if status in ("failed", "fail", "error") else "running"


def element(attachment: Attachment, of: Kind, granted: Grant) -> dict[str, object]:
    """Return an uploaded file as an element of `files` in a question; its times are in milliseconds."""
    now = int(time.time() * 1000)
    name, size = safe_name(attachment, of), len(attachment.data)
    inner = {
        "created_at": now,
        "data": {},
        "filename": name,
        "hash": None,
        "id": granted.file_id,
        "user_id": granted.file_path.partition("/")[0],
        "meta": {"name": name, "size": size, "content_type": of.mime},
        "update_at": now,
    }
    return {
        "type": of.type,
        "file": inner,
        "id": granted.file_id,
        "url": granted.file_url,
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


def _word(data: Json, name: str) -> str:
    """Return a value that can stand in a header; it never gets into the error. Raises NotUnderstood."""
    value = data.get(name)
    if not isinstance(value, str) or not value or _NOT_IN_HEADERS.search(value):
        raise NotUnderstood
    return value
