"""An answer as one of Telegram's rich messages, which show tables and formulas; not every client shows them."""

import re
from html.parser import HTMLParser

from telegramify_markdown import richify

from adapters.telegram.render.links import host
from adapters.telegram.render.source import cleaned, outside_code, parsed
from adapters.telegram.render.writer import defused

MOST_BYTES, MOST_BLOCKS, DEEPEST, MOST_COLUMNS = 32_768, 500, 16, 20
"""The limits of sendRichMessage; list items and table rows are blocks too."""

_IMAGE = re.compile(r'<img src="[^"]*"(?: alt="([^"]*)")?[^>]*/?>')
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TEXT = re.compile(r"(<[^>]*>)")
_BLOCKS = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "blockquote", "pre", "hr", "details")
) | {"tg-math-block"}
_EMPTY = frozenset(("br", "hr", "img", "input"))


def wants_rich(markdown: str) -> bool:
    """Whether it has a table or a formula of its own line."""
    return any(
        isinstance(event, dict)
        and ("DisplayMath" in event or (isinstance(tag := event.get("Start"), dict) and "Table" in tag))
        for event, _ in parsed(cleaned(markdown))[1]
    )


def rich(markdown: str) -> str | None:
    """The HTML for a rich message, without images and without links that are not http; None where it breaks a limit."""
    try:
        source, _ = parsed(cleaned(markdown))
        source = outside_code(source, lambda text: text.replace("||", "\\|\\|"))  # telegramify makes spoilers of them
        html = richify(source, mode="html").html or ""
    except Exception:  # noqa: BLE001  it is shown as text and entities then
        return None
    html = _LINK.sub(_kept_link, _IMAGE.sub(r"\1", html))
    html = "".join(part if part.startswith("<") else defused(part) for part in _TEXT.split(html))
    return html if html and _Limits(html).kept else None


def _kept_link(link: re.Match[str]) -> str:
    return link[0] if host(link[1].replace("&amp;", "&")) else link[2]


class _Limits(HTMLParser):
    """Whether it is well-formed, has words, and breaks no limit. What stands outside of all blocks is one, too."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self._blocks = self._columns = 0
        self._loose = self._worded = False
        self.kept = len(html.encode()) <= MOST_BYTES
        if self.kept:
            self.feed(html)
            self.close()
            self.kept = self.kept and self._worded and not self._open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._count(tag in _BLOCKS)
        if tag not in _EMPTY:
            self._open.append(tag)
        self._columns = 0 if tag == "tr" else self._columns + (tag in ("td", "th"))
        within = self._blocks <= MOST_BLOCKS and len(self._open) <= DEEPEST and self._columns <= MOST_COLUMNS
        self.kept = self.kept and within

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY:
            self.kept = bool(self._open) and self._open.pop() == tag and self.kept

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._worded = True
            self._count(block=False)

    def _count(self, block: bool) -> None:
        if block or not (self._open or self._loose):
            self._loose = not block
            self._blocks += 1
