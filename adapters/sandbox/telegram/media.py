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
STILL = b"\xff\xd8\xff\xe0 a still of a film"
"""The content of the thumbnail of every film."""

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
_PLACE: Json = {"latitude": 52.52, "longitude": 13.4}
_PLAIN: dict[str, Json] = {
    "location": _PLACE,
    "venue": {"location": _PLACE, "title": "The pier", "address": "Quay 1"},
    "poll": {
        "id": "5",
        "question": "Tea?",
        "options": [
            {"persistent_id": "1", "text": "yes", "voter_count": 2},
            {"persistent_id": "2", "text": "no", "voter_count": 0},
        ],
        "total_voter_count": 2,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
    },
    "checklist": {
        "title": "Trip",
        "tasks": [{"id": 1, "text": "tickets", "completion_date": 1_700_000_000}, {"id": 2, "text": "bags"}],
    },
    "contact": {"phone_number": "0000000", "first_name": "Somebody"},
    "dice": {"emoji": "🎲", "value": 4},
}


def media(kind: str, store: Store, name: str | None, data: bytes) -> Json:
    """Return the fields of a message of a kind. A photo comes in two sizes, the larger last.

    A venue is a location besides, and a GIF a document, for old bots; films have a still.
    """
    if kind in _PLAIN:
        plain: Json = {kind: _PLAIN[kind]}
        return plain | ({"location": _PLACE} if kind == "venue" else {})
    if kind not in NAMES:
        raise ValueError(f"no such kind of message: {kind}")
    file = store(f"{kind}s", name or NAMES[kind], data)
    if kind == "photo":
        small = store("photos", "small.jpg", data[:16])
        return {"photo": [{**small.json(), "width": 90, "height": 67}, {**file.json(), **_SIZE}]}
    shown = {**file.json(), **_MORE.get(kind, {})}
    if kind in ("video", "animation"):
        shown["thumbnail"] = {**store("thumbnails", "still.jpg", STILL).json(), "width": 320, "height": 240}
    if kind not in ("sticker", "video_note"):
        shown["mime_type"] = file.mime
    if kind in ("document", "audio", "video", "animation"):
        shown["file_name"] = file.name
    return {kind: shown, "document": shown} if kind == "animation" else {kind: shown}


def mime_of(name: str) -> str:
    """Return the MIME type by the name's ending."""
    return MIMES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
