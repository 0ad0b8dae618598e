"""Read the words of rich messages, which the library does not know (Bot API 10.1, RichMessage and RichText)."""

import re
from collections.abc import Iterator, Mapping

from telegram import MessageEntity

from adapters.common import seen

LONGEST = 100_000
"""Characters that are read of a rich message; Telegram's own limit is 32,768 bytes."""

_MARK = re.compile(r"(?P<mention>(?<!\w)@\w+)|(?P<bot_command>\A/\w+(?:@\w+)?)")


def rich_words(message: object) -> str:
    """Return the words of a RichMessage: a line for each paragraph, item and row, links as Markdown. Never raises.

    What is of another shape than promised is left out, and only that.
    """
    try:
        return "\n".join(line for line in _lines(message) if line.strip())[:LONGEST]
    except RecursionError:
        return ""


def marks(text: str) -> tuple[MessageEntity, ...]:
    """Return the mentions and the command in a text, as Telegram marks them itself (Bot API, MessageEntity)."""
    return tuple(
        MessageEntity(str(found.lastgroup), _units(text[: found.start()]), _units(found[0]))
        for found in _MARK.finditer(text)
    )


def _lines(block: object) -> Iterator[str]:
    """Yield the lines of a RichBlock, of what holds blocks, or of a list of them."""
    if isinstance(block, list):
        for each in block:
            yield from _lines(each)
    if not isinstance(block, Mapping):
        return
    yield _text(block.get("summary"))
    yield _text(block)
    yield from _rows(block.get("cells"))
    for item in _list(block.get("items")):
        yield from _item(item)
    yield from _lines(block.get("blocks"))
    caption = block.get("caption")
    yield from _lines(caption) if isinstance(caption, Mapping) and "type" not in caption else [_text(caption)]
    yield _text(block.get("credit"))


def _item(item: object) -> Iterator[str]:
    """Yield the lines of a list's item: its sign, or its box, stands before the first."""
    if not isinstance(item, Mapping):
        return
    sign = ("[x]" if item.get("is_checked") else "[ ]") if item.get("has_checkbox") else _text(item.get("label"))
    words = [line for line in _lines(item.get("blocks")) if line.strip()]
    yield f"{sign} {words[0] if words else ''}".strip()
    yield from words[1:]


def _rows(cells: object) -> Iterator[str]:
    """Yield the rows of a table."""
    for row in _list(cells):
        yield " | ".join(_text(cell.get("text")) for cell in _list(row) if isinstance(cell, Mapping))


def _text(text: object) -> str:
    """Return the words of a RichText: it is a string, a list of such, or an object with more of it inside."""
    if isinstance(text, str):
        return text
    if isinstance(text, list):
        return "".join(map(_text, text))
    if not isinstance(text, Mapping):
        return ""
    words = next((said for name in ("text", "expression", "alternative_text") if (said := _text(text.get(name)))), "")
    url = text.get("url")
    return seen.link(words, url) if isinstance(url, str) else words


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
