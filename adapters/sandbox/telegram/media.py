"""Media that people post: the fields of each kind of message, with files that can be fetched."""

from collections.abc import Callable

from adapters.sandbox.telegram.errors import Json
from adapters.sandbox.telegram.model import File

Store = Callable[[str, str, bytes], File]
"""Puts a file on the server: folder, name, content."""

NAMES = {
    "photo": "photo.jpg",
    "document": "notes.txt",
    "voice": "voice.oga",
    "audio": "song.mp3",
    "video": "clip.mp4",
    "video_note": "round.mp4",
    "animation": "loop.mp4",
    "sticker": "sticker.webp",
}
MIMES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "txt": "text/plain",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "oga": "audio/ogg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "webp": "image/webp",
}
CAPTIONED = ("photo", "document", "voice", "audio", "video", "animation")
_SIZE: Json = {"width": 640, "height": 480}
_MORE: dict[str, Json] = {
    "voice": {"duration": 2},
    "audio": {"duration": 60},
    "video": {**_SIZE, "duration": 5},
    "animation": {**_SIZE, "duration": 3},
    "video_note": {"length": 240, "duration": 4},
    "sticker": {"width": 512, "height": 512, "type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"},
}
_PLAIN: dict[str, Json] = {
    "location": {"latitude": 52.52, "longitude": 13.4},
    "contact": {"phone_number": "0000000", "first_name": "Somebody"},
    "dice": {"emoji": "🎲", "value": 4},
}


def media(kind: str, store: Store, name: str | None, data: bytes) -> Json:
    """Return the fields of a message of a kind. A photo comes in two sizes, the larger last."""
    if kind in _PLAIN:
        return {kind: _PLAIN[kind]}
    if kind not in NAMES:
        raise ValueError(f"no such kind of message: {kind}")
    file = store(f"{kind}s", name or NAMES[kind], data)
    if kind == "photo":
        small = store("photos", "small.jpg", data[:16])
        return {"photo": [{**small.json(), "width": 90, "height": 67}, {**file.json(), **_SIZE}]}
    shown = {**file.json(), **_MORE.get(kind, {})}
    if kind not in ("sticker", "video_note"):
        shown["mime_type"] = file.mime
    if kind in ("document", "audio", "video", "animation"):
        shown["file_name"] = file.name
    return {kind: shown, "document": shown} if kind == "animation" else {kind: shown}


def mime_of(name: str) -> str:
    """Return the MIME type by the name's ending."""
    return MIMES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
