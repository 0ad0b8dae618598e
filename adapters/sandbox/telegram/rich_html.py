"""Rich messages on the pretended Telegram: HTML that is checked as strictly as the server does, and read as words."""

import html
import re
from dataclasses import dataclass

from adapters.sandbox.telegram.errors import Refused, bad
from adapters.sandbox.telegram.params import Params

MOST_BYTES, MOST_BLOCKS, DEEPEST, MOST_COLUMNS, MOST_MEDIA = 32_768, 500, 16, 20, 50
FORMS = ("html", "markdown", "blocks")

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset((*HEADINGS, "p", "pre", "footer", "hr", "ul", "ol", "li", "blockquote", "aside", "table", "tr"))
BLOCKS |= {"details", "tg-math-block", "tg-collage", "tg-slideshow", "tg-map", "figure"}
MEDIA = frozenset(("img", "video", "audio"))
INLINE = frozenset(("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "mark", "sub", "sup", "a"))
INLINE |= {"span", "tg-spoiler", "tg-emoji", "tg-time", "tg-math", "tg-reference", "br", "input"}
INSIDE = {
    "li": ("ul", "ol"),
    "tr": ("table",),
    "td": ("tr",),
    "th": ("tr",),
    "caption": ("table",),
    "summary": ("details",),
    "cite": ("blockquote", "aside", "figcaption"),
    "figcaption": ("figure", "tg-collage", "tg-slideshow"),
}
"""Elements that may only stand inside certain others."""

KNOWN = BLOCKS | MEDIA | INLINE | frozenset(INSIDE)
EMPTY = frozenset(("br", "hr", "img", "input"))
OWN_LINE = BLOCKS | {"caption", "summary", "br", "figcaption"}

_TAG = re.compile(
    r"<(/?)([a-z][a-z0-9-]*)((?:\s+[a-z][a-z-]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*)\s*(/?)>", re.IGNORECASE
)
_COLSPAN = re.compile(r"\bcolspan\s*=\s*[\"'](\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Rich:
    """The content of a rich message: its HTML, and the words that a person reads."""

    html: str
    text: str


def read_rich(params: Params) -> Rich | None:
    """Read the ``rich_message`` of a request, None if there is none. Raises Refused."""
    wanted = params.mapping("rich_message", "input rich message")
    if wanted is None:
        return None
    if sum(bool(wanted.get(form)) for form in FORMS) != 1:
        raise bad("exactly one of the fields html, markdown and blocks must be specified in the rich message")
    source = wanted.get("html")
    if not isinstance(source, str):
        raise bad("can't parse rich message: the stand-in reads html only")
    if len(source.encode()) > MOST_BYTES:
        raise bad("rich message is too long")
    text = _Reader(source).read()
    if not text:
        raise bad("rich message must be non-empty")
    return Rich(source, text)


class _Reader:
    """Reads the HTML once, from tag to tag."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._open: list[str] = []
        self._words: list[str] = []
        self._blocks = self._media = self._columns = 0
        self._loose = False

    def read(self) -> str:
        """Return the words of all blocks, line after line, a blank between the cells of a row. Raises Refused."""
        while self._at < len(self._source):
            if self._source[self._at] == "<":
                self._tag()
            else:
                end = self._source.find("<", self._at)
                self._text(self._source[self._at : end if end >= 0 else None])
        if self._open:
            raise self._unreadable(f'Can\'t find end tag corresponding to start tag "{self._open[-1]}"', where=False)
        return re.sub(r"\s*\n\s*", "\n", "".join(self._words)).strip()

    def _tag(self) -> None:
        found = _TAG.match(self._source, self._at)
        if found is None:
            raise self._unreadable("Unsupported start tag")
        closing, name, attributes, at_once = found[1], found[2].lower(), found[3], found[4]
        if name not in KNOWN:
            raise self._unreadable(f'Unsupported start tag "{name}"')
        if closing:
            self._close(name)
        else:
            self._begin(name, attributes)
            if name not in EMPTY:
                self._open.append(name)
                self._limit(len(self._open) <= DEEPEST, "nested too deeply")
                if at_once:
                    self._close(name)
        if name in OWN_LINE:
            self._words.append("\n")
        elif name in ("td", "th") and not closing:
            self._words.append(" ")
        self._at = found.end()

    def _begin(self, name: str, attributes: str) -> None:
        outer = self._open[-1] if self._open else ""
        if name in INSIDE and outer not in INSIDE[name]:
            raise self._unreadable(f'Tag "{name}" is not allowed here')
        self._count(name in BLOCKS or name in MEDIA, inline=name in INLINE)
        self._media += name in MEDIA
        self._limit(self._media <= MOST_MEDIA, "too many media")
        if name == "tr":
            self._columns = 0
        if name in ("td", "th"):
            span = _COLSPAN.search(attributes)
            self._columns += int(span[1]) if span else 1
            self._limit(self._columns <= MOST_COLUMNS, "too many table columns")

    def _close(self, name: str) -> None:
        if not self._open or self._open[-1] != name:
            expected = f', expected "</{self._open[-1]}>", found "</{name}>"' if self._open else ""
            raise self._unreadable(f"Unmatched end tag{expected}")
        self._open.pop()

    def _text(self, text: str) -> None:
        self._count(False, inline=bool(text.strip()))
        self._words.append(html.unescape(text))
        self._at += len(text)

    def _count(self, block: bool, *, inline: bool) -> None:
        """Words outside of all blocks are a paragraph, too."""
        if not block and (self._open or not inline or self._loose):
            return
        self._loose = not block
        self._blocks += 1
        self._limit(self._blocks <= MOST_BLOCKS, "too many blocks")

    @staticmethod
    def _limit(kept: bool, problem: str) -> None:
        if not kept:
            raise bad(f"rich message is invalid: {problem}")

    def _unreadable(self, problem: str, *, where: bool = True) -> Refused:
        offset = len(self._source[: self._at].encode())
        return bad(f"can't parse entities: {problem}" + (f" at byte offset {offset}" if where else ""))
