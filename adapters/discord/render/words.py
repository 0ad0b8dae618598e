"""Reduce an answer to its words, for when Discord refuses its formatting."""

import re
from typing import Any

from adapters.common.markdown.clean import clean
from adapters.common.markdown.events import events
from adapters.common.markdown.notes import sign
from adapters.discord.render.plain import without_mentions

_LINES = frozenset(("Paragraph", "Heading", "CodeBlock", "Item", "TableHead", "TableRow"))
_BREAKS = frozenset(("SoftBreak", "HardBreak", "Rule"))
_BLANK_LINES = re.compile(r"\n{3,}")


def without_markup(markdown: str, most: int) -> str:
    """Return the words, with the address of each link behind its label, cut to `most` code points."""
    parts: list[str] = []
    urls: list[str] = []
    event: Any
    for event, _ in events(clean(markdown)):
        ((kind, value),) = event.items() if isinstance(event, dict) else ((str(event), None),)
        name, detail = next(iter(value.items())) if isinstance(value, dict) else (value, {})
        if kind == "Start" and name in ("Link", "Image"):
            urls.append(detail["dest_url"])
        parts.append(_end(str(name), urls) if kind == "End" else _word(kind, value))
    text = _BLANK_LINES.sub("\n\n", without_mentions("".join(parts))).strip() or clean(markdown).strip()
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _word(kind: str, value: Any) -> str:
    if kind in ("Text", "Literal", "Code", "InlineHtml", "Html"):
        return str(value)
    return sign(value) if kind == "FootnoteReference" else "\n" if kind in _BREAKS else ""


def _end(name: str, urls: list[str]) -> str:
    if name in ("Link", "Image"):
        url = urls.pop()
        return f" ({url})" if url else ""
    return "\n\n" if name == "Paragraph" else "\n" if name in _LINES else " | " if name == "TableCell" else ""
