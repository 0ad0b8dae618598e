"""Write what stands inside a line: styles, links, breaks, code and formulas."""

from adapters.common.markdown.formulas import in_a_line, to_text
from adapters.common.markdown.notes import sign
from adapters.telegram.render.links import host, is_bare, note
from adapters.telegram.render.source import BREAK, Span, cleaned
from adapters.telegram.render.writer import Mark, Writer, without_mentions

STYLE_OF = {"Strong": "bold", "Emphasis": "italic", "Strikethrough": "strikethrough"}
_PICTURE = "🖼"


class Inline(Writer):
    """Writes inline elements; its subclass Walker keeps track of the lists and quotes around them."""

    def __init__(self, markdown: str, *, bare: bool = False) -> None:
        super().__init__(bare=bare)
        self._source = markdown.encode()
        self._read = 0  # where the last thing shown ends in the source
        self._lists: list[int | None] = []
        self._quotes: list[int] = []
        self._tildes: list[bool] = []
        self._addresses: list[tuple[int, int]] = []

    def _indent(self) -> str:
        """Return the indentation of further lines of a list item; none in a quote, which stands at the margin."""
        return "" if self._quotes else "  " * len(self._lists)

    def _begin_style(self, name: str, span: Span) -> None:
        single = name == "Strikethrough" and self._source[span["start"] + 1 : span["start"] + 2] != b"~"
        if name == "Strikethrough":
            self._tildes.append(single)
        if single and self._source:  # about, not struck out
            self._put("~")
        else:
            self._open(STYLE_OF[name])

    def _end_style(self, name: str, span: Span) -> None:
        if name == "Strikethrough" and self._tildes.pop() and self._source:
            self._put("~")
        else:
            self._close(STYLE_OF[name])
        self._read = span["end"]

    def _begin_image(self, value: dict[str, str], span: Span) -> None:
        self._begin_link(value, span)
        self._put(_PICTURE + " ")

    def _begin_link(self, value: dict[str, str], _: Span) -> None:
        self._write_gap()
        url = value["dest_url"]
        if value["link_type"] == "Email":
            url = f"mailto:{url}"
        kept = bool(host(url)) and not self._links and not self._bare
        self._linked = self._linked or kept
        self._links.append((self._at, len(self._parts), url, kept))

    def _end_link(self, _: object, span: Span) -> None:
        start, first, url, kept = self._links.pop()
        label = "".join(self._parts[first:])
        if not label.strip() and kept:
            self._put(label := url)
        if kept:
            self._marks.append(Mark("text_link", start, self._at, url))
            self._linked = False
        if not self._links and not self._bare:
            self._put(without_mentions(note(label, url)))
        self._read = span["end"]

    def _on_break(self, span: Span) -> None:
        if self._gap:  # behind a formula of its own line
            self._marker = self._marker or self._indent()
        else:
            self._put("\n" + self._indent())
        self._read = span["end"]

    def _on_literal(self, value: str, span: Span) -> None:
        """Write an address as it is, and any other literal so that it mentions nobody."""
        text = cleaned(value)
        self._write_gap()
        start = self._at
        if self._bare or self._linked:
            self._put(text)
        elif "://" in text:
            self._addresses.append((start, start + len(text)))
            if is_bare(text):
                self._marks.append(Mark("text_link", start, start + len(text), text))
            self._put(text)
        elif without_mentions(text) == text:
            self._put(text)
        else:
            self._mark("code", text)  # a word joiner in it would be copied along
        self._read = span["end"]

    def _on_code(self, code: str, span: Span) -> None:
        self._mark("code", cleaned(code))
        self._read = span["end"]

    def _on_math(self, formula: str, span: Span) -> None:
        self._mark("code", in_a_line(to_text(cleaned(formula))))
        self._read = span["end"]

    def _on_display_math(self, formula: str, span: Span) -> None:
        """Write a display formula: as a block where it stands alone in its line, else as code."""
        if self._marker.strip() or not self._stands_alone(span):
            self._on_math(formula, span)
            return
        self._marker = ""
        self._mark("pre", to_text(cleaned(formula)))
        self._gap, self._read = 1, span["end"]

    def _stands_alone(self, span: Span) -> bool:
        start, end = self._source.rfind(b"\n", 0, span["start"]) + 1, self._source.find(b"\n", span["end"])
        before, behind = self._source[start : span["start"]], self._source[span["end"] : end if end >= 0 else None]
        return bool(self._source) and not before.strip(b" \t>") and not behind.strip()

    def _on_note(self, name: str, span: Span) -> None:
        self._put(without_mentions(sign(cleaned(name))))
        self._read = span["end"]

    def _on_html(self, html: str, span: Span) -> None:
        self._put("\n" if BREAK.fullmatch(html) else without_mentions(cleaned(html)))
        self._read = span["end"]

    def _on_task(self, done: bool, span: Span) -> None:
        self._marker = "  " * (len(self._lists) - 1) + ("☑ " if done else "☐ ")
