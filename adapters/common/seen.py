"""Put into words what people see in a message besides its text, the same way for every platform, and quote it."""

import re
from collections.abc import Iterable
from typing import Literal

from bridge import Quote

MOST_FILES = 5
"""Files of one question, with those that it refers to: more are refused (README); the others are only named."""

MAX_SHOWN_BYTES = 10 * 1024 * 1024
"""A file that a question only refers to is fetched up to this size; a larger one is named."""

FileKind = Literal["picture", "document", "film", "sound", "other"]

_DOCUMENT = re.compile(
    r"text/|application/(pdf|json|xml|x-yaml|toml|sql|javascript|vnd\.openxmlformats-officedocument\.)", re.IGNORECASE
)
_ENDINGS = {
    "picture": ("png", "jpg", "jpeg", "gif", "webp"),
    "document": (
        *("txt", "md", "log", "csv", "tsv", "json", "xml", "yaml", "yml", "toml", "ini", "cfg", "html", "css", "sql"),
        *("py", "js", "ts", "c", "h", "cpp", "rs", "go", "java", "sh", "rb", "php", "tex", "diff", "patch"),
        *("pdf", "docx", "xlsx", "pptx"),
    ),
    "film": ("mp4", "mov", "webm", "mkv", "avi", "m4v"),
    "sound": ("mp3", "ogg", "oga", "wav", "m4a", "flac", "opus"),
}


def file_kind(name: str, content_type: str) -> FileKind:
    """Return the kind of a file by what the platform says of it; Qwen may be shown pictures and documents."""
    if content_type in ("image/png", "image/jpeg", "image/gif", "image/webp"):
        return "picture"
    if content_type.startswith("video/"):
        return "film"
    if content_type.startswith("audio/"):
        return "sound"
    if _DOCUMENT.match(content_type):
        return "document"
    ending = name.rpartition(".")[2].lower()
    named: tuple[FileKind, ...] = ("picture", "document", "film", "sound")
    return next((kind for kind in named if ending in _ENDINGS[kind]), "other")


def link(words: str, url: str) -> str:
    """Return a Markdown link with the address byte for byte; only the address where the words say nothing else."""
    if not url or words.strip() in ("", url):
        return url or words
    target = f"<{url}>" if re.search(r"[\s()]", url) else url
    return f"[{words}]({target})"


def lines(*parts: object) -> str:
    """Return the parts that are not empty, each on a line of its own."""
    return "\n".join(text for part in parts if (text := str(part or "").strip()))


def card(
    *,
    author: str = "",
    title: str = "",
    url: str = "",
    description: str = "",
    fields: Iterable[tuple[str, str]] = (),
    footer: str = "",
) -> str:
    """Return the words of a card, such as another app's embed or the preview of a page."""
    named = [f"{name}: {value}" for name, value in fields]
    return lines(author, link(title, url), description, *named, footer)


def poll(question: str, options: Iterable[tuple[str, int]]) -> str:
    """Return a poll: its question, and each option with its votes."""
    listed = [f"- {text} ({votes})" if votes else f"- {text}" for text, votes in options]
    return lines(f"Poll: {question}", *listed)


def place(latitude: float, longitude: float, *names: str) -> str:
    """Return a place on the map, with its names or address."""
    return f"Place: {', '.join([*filter(None, names), ''])}{latitude}, {longitude}"


def contact(*parts: str) -> str:
    """Return somebody's card: names, then a telephone number."""
    return f"Contact: {', '.join(filter(None, parts))}"


def named(what: str, *names: str) -> str:
    """Return one line for something that cannot be put into words: what it is, and its name where it has one."""
    name = ", ".join(filter(None, names))
    return f"{what}: {name}" if name else what


def wrote(author: str, text: str) -> tuple[Quote, ...]:
    """Return the quote of a message; none where there are no words."""
    return (Quote(f"{author} wrote:" if author else "", text),) if text.strip() else ()


def forwarded(author: str, text: str) -> tuple[Quote, ...]:
    """Return the quote of a forwarded message, whose author may be unknown; none where there are no words."""
    return wrote(author, text) if author else (Quote("Forwarded message:", text),) if text.strip() else ()


def part_of_answer(text: str) -> tuple[Quote, ...]:
    """Return the quote of a part of the bot's own answer that a person picked."""
    return (Quote("About this part of your answer:", text),) if text.strip() else ()


def attached(text: str) -> tuple[Quote, ...]:
    """Return the quote of what stands for files that cannot be shown whole; none where there are none."""
    return (Quote("Attached:", text),) if text.strip() else ()


def thread_start(title: str, message: Quote) -> Quote:
    """Return the quote of the message that a thread was begun on, with the thread's title."""
    return Quote(f"This thread is called “{title}”. It began with what {message.heading}", message.text)


def topic(title: str) -> Quote:
    """Return the quote that tells of a topic, whose title stands above all that is written in it."""
    return Quote(f"This topic is called “{title}”.", "")
