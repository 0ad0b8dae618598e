"""Markdown in chunks: what holds for every text, tried on made-up answers, odd Markdown and all their beginnings."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.streaming.markdown import Measure, closed, cut, split
from tests.bridge.streaming.markdown_texts import (
    FAMILY,
    FLAG,
    GALLERY,
    MEASURES,
    TABLE,
    answers,
    fed,
    open_fence,
    soups,
    stripped,
    utf16,
    words,
)
from tests.properties import examples


@given(answers, st.sampled_from([60, 90, 200]), st.sampled_from(MEASURES))
@examples(60)
def test_answer_in_chunks(text: str, limit: int, measure: Measure) -> None:
    chunks = split(text, limit, measure)
    assert all(measure(chunk) <= limit for chunk in chunks)
    assert words("".join(chunks)) == words(text)
    assert [open_fence(chunk) for chunk in chunks] == [None] * len(chunks)


@given(answers, st.sampled_from([80, 200]), st.sampled_from(MEASURES), st.sampled_from([3, 17]))
@examples(50)
def test_growing_answer(text: str, limit: int, measure: Measure, step: int) -> None:
    chunks = fed(text, limit, measure, step)
    assert all(measure(chunk) <= limit for chunk in chunks)
    assert words("".join(chunks)) == words(text)
    assert [open_fence(chunk) for chunk in chunks] == [None] * len(chunks)


@given(soups, st.sampled_from([50, 70]), st.sampled_from(MEASURES), st.integers(1, 40))
@example("**" * 100, 50, len, 1)
@example("    ``~~~" + "`" * 34 + FAMILY, 50, utf16, 1)
@examples(80)
def test_any_text_is_cut(text: str, limit: int, measure: Measure, step: int) -> None:
    for chunks in (split(text, limit, measure), fed(text, limit, measure, step)):
        assert all(chunk.strip() and measure(chunk) <= limit for chunk in chunks)
        letters = iter(words("".join(chunks)))
        assert all(char in letters for char in words(text)), "lost or out of order; repeated info strings are allowed"


@given(st.one_of(answers, soups))
@examples(40)
def test_short_text_is_one_chunk(text: str) -> None:
    assert split(text, 10_000) == ([stripped(text)] if text.strip() else [])


@pytest.mark.parametrize("limit", [50, 64, 199])
@pytest.mark.parametrize("name", GALLERY)
def test_gallery_in_chunks(name: str, limit: int) -> None:
    text = GALLERY[name]
    for measure in MEASURES:
        for chunks in (split(text, limit, measure), fed(text, limit, measure, 11)):
            assert all(measure(chunk) <= limit for chunk in chunks)
            assert words("".join(chunks)) == words(text)
            if name != "backticks" and not open_fence(text):
                assert [open_fence(chunk) for chunk in chunks] == [None] * len(chunks)


@pytest.mark.parametrize("name", GALLERY)
def test_a_chunk_does_not_change_when_the_text_grows(name: str) -> None:
    text = GALLERY[name]
    first = cut(text, 60)[0]
    assert all(cut(text[:end], 60)[0] == first for end in range(290, len(text)))


def test_code_is_closed_and_opened_again() -> None:
    code = "".join(f"    line {n}\n" for n in range(30))
    chunks = split(f"Look:\n\n````PY X\n{code}````\n\nEnd.", 150)
    assert chunks[0].startswith("Look:\n\n````PY X\n    line 0\n")
    assert all(chunk.startswith("````PY X\n    line ") for chunk in chunks[1:-1])
    assert all(chunk.endswith("\n````") for chunk in chunks[:-1])
    assert "".join(line for chunk in chunks for line in chunk.splitlines(keepends=True) if "line" in line) == code


def test_code_in_a_list_or_quote_stays_there() -> None:
    assert split("> ~~~PY\n" + "> x = 1\n" * 9 + "> ~~~", 60)[1].startswith("> ~~~PY\n> x = 1\n")
    assert split("- a\n  ```PY\n" + "  x = 1\n" * 12 + "  ```", 60)[1].startswith("  ```PY\n  x = 1\n")
    deep = "- a\n  - b\n    ```PY\n" + "    x = 1\n" * 12 + "    ```"
    assert split(deep, 60)[1].startswith("-\n    ```PY\n    x = 1\n"), "four spaces would make its marks code"


def test_no_code_block_stays_empty() -> None:
    assert cut("```\n" + "abc\n" * 11 + "\n```\n" + "end " * 10, 51)[1].startswith("```\nabc\n")
    assert not cut("a b c d e\n```PYTHON X=YYY\n" + "c" * 60, 50)[0].endswith("YYY\n```")


def test_no_cut_before_it_is_known_what_follows() -> None:
    assert cut("word " * 9 + "word\n     ", 50)[1].startswith("word"), "the spaces may become a list item's indent"


def test_table_repeats_its_header() -> None:
    rows = [f"| a{n} | b |" for n in range(30)]
    chunks = split(TABLE + "\n".join(rows), 200)
    assert all(chunk.startswith(TABLE) for chunk in chunks)
    assert [row for chunk in chunks for row in chunk.removeprefix(TABLE).splitlines()] == rows


def test_emphasis_and_code_spans_are_closed_and_opened_again() -> None:
    assert cut(f"**{'word ' * 30}end**", 60) == (f"**{'word ' * 10}word**", f"**{'word ' * 19}end**")
    assert cut(f"~~a **{'word ' * 30}end**~~", 60)[0].endswith("word**~~")
    assert cut(f"~~a **{'word ' * 30}end**~~", 60)[1].startswith("~~**word")
    assert cut(f"see ```{'word ' * 30}```", 60)[1].startswith("word"), "at its beginning they would be a fence"
    assert cut(f"`{'word ' * 30}end`", 60)[1].startswith("`word ")
    assert cut("> " + "word " * 30, 60)[1].startswith("> word ")


@pytest.mark.parametrize(
    ("text", "chunk"),
    [
        ("a b c d e f g h i j k l\n\n" + "m n o p. q " * 9, "a b c d e f g h i j k l"),
        ("a b c d e f g h i\n\nj k\n- l m n\n- o p\n" + "q " * 20, "a b c d e f g h i"),
        ("a b. " * 5 + "\n- c d. e\n" + "- f " * 20, "a b. " * 5 + "\n- c d. e"),
        ("a b. " * 5 + "\nc d. " + "e " * 30, "a b. " * 5),
        ("a b c d. " * 5 + "e " * 30, "a b c d. " * 5),
        ("a b c d e f g h i. " * 2 + "j " * 30, "a b c d e f g h i. " * 2),
        ("word " * 8 + "[a link](https://x.y/z) and more text", "word " * 8),
        ("word " * 8 + "https://x.y/a/rather/long/address and more", "word " * 8),
        ("word " * 8 + "**bold words here** and more text text", "word " * 8),
        ("word " * 9 + "# 1. - > no block here, only marks", "word " * 8),
        ("## Title\n\n" + "word " * 30, "## Title\n\n" + "word " * 8),
    ],
)
def test_the_best_cut(text: str, chunk: str) -> None:
    assert cut(text, 50)[0] == chunk.rstrip()


@pytest.mark.parametrize(
    "whole", [FLAG, FAMILY, "e\u0301\u0308", "\u2764\ufe0f", "\U0001f44d\U0001f3fd", "1\ufe0f\u20e3"]
)
def test_what_people_see_as_one_character_stays_whole(whole: str) -> None:
    chunks = split(whole * 100, 51)
    assert len(chunks) > 1
    assert all(chunk == whole * (len(chunk) // len(whole)) for chunk in chunks)


@pytest.mark.parametrize("measure", MEASURES)
def test_measure_is_called_few_times(measure: Measure) -> None:
    calls = 0

    def counting(text: str) -> int:
        nonlocal calls
        calls += 1
        return measure(text)

    text = "\n\n".join(GALLERY[name] for name in ("prose", "links", "code", "table", "Chinese", "families")) * 20
    assert calls <= 7 * len(split(text, 2000, counting))


@pytest.mark.parametrize(
    "unit", ["`", "*a ", "[a](b", "> ", "- - ", "```\n", "\u0301", "| a\n|-|\n", "**[`_", "word ", "\n"]
)
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size] + "x"
        start = time.process_time()
        split(text, 2000)
        closed(text[:10_000])
        return time.process_time() - start

    assert seconds(40_000) < 12 * seconds(10_000) + 0.05
