"""What stands for itself in Markdown: what is found, what is not, and that it is found in linear time."""

import sys
import time

import pytest
from hypothesis import given

from bridge.streaming.markdown import closed, split
from bridge.streaming.markdown.formulas import is_formula
from bridge.streaming.markdown.literals import literals, masked
from tests.odd_markdown import BLOCKS, odd_markdown

FOUND = {
    # addresses
    "(https://a.b/c_(d)_e).": ["https://a.b/c_(d)_e"],
    "https://a.b/?c=*d*&e=_f_, then": ["https://a.b/?c=*d*&e=_f_"],
    "http://[2001:db8::1]:80/_a_": ["http://[2001:db8::1]:80/_a_"],
    "www.a.b/_c_ mailto:d_e_@f.gh i_j_@k.lm": ["www.a.b/_c_", "mailto:d_e_@f.gh", "i_j_@k.lm"],
    "看https://a.b/_c_，然后": ["https://a.b/_c_"],
    "https://a.b/c\\_d": ["https://a.b/c\\_d"],
    "**https://a.b/c** *https://a.b/_c_*": ["https://a.b/c", "https://a.b/_c_"],
    "**https://a.b**,**https://c.d**": ["https://a.b", "https://c.d"],
    "_see https://a.b/_c_ now_ _see https://a.b/c_": ["https://a.b/_c_", "https://a.b/c"],
    "[https://a.b/_c_](https://d.e)": ["https://a.b/_c_"],
    "https://a.b/c|_d_": ["https://a.b/c|_d_"],
    "|https://a.b/c|_d_|\n|-|-|": ["https://a.b/c"],
    "https://a.b/$c$/$d": ["https://a.b/$c$/$d"],
    # shells and prices
    "$HOME/bin ${A}_${B} $5 and $6": ["$HOME/bin", "${A}", "_", "${B}", "$5", "$6"],
    '"$@" $*': ["$@", "$*"],
    "$x^2$ for $A": ["$A"],
    # paths
    "src/*.py, a/**/b ~/_c_ *.md": ["src/*.py", "a/**/b", "~/_c_", "*.md"],
    ".\\_a_\\b": [".\\_a_\\b"],
    "C:\\_a_\\*.txt (\\\\b\\_c_\\e) $env:E\\_f_": ["C:\\_a_\\*.txt", "\\\\b\\_c_\\e", "$env:E\\_f_"],
    "``` x ``` C:\\_a_": ["C:\\_a_"],
    # programs
    "__init__.py __my_name__ __main__": ["__init__.py", "__my_name__", "__main__"],
    "_my_name my_name_ f(*args, **kwargs)": ["_my_name", "my_name_", "*args", "**kwargs"],
    "2*3*4 x**2 + y**2": ["*", "*", "**", "**"],
    "a[i](x) and [b](https://c.d)": ["a[i](x)"],
    # behind code in one line that looks like the beginning of a block
    "``` x ```\n\n__init__.py": ["__init__.py"],
    # regular expressions
    '"^a.*b$" (\\d+\\.\\d) [a-z]*_[^b]+_': ["^a.*b$", "(\\d+\\.\\d)", "[a-z]*_[^b]+_"],
}

NOT_FOUND = [
    "**bold** *it* _it_ __bold__ ***both*** ~~gone~~ ~about~",
    "**yes**/**no** _yes_/_no_ **Note**(see) **API**s **one two**s",
    "in*cred*ible re**cord** _a b_c_ *.NET is* and/or 1/2",
    "`__init__` ``https://a.b/_c_`` `$x`",
    "```\n__init__ https://a.b/_c_\n\n$x *args*\n```",
    "~~~\n__init__\n\n~~~\n**a**",
    "[a](https://b.c/_d_) ![a](https://b.c/__d__ '_e_') <https://a.b/_c_>",
    "[a]: https://b.c/__d__",
    "$x^2$ and \\(y_1*z_1\\) and $$a*b*c$$",
    "*end.* (*see.*) **a.** \\*no\\* 1\\. a",
    "a.\\\nb >.\\_c_ *d:*\\\ne",
    "5 * 3 * 2 and a ** b ** c",
]


@pytest.mark.parametrize("text", FOUND)
def test_what_stands_for_itself_is_found(text: str) -> None:
    assert [text[start:stop] for start, stop, _ in literals(text)] == FOUND[text]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_markup_code_links_and_formulas_are_no_literals(text: str) -> None:
    assert [text[start:stop] for start, stop, _ in literals(text)] == []


@given(odd_markdown())
def test_a_mask_is_as_long_and_as_full_of_lines_as_the_text(markdown: str) -> None:
    markdown = markdown.encode(errors="replace").decode()
    found = literals(markdown)
    mask = masked(markdown, found)
    assert len(mask.encode()) == len(markdown.encode())
    assert [at for at, sign in enumerate(mask) if sign.isspace()] == [
        at for at, sign in enumerate(markdown) if sign.isspace()
    ]
    edges = [edge for start, stop, _ in found for edge in (start, stop)]
    assert edges == sorted(edges)
    assert all(start < stop for start, stop, _ in found)


FORMULAS = [
    "x",
    "x^2",
    "\\frac{a}{b}",
    "f(x)",
    "n!",
    "a/b",
    "2 + 3",
    "5 \\times 3",
    "AB = CD",
    "O(n)",
    "|x|",
    "42",
    "CO_2",
]
NO_FORMULAS = ["5 and ", "HOME/bin:", "velocity", "MY_VAR", '"$@"', "5 (now 4", "|^\\w+", ")|(b", "{HOME}/", "10-", ""]


@pytest.mark.parametrize("latex", FORMULAS)
def test_what_is_a_formula(latex: str) -> None:
    assert is_formula(latex, " ", block=False)
    assert is_formula(latex, "", block=False)
    assert is_formula(latex, "为", block=False)
    assert is_formula(latex, "th ", block=False)


@pytest.mark.parametrize("latex", NO_FORMULAS)
def test_what_is_no_formula(latex: str) -> None:
    assert not is_formula(latex, " ", block=False)


def test_a_formula_does_not_end_at_the_sign_of_another_price_or_variable() -> None:
    assert not is_formula("x-", "10", block=False)
    assert not is_formula("x^2", "HOME", block=False)
    assert not is_formula("options", "", block=True)
    assert is_formula(" y ", "", block=True)


PARTS = [
    "*a",
    "https://a_ ",
    "$x ",
    "[a](",
    "__a__ ",
    "^a",
    "$$",
    "_a/",
    "@a_",
    " *args x*",
    "`a",
    "``` ",
    "a*b",
    "[a-",
    "(?",
]


@pytest.mark.parametrize("part", PARTS)
def test_twice_the_text_is_at_most_thrice_the_work(part: str) -> None:
    assert work(part * 800) <= 3 * work(part * 400) + 1000


def work(markdown: str) -> int:
    """Steps of the interpreter, and what is called."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        literals(markdown)
    finally:
        sys.setprofile(None)
    return steps


def test_an_answer_that_grows_has_no_mark_added_to_a_literal() -> None:
    text = "See https://a.b/x*y_z/__c__/~~d and src/*.py, __init__ and 2*3*4"
    for end in range(len(text)):
        shown = closed(text[:end])
        if text[:end].endswith(("y", "z", "c__", "d", "3*4")):
            assert shown == text[:end]


def test_a_cut_does_not_divide_a_literal_that_fits() -> None:
    address = "http://[2001:db8::1]/a*b*c_(d)"
    text = " ".join(["word " * 9 + address] * 6)
    assert all(piece.count("http") == piece.count(address) for piece in split(text, 100))


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_is_looked_at_alone(block: str) -> None:
    alone = [(start, stop) for start, stop, _ in literals(block)]
    behind = [(start - 3, stop - 3) for start, stop, _ in literals(f"a\n\n{block}") if start >= 3]
    assert alone == behind


@pytest.mark.parametrize("unit", ["[a](http://a.b)", "![a](b.c)", "f[i](x)"])
def test_links_without_blanks_take_time_linear_in_their_number(unit: str) -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        literals(unit * count)
        return time.process_time() - start

    assert seconds(4000) < 12 * seconds(1000) + 0.05
