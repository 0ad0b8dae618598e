"""Qwen's Markdown as Telegram shows it: text and entities, which need no escaping and cannot fail to parse."""

import re

from telegram import MessageEntity
from telegramify_markdown import convert
from telegramify_markdown.config import RenderConfig

LINK = re.compile(r"(https?://[^\s/.]+\.[^\s]+|mailto:\S+@\S+\.\S+)")
"""Links that Telegram takes; any other makes it refuse the whole message, or mentions people."""


def _plain_symbols() -> RenderConfig:
    config = RenderConfig.isolated()
    symbols = config.markdown_symbol
    symbols.heading_level_1 = symbols.heading_level_2 = symbols.heading_level_3 = symbols.heading_level_4 = ""
    symbols.unordered_list_item = "•"
    return config


_CONFIG = _plain_symbols()


def render(markdown: str) -> tuple[str, list[MessageEntity]]:
    """Text and entities; offsets and lengths are in UTF-16 units. Text that renders to nothing stays as it is."""
    text, entities = convert(markdown, config=_CONFIG)
    if not text.strip():
        return markdown, []
    kept = (entity for entity in entities if entity.type != "text_link" or LINK.fullmatch(entity.url or ""))
    return text, [MessageEntity.de_json(entity.to_dict(), None) for entity in kept]


def units(text: str) -> int:
    """The length in UTF-16 units, in which Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def measure(markdown: str) -> int:
    """The length of what Markdown renders to, in UTF-16 units."""
    return units(render(markdown)[0])
