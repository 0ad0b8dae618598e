"""Markdown that still grows: what is open is closed, and a mark at its end changes nothing."""

import pyromark
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.streaming.markdown import closed, going_on, split, without_half_table
from tests.bridge.streaming.markdown_texts import (
    PREFIXES,
    answers,
    open_fence,
    rendered,
    soups,
    words,
    words_but_half_link,
)
from tests.odd_markdown import GALLERY as SHOWN
from tests.properties import examples


@given(soups)
@examples(80)
def test_closing_twice_is_closing_once(text: str) -> None:
    assert closed(closed(text)) == closed(text)


@given(answers, st.integers(0, 400))
@examples(50)
def test_closed_beginning(text: str, length: int) -> None:
    shown = closed(text[:length])
    assert open_fence(shown) is None
    assert closed(shown) == shown
    assert words_but_half_link(shown) == words_but_half_link(text[:length])


@given(answers)
@examples(40)
def test_finished_text_is_shown_unchanged(text: str) -> None:
    assert closed(text) == text
    assert closed(text + "\n\n") == text + "\n\n"


@pytest.mark.parametrize("text", PREFIXES)
def test_every_beginning_of_the_gallery(text: str) -> None:
    for length in range(len(text) + 1):
        beginning = text[:length]
        shown = closed(beginning)
        assert closed(shown) == shown
        assert words_but_half_link(beginning) == words_but_half_link(shown)
        if length % 5 == 0:
            chunks = split(beginning, 60, rendered)
            assert all(rendered(chunk) <= 60 for chunk in chunks)
            assert words("".join(chunks)) == words(beginning)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a **b", "a **b**"),
        ("a **b*", "a **b**"),
        ("a **b *c", "a **b *c***"),
        ("a **b ", "a **b**"),
        ("a **", "a "),
        ("a `b", "a `b`"),
        ("``a`", "``a``"),
        ("a ~~b~", "a ~~b~~"),
        ("see [the docs", "see the docs"),
        ("see [the docs](https://x.", "see the docs"),
        ("[![badge](https://x.", "badge"),
        ("**[docs](https://x", "**docs**"),
        ("array[index", "array[index"),
        ("the interval [0, 1)", "the interval [0, 1)"),
        ("- [x", "- [x"),
        ("a\n\n```PY", "a"),
        ("```PY\nx = 1", "```PY\nx = 1\n```"),
        ("```PY\nx = 1\n``", "```PY\nx = 1\n```"),
        ("> ~~~\n> x", "> ~~~\n> x\n> ~~~"),
        ("- a\n  ```\n  x\n", "- a\n  ```\n  x\n  ```"),
        ("- a\n  ```\n  x\nend **b", "- a\n  ```\n  x\nend **b**"),
        ("**a\n\nb", "**a\n\nb"),
        ("2 * 3 = 6, snake_case", "2 * 3 = 6, snake_case"),
        ("", ""),
    ],
)
def test_closed(text: str, shown: str) -> None:
    assert closed(text) == shown


MARKED = [
    ("a word", "a word ▍"),
    ("a paragraph.\n\n", "a paragraph. ▍"),
    ("- an item", "- an item ▍"),
    ("> a quote", "> a quote ▍"),
    ("| a | b |\n|---|---|\n| 1 | 2 |\n", "| a | b |\n|---|---|\n| 1 | 2 |\n\n▍"),
    ("> | a |\n> |---|\n> | 1 |\n", "> | a |\n> |---|\n> | 1 |\n\n▍"),
    ("either | or", "either | or ▍"),
    ("```py\nx\n```", "```py\nx\n```\n▍"),
    ("- ~~~\n  x\n  ~~~\n", "- ~~~\n  x\n  ~~~\n▍"),
    ("# a heading", "# a heading ▍"),
    ("# a heading\n", "# a heading\n▍"),
    ("# a heading #", "# a heading #\n▍"),
    ("a\n\n    code", "a\n\n    code\n▍"),
    ("a heading\n===", "a heading\n===\n▍"),
    ("a\n\n---", "a\n\n---\n▍"),
    ("$$\nx\n$$", "$$\nx\n$$\n▍"),
    ("\\[x\\]", "\\[x\\]\n▍"),
    ("so $x$", "so $x$ ▍"),
    ("[1]: https://a.bc", "[1]: https://a.bc\n▍"),
    ("a line\\", "a line\\\n▍"),
]


@pytest.mark.parametrize(("text", "shown"), MARKED)
def test_where_the_mark_of_a_growing_answer_stands(text: str, shown: str) -> None:
    assert going_on(text, "▍") == shown


def cells_and_code(text: str) -> list[str]:
    """The cells of tables, the code blocks, and the rules of a text."""
    found, inside = [], False
    for event in pyromark.events(text.replace("\ud800", "?"), options=pyromark.Options.ENABLE_TABLES):
        kind, value = next(iter(event.items())) if isinstance(event, dict) else (str(event), "")
        name = value if isinstance(value, str) else next(iter(value)) if isinstance(value, dict) else ""
        if kind in ("Start", "End") and name in ("TableCell", "CodeBlock"):
            inside = kind == "Start"
            found += [str(name)] if inside else []
        elif inside or kind == "Rule":
            found.append(f"{kind} {value}".rstrip())
    return found


@pytest.mark.parametrize("text", PREFIXES + [pytest.param(text, id=f"shown {name}") for name, text in SHOWN.items()])
def test_the_mark_of_a_growing_answer_changes_no_table_and_no_code(text: str) -> None:
    for end in range(1, len(text) + 1, 1 + len(text) // 500):
        shown = closed(without_half_table(text[:end]))
        assert cells_and_code(going_on(shown, "▍")) == cells_and_code(shown)
