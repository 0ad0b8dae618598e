"""Render Qwen's Markdown for Telegram: as text and entities, which need no escaping and cannot fail to parse.

source  what is parsed: cleaned, with what looks like Markdown but is meant as text escaped
walk    events of the parser -> text and marks          tables  how a table is laid out
inline  what stands in a line                           writer  the text that grows, and its marks
links   which links Telegram may get, and their hosts
"""

from bisect import bisect_left
from functools import lru_cache
from math import ceil

from telegram import MessageEntity
from telegram.constants import MessageLimit

from adapters.telegram.render.source import cleaned, parsed
from adapters.telegram.render.walk import Walker
from adapters.telegram.render.writer import Mark, without_mentions

MAX_UNITS = int(MessageLimit.MAX_TEXT_LENGTH)
MAX_ENTITIES = int(MessageLimit.MESSAGE_ENTITIES)
"""Entities in a message: Telegram ignores further ones (Bot API, MessageEntity; python-telegram-bot, MessageLimit)."""

LONG_QUOTE, LONG_QUOTE_LINES = 240, 3
"""A quote of more code points, or of this many line breaks, is shown folded (expandable_blockquote)."""

PLACEHOLDER = "…"
"""Shown for what has no visible character: Telegram refuses an empty message."""

_INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\ufeff\ufffc" + "".join(
    map(chr, [*range(0x200B, 0x2010), *range(0x2060, 0x2065)])
)


def render(markdown: str) -> tuple[str, list[MessageEntity]]:
    """Return the text and the entities of Markdown; offsets and lengths are in UTF-16 units. Never raises.

    The text is never empty: where it would be, the source is returned. Entities beyond MAX_ENTITIES are dropped; see
    measure.
    """
    text, marks = _rendered(markdown)
    wide = [] if text.isascii() else [at for at, character in enumerate(text) if character > "\uffff"]
    entities = []
    for mark in marks[:MAX_ENTITIES]:
        kind = mark.type
        if kind == "blockquote" and (
            mark.end - mark.start > LONG_QUOTE or text.count("\n", mark.start, mark.end) >= LONG_QUOTE_LINES
        ):
            kind = "expandable_blockquote"
        start, end = mark.start + bisect_left(wide, mark.start), mark.end + bisect_left(wide, mark.end)
        entities.append(MessageEntity(kind, start, end - start, url=mark.url or None, language=mark.language or None))
    return text, entities


def plain(markdown: str) -> str:
    """Return the text of render, for a message without entities."""
    return _rendered(markdown)[0]


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, in which Telegram counts (Bot API, MessageEntity)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def measure(markdown: str) -> int:
    """Return how much of a message's 4096 UTF-16 units this Markdown takes.

    That is the length of the rendered text, or, with more than 100 entities, their share of what a message holds if
    that is more: with 101 it does not fit.
    """
    text, marks = _rendered(markdown)
    if len(marks) <= MAX_ENTITIES:
        return units(text)
    return max(units(text), ceil(len(marks) * MAX_UNITS / MAX_ENTITIES))


@lru_cache(maxsize=16)
def _rendered(markdown: str) -> tuple[str, list[Mark]]:
    """Return the text and its marks. Cached, as a chunk is measured and then shown."""
    markdown = cleaned(markdown)
    try:
        text, marks = _trimmed(*Walker(*parsed(markdown)).walked())
    except Exception:  # noqa: BLE001  whatever is wrong with the formatting, the words are shown
        text, marks = "", []
    if text.strip(_INVISIBLE + " \n"):
        return text, marks
    source = without_mentions(markdown).strip()
    return (source if source.strip(_INVISIBLE) else PLACEHOLDER), []


def _trimmed(text: str, marks: list[Mark]) -> tuple[str, list[Mark]]:
    """Remove outer blanks, which Telegram would remove itself; marked ones at the beginning stay."""
    marks.sort(key=lambda mark: (mark.start, -mark.end, mark.type != "blockquote"))
    text = text.rstrip()
    cut = min([len(text) - len(text.lstrip()), *(mark.start for mark in marks[:1])])
    kept = [mark.moved(-cut, len(text) - cut) for mark in marks if mark.start < len(text)]
    return text[cut:], kept
