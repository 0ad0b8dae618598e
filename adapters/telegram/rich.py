"""Render an answer as the HTML of a rich message, which shows tables and formulas; not every app shows it."""

import re
from html.parser import HTMLParser

from telegramify_markdown import richify

from adapters.telegram.render.links import host
from adapters.telegram.render.source import cleaned, outside_code, parsed
from adapters.telegram.render.writer import without_mentions
from bridge import literals

MAX_BYTES, MAX_BLOCKS, MAX_DEPTH, MAX_COLUMNS = 32_768, 500, 16, 20
"""Limits of a rich message: UTF-8 bytes, blocks, nesting, columns (Bot API, sendRichMessage).

List items and table rows are blocks, too.
"""

_IMAGE = re.compile(r'<img src="([^"]*)"(?: alt="([^"]*)")?[^>]*/?>')
_LINK_OR_IMAGE = re.compile(rf'<a href="[^"]*">.*?</a>|{_IMAGE.pattern}', re.DOTALL)
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_TEXT = re.compile(r"(<[^>]*>)")
_BLOCKS = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "blockquote", "pre", "hr", "details")
) | {"tg-math-block"}
_EMPTY = frozenset(("br", "hr", "img", "input"))


def wants_rich(markdown: str) -> bool:
    """Tell whether the Markdown has a table or a formula on a line of its own."""
    return any(
        isinstance(event, dict)
        and ("DisplayMath" in event or (isinstance(tag := event.get("Start"), dict) and "Table" in tag))
        for event, _ in parsed(cleaned(markdown))[1]
    )


def rich(markdown: str) -> str | None:
    """Return the HTML for a rich message, or None where it would exceed a limit. Never raises.

    Images become links, inside of links their descriptions; links other than http(s) become their labels.
    """
    try:
        source = _with_escaped_literals(parsed(cleaned(markdown))[0])
        source = outside_code(source, lambda text: text.replace("||", "\\|\\|"))  # telegramify makes spoilers of them
        html = richify(source, mode="html").html or ""
    except Exception:  # noqa: BLE001  it is shown as text and entities then
        return None
    html = _LINK.sub(_web_link, _LINK_OR_IMAGE.sub(_without_images, html))
    html = "".join(part if part.startswith("<") else without_mentions(part) for part in _TEXT.split(html))
    return html if html and _Limits(html).holds else None


def _without_images(found: re.Match[str]) -> str:
    if found[1] is None:  # a link
        return _IMAGE.sub(r"\2", found[0])
    return f'<a href="{found[1]}">🖼 {found[2] or found[1]}</a>'


def _with_escaped_literals(markdown: str) -> str:
    """Return Markdown whose literals another parser, too, takes for text; addresses become links.

    Telegram is told to look for no links itself in a rich message.
    """
    parts: list[str] = []
    at = 0
    for start, stop, _ in literals(markdown):
        literal = markdown[start:stop]
        line = markdown[markdown.rfind("\n", 0, start) + 1 : start]
        if host(address := _ESCAPE.sub(r"\1", literal)) and line.count("[") <= line.count("]"):  # and in no label
            literal = f"<{address}>"
        else:
            literal = _SIGN.sub(r"\\\g<0>", literal.replace("\\|", "\0")).replace("\0", "\\|")
        parts += (markdown[at:start], literal)
        at = stop
    return "".join([*parts, markdown[at:]])


def _web_link(link: re.Match[str]) -> str:
    return link[0] if host(link[1].replace("&amp;", "&")) else link[2]


class _Limits(HTMLParser):
    """Checks HTML: `holds` tells that it is well-formed, has text, and keeps to the limits.

    Text outside of all blocks counts as a block.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self._blocks = self._columns = 0
        self._outside = self._has_text = False
        self.holds = len(html.encode()) <= MAX_BYTES
        if self.holds:
            self.feed(html)
            self.close()
            self.holds = self.holds and self._has_text and not self._open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """See HTMLParser.handle_starttag; counts blocks, nesting and columns."""
        self._count(tag in _BLOCKS)
        if tag not in _EMPTY:
            self._open.append(tag)
        self._columns = 0 if tag == "tr" else self._columns + (tag in ("td", "th"))
        within = self._blocks <= MAX_BLOCKS and len(self._open) <= MAX_DEPTH and self._columns <= MAX_COLUMNS
        self.holds = self.holds and within

    def handle_endtag(self, tag: str) -> None:
        """See HTMLParser.handle_endtag; checks that tags are properly nested."""
        if tag not in _EMPTY:
            self.holds = bool(self._open) and self._open.pop() == tag and self.holds

    def handle_data(self, data: str) -> None:
        """See HTMLParser.handle_data; counts text outside of blocks."""
        if data.strip():
            self._has_text = True
            self._count(block=False)

    def _count(self, block: bool) -> None:
        if block or not (self._open or self._outside):
            self._outside = not block
            self._blocks += 1
