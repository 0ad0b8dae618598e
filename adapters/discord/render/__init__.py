"""Render Qwen's Markdown for Discord: Markdown again, in which what Discord cannot show is rewritten."""

from functools import lru_cache

from adapters.common.markdown.clean import clean
from adapters.common.markdown.emphasis import EDGE, edged
from adapters.common.markdown.prepare import prepare
from adapters.discord.render.rewrite import rewrite
from adapters.discord.render.words import without_markup

__all__ = ["measure", "render", "without_markup"]

_REMEMBERED = 8
"""Texts whose rendering is cached: each is measured, then shown, and the last ones again while an answer grows."""

_MARKUP = frozenset("\t\r&\\`*_~|<>[]#@$+=-:)0123456789")
"""Text without any of these characters and without two blanks in a row is sent unchanged."""


@lru_cache(_REMEMBERED)
def render(markdown: str) -> str:
    """Return the Markdown to send to Discord. Never raises, and takes time linear in the length.

    Every word is kept, except for the names of link references, addresses of links other than http(s) and mailto, and
    LaTeX's own commands. Where the result would be blank, the source is returned.
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
