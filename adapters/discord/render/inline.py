"""Rewrite what stands inside a block: text, emphasis, code, line breaks, links and images."""

import re
from dataclasses import dataclass
from typing import Any

from adapters.common.markdown.emphasis import EDGE
from adapters.common.markdown.links import elsewhere, mail, quoted, web
from adapters.common.markdown.source import Edit
from adapters.discord.render.blocks import span
from adapters.discord.render.containers import Layout
from adapters.discord.render.plain import literal, plain, reference, without_mentions

_BREAK = re.compile(r"<br */?>", re.IGNORECASE)
_PLACE = 0x100000
_PLACES = re.compile(r"[\U00100000-\U0010fffd]\\?")
"""Places of literals in a text that is being escaped, by their numbers: private code points."""

_NEEDS_ESCAPES = re.compile(r"[\\<>\[\]`]")

_CUT_OFF = frozenset(".,:;\"']")
"""Signs that Discord takes for no part of a link at its end."""

LONGEST_SIGN = 3
"""Bounds the signs, in code points, with which a mention begins: `<@&`."""

_SCHEME = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Open:
    """Is a link or image that has begun; `texts` and `edits` are the lengths of the lists at its beginning."""

    kind: str
    url: str
    title: str
    texts: int
    edits: int


class Inline:
    """Collects the edits of a walk, one method for each event of the parser.

    `start` and `end` are bytes in the source. `texts` holds the words without their markup, `links` counts what can be
    followed. `previous` is the byte up
    to which the walk has come, `one_line` tells that a line break is not possible here.
    """

    def __init__(self, source: bytes, layout: Layout) -> None:
        self._source = source
        self._layout = layout
        self.edits: list[Edit] = []
        self.texts: list[str] = []
        self.bold = 0
        self.links = 0
        self.one_line = False
        self.previous = 0
        self._open: list[_Open] = []
        self._image_urls: list[str] = []
        self._run: list[str] = []
        self._literals: list[str] = []
        self._addresses: list[tuple[int, str]] = []
        self._run_start = 0

    def text(self, value: str, start: int, end: int) -> None:
        """Add text, which the parser delivers in fragments: they are escaped together, by flush()."""
        self.texts.append(value.replace(EDGE, ""))
        found = self._source[start:end].decode()
        escaped = start > self.previous and self._source[start - 1] == 0x5C
        if not self._run:
            self._run_start = start - escaped
        if escaped:
            found = f"\\{found}"
            self._run.append(found if found[1:] == value else literal(value))
        else:
            self._run.append(found if found == value else literal(value))

    def literal(self, value: str, start: int, _end: int) -> None:
        """Add what stands for itself, such as an address."""
        self.texts.append(value)
        if not self._run:
            self._run_start = start
        self._run.append(chr(_PLACE + len(self._literals)))
        self._literals.append(value)
        if _SCHEME.match(value):
            self.links += 1
            self._addresses.append((start, value))

    def flush(self) -> None:
        """Escape the text that was collected."""
        if not self._run:
            return
        source = self._source[self._run_start : self.previous].decode()
        safe = plain("".join(self._run))
        if self._literals:
            safe = _PLACES.sub(self._shown, safe)
            self._literals.clear()
        if safe != source:
            self.edits.append((self._run_start, self.previous, safe))
        self._run.clear()

    def _shown(self, place: re.Match[str]) -> str:
        """Return a literal as Discord shows it: the address of a website as it is, any other with its signs escaped."""
        number = ord(place[0][0]) - _PLACE
        if number >= len(self._literals):
            return place[0]
        value, behind = self._literals[number], place[0][1:]
        if not _SCHEME.match(value):
            shown = (literal if _NEEDS_ESCAPES.search(value) else plain)(value) + behind
            before = place.string[max(0, place.start() - LONGEST_SIGN) : place.start()]
            return without_mentions(before + shown)[len(before) :]  # a mention may begin with what stands before
        cut = behind or value[-1] in _CUT_OFF  # the backslash of an escape would belong to the address
        return f"<{value}>{behind}" if cut else value

    def html(self, value: str, start: int, end: int) -> None:
        """Show an HTML tag as text, but turn <br>, which models do use, into a line break."""
        if not _BREAK.fullmatch(value.strip()):
            self.text(value, start, end)
            return
        self.flush()
        self.texts.append(" ")
        newline = " " if self.one_line else f"\n{self._layout.here.prefix}"
        self.edits.append((start, end, "" if self._source[end : end + 1] == b"\n" else newline))

    def code(self, value: str, start: int, end: int) -> None:
        """Rewrite code with three backticks, which Discord takes for a block wherever they stand."""
        self.flush()
        self.texts.append(value.replace(EDGE, ""))
        source = self._source[start:end].decode()
        if source.startswith("```") or "```" in value or value not in source:
            self.edits.append((start, end, span(value)))

    def line_break(self, start: int, end: int, *, hard: bool) -> None:
        """Keep a line break, without the backslash or blanks of a hard one; where `one_line`, make it a blank."""
        self.flush()
        self.texts.append(" ")
        if self.one_line:
            self.edits.append((start, self._layout.next_content(end), " "))
            return
        if hard:
            self.edits.append((start, end, "\n"))
        if self._source[end : end + 1] not in (b" ", b"\t", b">"):
            return
        begin, contents = self._layout.line_content(end), self._layout.next_content(end)
        if begin < contents:
            self.edits.append((begin, contents, ""))

    def note(self, name: str, start: int, end: int) -> None:
        """Replace a reference to a footnote."""
        self.flush()
        self.texts.append(f"[{name}]")
        self.edits.append((start, end, reference(name)))

    def task(self, done: bool, start: int, end: int) -> None:
        """Replace the check box of a task."""
        self.edits.append((start, end, "☑" if done else "☐"))

    def strong(self, _: Any, _start: int, _end: int) -> None:
        """Begin bold text."""
        self.bold += 1

    def strong_end(self, _: Any, start: int, end: int) -> None:
        """End bold text: Discord would underline `__`, and end bold at bold inside it, or within an address."""
        self.bold -= 1
        sign = "" if self.bold or "**" in self._addresses_since(start) else "**"
        if self._source[start : start + 2] != sign.encode():
            self.edits += ((start, start + 2, sign), (end - 2, end, sign))

    def emphasis_end(self, _: Any, start: int, end: int) -> None:
        """End italics: in Discord another `_` ends those between `_`, and an address that holds their sign does."""
        addresses = self._addresses_since(start)
        was = self._source[start : start + 1].decode()
        underlined = b"_" in self._source[start + 1 : end - 1]
        sign = "*" if was == "_" and underlined else was
        if sign == "*" and "*" in addresses:
            sign = "" if underlined else "_"
        if sign != was:
            self.edits += ((start, start + 1, sign), (end - 1, end, sign))

    def _addresses_since(self, start: int) -> str:
        return " ".join(address for at, address in self._addresses if at >= start) if self._addresses else ""

    def strike_end(self, _: Any, start: int, end: int) -> None:
        """Escape a single tilde, which means "about" in practice; two strike out in Discord, too."""
        if self._source[start : start + 2] != b"~~":
            self.edits += ((start, start + 1, "\\~"), (end - 1, end, "\\~"))
        elif "~~" in self._addresses_since(start):
            self.edits += ((start, start + 2, ""), (end - 2, end, ""))

    def link(self, value: dict[str, Any], _start: int, _end: int) -> None:
        """Begin a link or an image."""
        self._open.append(
            _Open(value["link_type"], value["dest_url"], value["title"], len(self.texts), len(self.edits))
        )

    def link_end(self, _: Any, start: int, end: int) -> None:
        """End a link: one to the web is written without an embed (`<…>`), any other becomes text."""
        link = self._open.pop()
        end += _brackets_behind(link, self._source, end)
        label = "".join(self.texts[link.texts :])
        host = web(link.url)
        if link.kind in ("Autolink", "Email") or not label.strip():
            del self.edits[link.edits :]
            if not (host and link.kind == "Autolink"):
                self.edits.append((start, end, f"<{quoted(link.url)}>" if host else literal(label)))
        else:
            self._labelled(link, label, host, start, end)
        self.links += bool(host)
        self.texts.append(_url_note(label, link.url) if host or mail(link.url) else "")
        images = "".join(f" (<{url}>)" for url in self._image_urls)
        if images:
            self.edits.append((end, end, images))
            self.texts.append(images)
            self._image_urls.clear()

    def _labelled(self, link: _Open, label: str, host: str, start: int, end: int) -> None:
        after = self.previous
        if not host:
            address = mail(link.url)
            note = f" ({literal(address)})" if address and address not in label else ""
            self.edits += ((start, start + 1, ""), (after, end, note))
            return
        if label.rstrip("/") == link.url.rstrip("/"):
            del self.edits[link.edits :]
            self.edits.append((start, end, f"<{quoted(link.url)}>"))
            return
        target = _target(link)
        if elsewhere(label, host) and not self._source.startswith(f" ({host})".encode(), end):
            target += f" ({host})"
        if _SCHEME.search(label):  # Discord makes no link where the label has an address
            del self.edits[link.edits :]
            self.edits.append((start, end, f"[{literal(_round_brackets(_SCHEME.sub('', label)))}{target}"))
        elif self._source[after:end].decode() != target:
            self.edits.append((after, end, target))

    def image_end(self, _: Any, start: int, end: int) -> None:
        """End an image: it becomes a link with the image's description."""
        image = self._open.pop()
        end += _brackets_behind(image, self._source, end)
        alt = "".join(self.texts[image.texts :])
        del self.edits[image.edits :]
        label = literal(_round_brackets(alt))
        if not web(image.url):
            shown = label
        elif self._open:
            shown = label or "…"
            self._image_urls.append(quoted(image.url))
        else:
            shown = f"[{label}{_target(image)}" if alt.strip() else f"<{quoted(image.url)}>"
            self.texts.append(_url_note(alt, image.url))
        self.edits.append((start, end, shown))


def _brackets_behind(link: _Open, source: bytes, end: int) -> int:
    """Return the bytes of the last brackets of `[text][]`, which the parser's range leaves out."""
    return 2 if link.kind == "Collapsed" and source.startswith(b"[]", end) else 0


def _target(link: _Open) -> str:
    words = " ".join(link.title.replace('"', "'").split())
    title = f' "{words}"' if words else ""
    return f"](<{quoted(link.url)}>{title})"


def _url_note(label: str, url: str) -> str:
    """Return the address to write behind a label where there are no links; "" where the label shows it."""
    return "" if url in label or url.removeprefix("mailto:") in label else f" <{url.removeprefix('mailto:')}>"


def _round_brackets(text: str) -> str:
    """Return a label without square brackets, which might end it too early."""
    return text.replace("[", "(").replace("]", ")")
