"""Render Qwen's Markdown for Discord: as Markdown, with what Discord does not know rewritten into what it does."""

from functools import lru_cache

from adapters.common.markdown.clean import clean
from adapters.common.markdown.emphasis import EDGE, edged
from adapters.common.markdown.prepare import prepare
from adapters.discord.render.rewrite import rewrite
from adapters.discord.render.words import without_markup

__all__ = ["measure", "render", "without_markup"]

_REMEMBERED = 8
"""A piece is measured and then shown; and the last ones are measured again while an answer grows."""

_MARKUP = frozenset("\t\r&\\`*_~|<>[]#@$+=-:)0123456789")
"""Without one of these, and without an indented line, there is nothing to change."""


@lru_cache(_REMEMBERED)
def render(markdown: str) -> str:
    """Return the text to send. Never raises, takes linear time, keeps every word; a blank result is the source itself.

    Not kept are the names of link references, the addresses of links that are not for the web or for mail, and LaTeX's
    own commands.
    """
    text = clean(markdown)
    if not text.strip():
        return markdown
    if _MARKUP.isdisjoint(text) and "  " not in text:
        return text
    shown = clean(rewrite(prepare(edged(text).encode())).decode().replace(EDGE, ""))
    return shown if shown.strip() else text


def measure(markdown: str) -> int:
    """Return the length of the rendered Markdown in code points, in which Discord counts."""
    return len(render(markdown))
