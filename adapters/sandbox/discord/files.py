"""The files that the pretended Discord keeps, and the signed links to them."""

import hashlib
import mimetypes
import re
import time
from dataclasses import dataclass, field

from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.state import State

LINK_LIFETIME = 24 * 3600


@dataclass(eq=False)
class Attachment:
    """A file that is kept here. Its link is signed and expires, like those of Discord's CDN."""

    id: str
    filename: str
    size: int
    url: str
    content_type: str | None
    description: str | None = None
    duration_secs: float | None = None
    content: bytes = field(default=b"", repr=False)

    def payload(self) -> Payload:
        """Return the attachment object."""
        body: Payload = {"id": self.id, "filename": self.filename, "size": self.size, "url": self.url}
        body |= {"proxy_url": self.url, "content_scan_version": 0}
        for name in ("content_type", "description", "duration_secs"):
            if (value := getattr(self, name)) is not None:
                body[name] = value
        if self.duration_secs is not None:
            body["waveform"] = "AAAA"
        elif (self.content_type or "").startswith("image/"):
            body |= {"width": 64, "height": 64}
        return body


def keep_file(
    state: State, place: str, filename: str, content: bytes, *, folder: str = "attachments", note: str | None = None
) -> Attachment:
    """Keep a file of a channel; it can be fetched at its URL on the stand-in."""
    file_id, name = state.ids.new(), re.sub(r"[^\w.\-]+", "_", filename)
    path = f"/{folder}/{place}/{file_id}/{name}"
    guessed = mimetypes.guess_type(name)[0]
    kind = f"{guessed}; charset=utf-8" if guessed and guessed.startswith("text/") else guessed
    state.files[path] = content
    url = f"{state.base_url}{path}?{signature(path, int(time.time()) + LINK_LIFETIME)}"
    return Attachment(file_id, name, len(content), url, kind, note, content=content)


def signature(path: str, expires: int) -> str:
    """Return the query of a CDN link: until when it holds, since when, and the proof."""
    proof = hashlib.sha256(f"{path} {expires}".encode()).hexdigest()
    return f"ex={expires:x}&is={expires - LINK_LIFETIME:x}&hm={proof}&"
