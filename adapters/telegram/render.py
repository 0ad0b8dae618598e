"""Qwen's Markdown as Telegram shows it: text and entities, which need no escaping and cannot fail to parse."""

import re

import pyromark
from telegram import MessageEntity
from telegramify_markdown import convert
from telegramify_markdown.config import RenderConfig

LINK = re.compile(r"(https?://[^\s/.]+\.[^\s]+|mailto:\S+@\S+\.\S+)")
"""Links that Telegram takes; any other makes it refuse the whole message, or mentions people."""


HTML_ROUNDS = 4
"""A tag that is kept as text may leave another one behind it that was none before."""


def _plain_symbols() -> RenderConfig:
    config = RenderConfig.isolated()
    symbols = config.markdown_symbol
    symbols.heading_level_1 = symbols.heading_level_2 = symbols.heading_level_3 = symbols.heading_level_4 = ""
    symbols.unordered_list_item = "•"
    return config


_CONFIG = _plain_symbols()
_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_MATH
)


def render(markdown: str) -> tuple[str, list[MessageEntity]]:
    """Text and entities; offsets and lengths are in UTF-16 units. Text that renders to nothing stays as it is."""
    text, entities = convert(_with_tags_as_text(markdown), config=_CONFIG)
    if not text.strip():
        return markdown, []
    kept = (entity for entity in entities if entity.type != "text_link" or LINK.fullmatch(entity.url or ""))
    return text, [MessageEntity.de_json(entity.to_dict(), None) for entity in kept]


def _with_tags_as_text(markdown: str) -> str:
    """What looks like HTML (`List<String>`, `<name>`) would vanish: it is escaped, so that it is read as it stands."""
    for _ in range(HTML_ROUNDS if "<" in markdown else 0):
        source = markdown.encode()
        tags = [
            (span["start"], span["end"])
            for event, span in pyromark.events_with_range(markdown, options=_OPTIONS)
            if isinstance(event, dict) and ("InlineHtml" in event or "Html" in event)
        ]
        if not tags:
            break
        for start, end in reversed(tags):
            source = source[:start] + source[start:end].replace(b"<", b"\\<") + source[end:]
        markdown = source.decode()
    return markdown


def units(text: str) -> int:
    """The length in UTF-16 units, in which Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def measure(markdown: str) -> int:
    """The length of what Markdown renders to, in UTF-16 units."""
    return units(render(markdown)[0])


def plain(markdown: str) -> str:
    """The same words without any markup."""
    return render(markdown)[0]
