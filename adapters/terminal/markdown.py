"""The terminal's rendering of Markdown: rich's, with formulas, the targets of links, and tables that fit."""

import re
from collections.abc import Iterator
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference
from markdown_it.token import Token
from rich import box, markdown
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import MarkdownElement
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from adapters.common.markdown.emphasis import EDGE, edged
from adapters.common.markdown.notes import sign, with_signs
from adapters.terminal.formulas import FORMULA, add_rules
from adapters.terminal.text import safe

THEME = Theme(
    {"markdown.target": "dim", "markdown.formula": "italic", "markdown.code": "bold cyan", "markdown.s": "strike"}
)
"""The styles that the console of a Markdown needs."""

NARROWEST_COLUMN = 9
"""A table whose columns would be narrower than so many cells is shown row by row instead."""

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\](?= )")
_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_BESIDE_THE_NAME = re.compile(r"^(?:https?://|mailto:)|/$", re.IGNORECASE)
_NOTE = re.compile(r"\[\^(\w{1,20})\]:")


class _Parser(MarkdownIt):
    """A parser that accepts links of every scheme, so that only the label of an unsafe one is shown."""

    def validateLink(self, url: str) -> bool:  # noqa: N802  the library's name
        return True


def parser() -> MarkdownIt:
    """Make a parser of Qwen's Markdown, with tables and formulas. HTML stays text: `List<String>` must not vanish."""
    made = _Parser("commonmark", {"html": False}).enable(["strikethrough", "table"])
    made.block.ruler.at("reference", _reference)
    add_rules(made)
    return made


def _reference(state: StateBlock, start: int, stop: int, silent: bool) -> bool:
    """Parse the definition of a link, but leave that of a footnote as text."""
    at = state.bMarks[start] + state.tShift[start]
    return not state.src.startswith("[^", at) and reference(state, start, stop, silent)


class Heading(markdown.Heading):
    """A heading, aligned to the left."""

    LEVEL_ALIGN: ClassVar = {}


class CodeBlock(markdown.CodeBlock):
    """A code block with one cell of padding at its sides and no blank rows of its own."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Syntax(str(self.text).rstrip(), self.lexer_name, theme=self.theme, word_wrap=True, padding=(0, 1))


class HorizontalRule(markdown.HorizontalRule):
    """A thematic break with a blank line below it, as below every block."""

    new_line = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Rule(style="markdown.hr", characters="─")


class Formula(markdown.TextElement):
    """A formula on lines of its own, indented by four cells."""

    style_name = "markdown.formula"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Padding(self.text, (0, 0, 0, 4))


class TableElement(markdown.TableElement):
    """A table; where its columns would be too narrow, each cell on a line, behind the name of its column."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = [cell.content for cell in self.header.row.cells] if self.header and self.header.row else []
        rows = [[cell.content for cell in row.cells] for row in self.body.rows] if self.body else []
        natural = sum(max(map(_width, column), default=0) + 3 for column in zip(names, *rows, strict=False))
        if natural > options.max_width and options.max_width < len(names) * (NARROWEST_COLUMN + 3):
            yield from self._row_by_row(names, rows)
            return
        table = Table(
            box=box.ROUNDED, style="dim", header_style="markdown.table.header", show_lines=natural > options.max_width
        )
        for name in names:
            table.add_column(name, justify=name.justify or "default", overflow="fold")
        for row in rows:
            table.add_row(*row)
        yield table

    def _row_by_row(self, names: list[Text], rows: list[list[Text]]) -> RenderResult:
        for number, row in enumerate(rows or [[Text() for _ in names]]):
            if number:
                yield Text()
            for name, cell in zip(names, row, strict=False):
                label = Text.assemble((name.plain, "markdown.table.header"), ": ")
                yield Text.assemble(label, Text(cell.plain, spans=cell.spans))


def _width(cell: Text) -> int:
    return max((line.cell_len for line in cell.split("\n")), default=0)


class Markdown(markdown.Markdown):
    """A renderable of rich's for an answer, or for whole blocks of one.

    `markup` is untrusted: control characters are removed, and only http, https and mailto links can be followed.
    """

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **markdown.Markdown.elements,
        "heading_open": Heading,
        "fence": CodeBlock,
        "code_block": CodeBlock,
        "hr": HorizontalRule,
        "table_open": TableElement,
        f"{FORMULA}_block": Formula,
    }

    def __init__(self, markup: str) -> None:
        super().__init__("", code_theme="ansi_dark")
        self.inlines = {*markdown.Markdown.inlines, FORMULA, "target"}
        self.parsed = parser().parse(edged(markup))
        quotes = 0
        for before, token in zip([None, *self.parsed], self.parsed, strict=False):
            token.content = safe(token.content).replace(EDGE, "")
            quotes += token.nesting if token.type.startswith("blockquote") else 0
            if token.children is not None:
                _keep_breaks(token.children, every=quotes > 0)
                token.children = list(_readable(token.children))
                if before and before.type == "paragraph_open" and before.level and token.children:
                    token.children[0].content = _TASK.sub(_box, token.children[0].content, count=1)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        parts = iter(super().__rich_console__(console, options))
        first = next(parts, None)
        if first is not None and first != Segment.line():  # a list, quote or table comes with a blank line before it
            yield first
        yield from parts


def _box(match: "re.Match[str]") -> str:
    if match.start():
        return match[0]
    return "☐" if match[1] == " " else "☑"


def _keep_breaks(children: list[Token], *, every: bool) -> None:
    """Keep the line breaks in quotes (`every`) and before footnotes, and replace the marks of footnotes."""
    for at, token in enumerate(children):
        starts = not at or children[at - 1].type in ("softbreak", "hardbreak")
        note = _NOTE.match(token.content) if starts and token.type == "text" else None
        if note:
            token.content = sign(note[1]) + token.content[note.end() :]
        if at and children[at - 1].type == "softbreak" and (every or note):
            children[at - 1].type = "hardbreak"


def _readable(children: list[Token]) -> Iterator[Token]:
    """Yield inline tokens that are safe for a terminal, with each link's target behind it."""
    targets: list[tuple[str, str]] = []
    label = ""
    for token in children:
        token.content = safe(token.content).replace(EDGE, "")
        if token.type == "text":
            token.content = with_signs(_BREAK.sub("\n", token.content))
        label += token.content
        if token.type == "image":
            token.children = None
            yield _text(f"🖼 {token.content}")
            yield from _target(token.content, safe(str(token.attrs.get("src", ""))))
        elif token.type == "link_open":
            href = safe(str(token.attrs.get("href", "")))
            token.attrs["href"] = href if _LINK.match(href) else ""
            targets.append((href, label))
            yield token
        elif token.type == "link_close" and targets:
            href, before = targets.pop()
            yield token
            yield from _target(label.removeprefix(before), href)
        else:
            yield token


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _target(label: str, href: str) -> Iterator[Token]:
    """Yield the target of a link, unless its label is the target or it cannot be followed."""
    if _LINK.match(href) and _BESIDE_THE_NAME.sub("", label.strip()) != _BESIDE_THE_NAME.sub("", href):
        yield Token("target", "target", 0, content=f" ({href})")
