"""Files that clients bring: what they were announced as, what lies in the bucket, and what an answer says of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from adapters.sandbox.qwen.accounts import is_guest, user_id
from adapters.sandbox.qwen.answer_text import excerpt
from adapters.sandbox.qwen.wire import Body, WireError, invalid_input

BUCKET = "qwen-webui-prod"

_TEXT = (
    ".c",
    ".csv",
    ".go",
    ".html",
    ".java",
    ".js",
    ".json",
    ".md",
    ".py",
    ".rs",
    ".sh",
    ".toml",
    ".txt",
    ".xml",
    ".yml",
)


@dataclass(slots=True)
class File:
    """A file of one identity. `content` is None until it lies in the bucket; `polls` counts looks at its parsing."""

    owner: str
    name: str
    size: int
    kind: str
    content: bytes | None = None
    content_type: str = ""
    parsing: bool = False
    polls: int = 0
    id: str = field(default_factory=lambda: str(uuid4()))
    security_token: str = field(default_factory=lambda: uuid4().hex)

    @property
    def path(self) -> str:
        """Tell where it lies in the bucket."""
        folder = "anonymous" if is_guest(self.owner) else user_id(self.owner)
        return f"{folder}/{self.id}_{self.name.replace('/', '_')}"

    def grant(self, host: str) -> Body:
        """Return what lets a client put it into the bucket, for which `host` stands here."""
        signature = f"?Expires=300&OSSAccessKeyId=STS.stand-in&Signature={self.security_token[:8]}"
        return {
            "access_key_id": "STS.stand-in",
            "access_key_secret": uuid4().hex,
            "security_token": self.security_token,
            "file_url": f"http://{host}/{quote(self.path, errors='replace')}{signature}",
            "file_path": self.path,
            "file_id": self.id,
            "bucketname": BUCKET,
            "region": "oss-ap-southeast-1",
            "endpoint": host,
        }

    def described(self) -> str:
        """Return a line of Markdown: its name and size, and the first words of a text."""
        told = f"- {excerpt(self.name, 80)} ({len(self.content or b'')} bytes)"
        if self._is_media():
            return told
        if not self.parsing:
            return f"{told}, which was not parsed"
        if not self._is_text():
            return told
        words = (self.content or b"").decode("utf-8", "replace")
        return f"{told}, which begins “{excerpt(words, 80)}”"

    def _is_media(self) -> bool:
        media = ("image", "video", "audio")
        return self.kind in media or self.content_type.startswith(tuple(f"{kind}/" for kind in media))

    def _is_text(self) -> bool:
        return self.content_type.startswith("text/") or self.name.lower().endswith(_TEXT)


class Files:
    """All files, by id."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}

    def announce(self, who: str, body: Body) -> File:
        """Register the file that a client wants to bring. Raises WireError."""
        name, kind, size = body.get("filename"), body.get("filetype"), _size(body.get("filesize"))
        if not (isinstance(name, str) and name and isinstance(kind, str) and kind and size):
            raise invalid_file()
        file = File(who, name, size, kind)
        self._files[file.id] = file
        return file

    def brought_by(self, who: str) -> int:
        """Count how many files this identity has announced."""
        return sum(file.owner == who for file in self._files.values())

    def at(self, path: str) -> File | None:
        """Return the file at a path of the bucket, None where none was announced for it."""
        return next((file for file in self._files.values() if file.path == path), None)

    def owned(self, who: str, file_id: object) -> File:
        """Return the file in the bucket that belongs to this identity. Raises WireError."""
        file = self._files.get(file_id) if isinstance(file_id, str) else None
        if file is None or file.owner != who or file.content is None:
            raise invalid_file()
        return file

    def described(self, who: str, elements: Iterable[Body]) -> list[str]:
        """Return a line for each element of a question's `files`. Raises WireError for one that is not there."""
        return [self._described(who, element) for element in elements]

    def _described(self, who: str, element: Body) -> str:
        file_id = element.get("id") or _inner(element).get("id")
        if file_id is None and isinstance(element.get("url"), str) and isinstance(element.get("name"), str):
            return f"- {excerpt(element['name'], 80)}, by its address"  # as an image that Qwen made itself comes back
        try:
            return self.owned(who, file_id).described()
        except WireError:
            raise invalid_input() from None


def invalid_file() -> WireError:
    """Return the error for a file that makes no sense, or is not there."""
    return WireError("Bad_Request", "Invalid file information!")


def _size(value: Any) -> int:
    """A positive number of bytes, which some clients send as a string; else 0."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _inner(element: Body) -> Body:
    inner = element.get("file")
    return inner if isinstance(inner, dict) else {}
