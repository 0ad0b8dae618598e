"""What the terminal shows: nothing that commands it, formulas as text, and of a growing answer only its end."""

import io
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from adapters.terminal.render import printable, recent, rendered
from adapters.terminal.reply import JOINERS, Steady, Tail
from bridge.log import configure

GALLERY = Path(__file__).parents[1] / "gallery"


def shown(markdown: str, width: int = 80) -> str:
    """What rich prints, without colours."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(rendered(markdown))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize(
    "text", ["\x1b]0;title\x07", "\x1b[2J", "\x9b2J", "a\rb\x08c", "\x00", "\u202edesrever", "\x1b[?1049h"]
)
def test_no_text_commands_the_terminal(text: str) -> None:
    for output in (printable(text), shown(text)):
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


def test_of_a_long_answer_only_the_end_is_read_again() -> None:
    text = "".join(f"Paragraph {number}.\n\n" for number in range(10_000))
    end = recent(text, 30)
    assert text.endswith(end)
    assert end.startswith(("Paragraph", "\n"))
    assert 60 < end.count("\n") < 200
    assert recent("short", 30) == "short"


def test_the_end_of_a_long_code_block_is_still_code() -> None:
    text = "Intro\n\n```python\n" + "".join(f"line_{number} = 1\n" for number in range(1000))
    end = recent(text, 30)
    assert end.startswith("```python\nline_")
    assert end.endswith("line_999 = 1\n")
    assert recent(text + "```\n\n" + "words\n" * 500, 30).lstrip().startswith("words")


def test_log_lines_go_where_standard_error_is_at_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    import structlog  # noqa: PLC0415  after the configuration of the test

    configure("INFO", [], stamped=False)
    now = io.StringIO()
    monkeypatch.setattr(sys, "stderr", now)
    structlog.get_logger("adapters.test").info("A word.")
    assert "A word." in now.getvalue()


def test_a_narrower_terminal_is_drawn_over_from_where_the_region_begins() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100, height=30, color_system=None)
    tail = Tail(rendered("\n\n".join("word " * 19 for _ in range(4))))
    live = Steady(tail, console)
    live.auto_refresh = False
    with live:
        live.refresh()
        lines = len(tail.widths)
        output.truncate(0)
        console.width = 50
        live.refresh()
        ups = output.getvalue().split("word")[0].count("\x1b[1A")
        assert ups == 2 * 4 + 3 - 1 > lines - 1, "four paragraphs of two lines each by now"


def test_signs_whose_width_terminals_disagree_on_are_simple_while_an_answer_grows() -> None:
    assert JOINERS.sub("", "👩🏽\u200d🚀 ❤\ufe0f") == "👩🚀 ❤"
