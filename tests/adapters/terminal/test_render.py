"""Markdown in the terminal: nothing that commands it, formulas as text, no word lost at any width."""

import io
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from adapters.terminal.markdown import THEME, Markdown
from adapters.terminal.text import safe
from bridge.runtime.log import configure

GALLERY = Path(__file__).parents[2] / "gallery"


def shown(markdown: str, width: int = 80) -> str:
    """What rich prints, without colours."""
    console = Console(file=io.StringIO(), width=width, color_system=None, theme=THEME)
    console.print(Markdown(safe(markdown)))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_bold_text_needs_no_blanks_beside_it_where_a_language_has_none() -> None:
    assert shown("**注意：**请看`**“a”**b`").strip() == "注意：请看**“a”**b"


EXAMPLES = {
    "lines of a quote": ("> a\n> **b**\nc\n\nd\ne", "▌ a\n▌ b\n▌ c\n\nd e"),
    "footnotes": ("a[^1] b[^tea]\n\n[^1]: one\n[^tea]: `two`\nthree", "a¹ b[tea]\n\n¹ one\n[tea] two three"),
    "a link that nobody should follow": ("[this](javascript:alert(1)) [that](/local) [x]", "this that [x]"),
    "about": ("~5~ ~~no~~", "~5~ no"),
    "tables": ("|a|\n|-|\n\n|b|\n|-|", "╭───╮\n│ a │\n├───┤\n╰───╯\n\n╭───╮\n│ b │\n├───┤\n╰───╯"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_rule(name: str) -> None:
    markdown, expected = EXAMPLES[name]
    assert "\n".join(map(str.rstrip, shown(markdown).splitlines())).strip() == expected


@pytest.mark.parametrize(
    "text", ["\x1b]0;title\x07", "\x1b[2J", "\x9b2J", "a\rb\x08c", "\x00", "\u202edesrever", "\x1b[?1049h"]
)
def test_no_text_commands_the_terminal(text: str) -> None:
    for output in (safe(text), shown(text)):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", output)


def test_formulas_are_text_and_html_stays() -> None:
    assert "λ⁻⁴" in shown(r"It goes with $\lambda^{-4}$.")
    assert "List<String> and <br-like>" in shown("List<String> and <br-like>")


@pytest.mark.parametrize("name", sorted(path.name for path in GALLERY.glob("*.md")))
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(name: str, width: int) -> None:
    markdown = (GALLERY / name).read_text()
    output = shown(markdown, width)
    console = Console(width=width)
    assert max(console.measure(line).maximum for line in output.splitlines() if line.strip()) <= width
    said = set(re.findall(r"[a-z]{4,}", output))
    plain = re.sub(r"\]\([^)]*\)|^\[\d\]:.*$|`{3,}.*|~{3,}.*|\\[a-z]+|!\[.*", "", markdown, flags=re.MULTILINE)
    lost = {word for word in re.findall(r"\b[a-z]{4,11}\b", plain) if word not in said}
    assert len(lost) <= 2, lost


def test_log_lines_go_where_standard_error_is_at_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    import structlog  # noqa: PLC0415  after the configuration of the test

    configure("INFO", [], stamped=False)
    now = io.StringIO()
    monkeypatch.setattr(sys, "stderr", now)
    structlog.get_logger("adapters.test").info("A word.")
    assert "A word." in now.getvalue()
