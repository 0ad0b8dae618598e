"""Markdown in chunks: what holds for every text, tried on made-up answers, odd Markdown and all their beginnings."""

import re
import time
from collections.abc import Callable

import pyromark
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.streaming.markdown import Measure, closed, cut, going_on, split, without_half_table
from tests.odd_markdown import GALLERY as SHOWN

TABLE = "| HEAD | COLUMN |\n|------|:------:|\n"
FLAG, FAMILY = "\U0001f1e9\U0001f1ea", "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def utf16(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def rendered(text: str) -> int:
    """A measure that is far from proportional: addresses of links do not count, cells of tables are padded."""
    return utf16(re.sub(r"\]\([^)\s]*\)", "]", text)) + 3 * text.count("|")


MEASURES: list[Measure] = [len, utf16, rendered]


def words(text: str) -> str:
    """What must be kept: lower case and digits. Markup has none of them; here, what a piece may repeat has capitals."""
    return "".join(char for char in text if char.islower() or char.isdigit() or "\u4e00" <= char <= "\u9fff")


def words_but_half_link(text: str) -> str:
    """The same without the address of a link at the end."""
    return words(re.sub(r"\]\(\S*(?: \"[^\"]*\"?)?\)?$", "", text.rstrip(" *_~`")))


def open_fence(text: str) -> str | None:
    """The marker of the fence that a text leaves open, by a reading of its lines that is simpler than the code's."""
    marker = None
    for line in text.splitlines():
        body = re.sub(r"^(?:[ \t]|> ?|(?:-|\d\.)[ ])*", "", line)
        run = re.match(r"`{3,}|~{3,}", body)
        if marker is None:
            marker = run[0] if run and (run[0][0] == "~" or "`" not in body[len(run[0]) :]) else None
        elif run and run[0].startswith(marker) and not body[len(run[0]) :].strip():
            marker = None
    return marker


def fed(text: str, limit: int, measure: Measure, step: int) -> list[str]:
    """The pieces of a text that arrives bit by bit."""
    pieces, tail = [], ""
    for at in range(0, len(text), step):
        tail += text[at : at + step]
        while measure(tail) > limit:
            piece, tail = cut(tail, limit, measure)
            pieces.append(piece)
    return [*pieces, tail] if tail.strip() else pieces


def stripped(text: str) -> str:
    """A text without its outer blank lines."""
    kept = text.splitlines(keepends=True)
    while kept and not kept[0].strip():
        kept.pop(0)
    while kept and not kept[-1].strip():
        kept.pop()
    return "".join(kept).removesuffix("\n").removesuffix("\r")


# Answers as a model writes them: what a piece may repeat is in capitals, so the words can be compared exactly.
word = st.text("abcdef0123", min_size=1, max_size=9)
phrase = st.lists(word, min_size=1, max_size=9).map(" ".join)


def wrapped(left: str, right: str) -> Callable[[str], str]:
    return lambda inner: f"{left}{inner}{right}"


inline = st.lists(
    st.one_of(
        phrase,
        phrase.map(wrapped("**", "**")),
        phrase.map(wrapped("*", "*")),
        phrase.map(wrapped("~~", "~~")),
        phrase.map(wrapped("`", "`")),
        phrase.map(wrapped("[", "](https://X.Y/Z_(A))")),
        phrase.map(wrapped("**", " *x y* z.**")),
        st.sampled_from(["ends. Next", FLAG, FAMILY, "e\u0301", "snake_case_1", "2 * 3", "中文。"]),
    ),
    min_size=1,
    max_size=8,
).map(" ".join)


@st.composite
def fences(draw: st.DrawFn, prefix: str = "") -> str:
    marker = draw(st.sampled_from(["```", "~~~", "````"]))
    code = draw(st.lists(st.one_of(phrase, phrase.map(wrapped("    ", "")), st.just("")), min_size=1, max_size=9))
    return "\n".join(prefix + line for line in [marker + draw(st.sampled_from(["", "PY", "C X"])), *code, marker])


rows = st.lists(phrase.map(wrapped("| ", " | 1 |")), min_size=1, max_size=8)
items = st.lists(st.one_of(inline.map(wrapped("- ", "")), inline.map(wrapped("  - ", "")), fences("  ")), min_size=1)
block = st.one_of(
    inline,
    st.lists(inline, min_size=2, max_size=4).map("\n".join),
    fences(),
    fences("> "),
    rows.map(lambda lines: TABLE + "\n".join(lines)),
    items.map(lambda lines: "- a\n" + "\n".join(lines)),
    phrase.map(wrapped("## ", "")),
    inline.map(wrapped("> ", "")),
)
answers = st.lists(block, min_size=1, max_size=6).map("\n\n".join)
bits = [*"`*_~[]()#>-|!\\\n a1.", "```", "~~~", "**", "](", "|-|", "- ", "\r\n", "\n\n", "    ", FAMILY, "\0"]
soups = st.lists(st.sampled_from(bits), max_size=120).map("".join)

LONG = "one two three four five six seven eight nine ten. "
GALLERY = {
    "prose": LONG * 5,
    "bold": f"a **{LONG * 4}end** b",
    "nested emphasis": f"a **b *{LONG * 3}c* d** ~~e~~ ***f g***",
    "code span": f"see `{LONG * 3}x` and ``a ` {LONG}``",
    "links": 'see [the docs](https://x.y/a_(b)) and ![an image](https://x.y/z.png "T"), ' * 3,
    "badges": "[![one](https://X/Y)](https://X/Z) " * 5,
    "code": "Run:\n\n```PYTHON X=Y\n" + "a = 1\n\n    b = 2\n" * 8 + "```\n\nDone.",
    "tildes in a list": "1. one\n   ~~~SH\n" + "   ls -l\n" * 12 + "   ~~~\n2. two",
    "deep code": "- a\n  - b\n    - c\n      ```SH\n" + "      ls\n" * 20 + "      ```\n    - d\n- e",
    "quoted code": "> so:\n>\n> ```PY\n" + "> x = 1\n" * 14 + "> ```\n> end",
    "fence in a fence": "````MD\n```PY\nx\n```\n" + "text line\n" * 10 + "````\nend",
    "table": f"t\n\n{TABLE}" + "| a1 | b **c** |\n" * 10 + "\nend",
    "table with long rows": TABLE + f"| {LONG} | {LONG} |\n" * 3,
    "lists": "- one\n  - two\n    - three four five six seven\n      - eight\n" * 4,
    "CRLF": "one two\r\n\r\n```PY\r\nx = 1\r\ny = 2\r\n```\r\n" * 5,
    "right to left": "שלום **עולם** זה טקסט ארוך. " * 8,
    "no spaces": "x" * 300,
    "Chinese": "这是一个很长的句子，没有空格。" * 15,
    "flags": FLAG * 80,
    "families": FAMILY * 40,
    "accents": "a" + "\u0301" * 200 + "b",
    "backticks": "`" * 200,
    "stars": "*" * 200,
    "brackets": "[" * 100 + "](" * 50,
    "all open": "**a _b ~~c [d `e " + "f " * 100,
    "half fences": "```PY\nx\n``\ny\n" * 8,
    "odd characters": "a\0b\u202ec \ud800 d\u2028e" * 20,
    "quotes": "> one **two\n> three** four\n" * 8,
    "blank": " \n\t\n ",
    "marks in prose": "5 * 3 and 2 ** 8, a_b_c, #1, -1, 3. x | y - z > w ``` v " * 5,
    "indented code": "a\n\n" + "    x = 1\n" * 20,
}
PREFIXES = [pytest.param(text[:250], id=name) for name, text in GALLERY.items()]


@given(answers, st.sampled_from([60, 90, 200]), st.sampled_from(MEASURES))
@settings(max_examples=60, deadline=None)
def test_answer_in_pieces(text: str, limit: int, measure: Measure) -> None:
    pieces = split(text, limit, measure)
    assert all(measure(piece) <= limit for piece in pieces)
    assert words("".join(pieces)) == words(text)
    assert [open_fence(piece) for piece in pieces] == [None] * len(pieces)


@given(answers, st.sampled_from([80, 200]), st.sampled_from(MEASURES), st.sampled_from([3, 17]))
@settings(max_examples=50, deadline=None)
def test_growing_answer(text: str, limit: int, measure: Measure, step: int) -> None:
    pieces = fed(text, limit, measure, step)
    assert all(measure(piece) <= limit for piece in pieces)
    assert words("".join(pieces)) == words(text)
    assert [open_fence(piece) for piece in pieces] == [None] * len(pieces)


@given(soups, st.sampled_from([50, 70]), st.sampled_from(MEASURES), st.integers(1, 40))
@example("**" * 100, 50, len, 1)
@example("    ``~~~" + "`" * 34 + FAMILY, 50, utf16, 1)
@settings(max_examples=80, deadline=None)
def test_any_text_is_cut(text: str, limit: int, measure: Measure, step: int) -> None:
    for pieces in (split(text, limit, measure), fed(text, limit, measure, step)):
        assert all(piece.strip() and measure(piece) <= limit for piece in pieces)
        letters = iter(words("".join(pieces)))
        assert all(char in letters for char in words(text)), "lost or out of order; repeated info strings are allowed"


@given(st.one_of(answers, soups))
@settings(max_examples=40, deadline=None)
def test_short_text_is_one_piece(text: str) -> None:
    assert split(text, 10_000) == ([stripped(text)] if text.strip() else [])


@given(soups)
@settings(max_examples=80, deadline=None)
def test_closing_twice_is_closing_once(text: str) -> None:
    assert closed(closed(text)) == closed(text)


@given(answers, st.integers(0, 400))
@settings(max_examples=50, deadline=None)
def test_closed_beginning(text: str, length: int) -> None:
    shown = closed(text[:length])
    assert open_fence(shown) is None
    assert closed(shown) == shown
    assert words_but_half_link(shown) == words_but_half_link(text[:length])


@given(answers)
@settings(max_examples=40, deadline=None)
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
            pieces = split(beginning, 60, rendered)
            assert all(rendered(piece) <= 60 for piece in pieces)
            assert words("".join(pieces)) == words(beginning)


@pytest.mark.parametrize("limit", [50, 64, 199])
@pytest.mark.parametrize("name", GALLERY)
def test_gallery_in_pieces(name: str, limit: int) -> None:
    text = GALLERY[name]
    for measure in MEASURES:
        for pieces in (split(text, limit, measure), fed(text, limit, measure, 11)):
            assert all(measure(piece) <= limit for piece in pieces)
            assert words("".join(pieces)) == words(text)
            if name != "backticks" and not open_fence(text):
                assert [open_fence(piece) for piece in pieces] == [None] * len(pieces)


@pytest.mark.parametrize("name", GALLERY)
def test_a_piece_does_not_change_when_the_text_grows(name: str) -> None:
    text = GALLERY[name]
    first = cut(text, 60)[0]
    assert all(cut(text[:end], 60)[0] == first for end in range(290, len(text)))


def test_code_is_closed_and_opened_again() -> None:
    code = "".join(f"    line {n}\n" for n in range(30))
    pieces = split(f"Look:\n\n````PY X\n{code}````\n\nEnd.", 150)
    assert pieces[0].startswith("Look:\n\n````PY X\n    line 0\n")
    assert all(piece.startswith("````PY X\n    line ") for piece in pieces[1:-1])
    assert all(piece.endswith("\n````") for piece in pieces[:-1])
    assert "".join(line for piece in pieces for line in piece.splitlines(keepends=True) if "line" in line) == code


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
    pieces = split(TABLE + "\n".join(rows), 200)
    assert all(piece.startswith(TABLE) for piece in pieces)
    assert [row for piece in pieces for row in piece.removeprefix(TABLE).splitlines()] == rows


def test_emphasis_and_code_spans_are_closed_and_opened_again() -> None:
    assert cut(f"**{'word ' * 30}end**", 60) == (f"**{'word ' * 10}word**", f"**{'word ' * 19}end**")
    assert cut(f"~~a **{'word ' * 30}end**~~", 60)[0].endswith("word**~~")
    assert cut(f"~~a **{'word ' * 30}end**~~", 60)[1].startswith("~~**word")
    assert cut(f"see ```{'word ' * 30}```", 60)[1].startswith("word"), "at its beginning they would be a fence"
    assert cut(f"`{'word ' * 30}end`", 60)[1].startswith("`word ")
    assert cut("> " + "word " * 30, 60)[1].startswith("> word ")


@pytest.mark.parametrize(
    ("text", "piece"),
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
def test_the_best_place(text: str, piece: str) -> None:
    assert cut(text, 50)[0] == piece.rstrip()


@pytest.mark.parametrize(
    "whole", [FLAG, FAMILY, "e\u0301\u0308", "\u2764\ufe0f", "\U0001f44d\U0001f3fd", "1\ufe0f\u20e3"]
)
def test_what_people_see_as_one_character_stays_whole(whole: str) -> None:
    pieces = split(whole * 100, 51)
    assert len(pieces) > 1
    assert all(piece == whole * (len(piece) // len(whole)) for piece in pieces)


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
