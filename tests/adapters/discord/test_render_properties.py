"""What holds for every text that is rendered for Discord: its words stay, nobody is mentioned, time is linear."""

import re
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.discord.render import measure, render
from tests.odd_markdown import BLOCKS, GALLERY, SPANS, WORDS, odd_markdown
from tests.properties import examples

# Discord's own reading of backticks (its client's rules: escapes, then blocks, then code in a line).
CODE = re.compile(r"\\[^\sA-Za-z0-9]|(?P<code>```.+?```|(`{1,2})(?!`).*?[^`]\2(?!`))|(?P<lone>`+)", re.DOTALL)


def without_code(shown: str) -> str:
    """What Discord reads as text, with escaped signs and addresses taken out. Backticks must come in pairs."""
    assert not [found["lone"] for found in CODE.finditer(shown) if found["lone"]], shown
    return re.sub(r"https?://[^\s<>]+", "", CODE.sub(" ", shown))


def check(markdown: str) -> None:
    """What holds for every text."""
    shown = render(markdown)
    assert measure(markdown) == len(shown)
    if not re.sub("[\0-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", shown).strip():
        return
    text = without_code(shown)
    assert not re.search(r"@(everyone|here)|<(@[!&]?|#)\d|</cmd:|<a?:\w+:\d", text)
    assert not re.search("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]", shown)


@example("@everyonehttps://example.com/a_b_")
@given(odd_markdown())
@examples(150)
def test_nothing_breaks_it_and_nobody_is_called(markdown: str) -> None:
    check(markdown)


@pytest.mark.parametrize("name", GALLERY)
def test_every_beginning_of_an_answer_holds_its_words(name: str) -> None:
    document = GALLERY[name]
    for end in range(len(document)):
        check(document[:end])
        assert words(document[:end]) <= words(render(document[:end])), document[:end]


# Commands of LaTeX, addresses of links that are dropped, an entity and a tag that are shown as what they mean.
GONE = re.compile(r"lambda|frac|propto|sqrt|begin|pmatrix|end|approx|sum|javascript|alert|local|path|amp|br")


def words(text: str) -> set[str]:
    """Letters in a row; formulas have them in other shapes."""
    return set(re.findall(r"[^\W\d_]{2,}", GONE.sub("", unicodedata.normalize("NFKC", text))))


TEMPLATES = [
    "{} ",
    "**{}** ",
    "__{}__ ",
    "`{}` ",
    "_{}_ ",
    "# {}\n",
    "##### {}\n",
    "{}\n===\n",
    "- {}\n",
    "  + {}\n",
    "    1) {}\n",
    "- [ ] {}\n",
    "> {}\n",
    "> > {}\n",
    "```\n{}\n```\n",
    "~~~{}\n",
    "````{} more\n",
    "    {}\n",
    "\n| {} | x |\n|--|--|\n| x | {} | {} |\n",
    "\n| {} | x |\n|--|--|\n| " + "x " * 40 + "| {} |\n",
    "[{}](https://{}.com/{}) ",
    "![{}](https://{}.com) ",
    "[![{}](https://{}.com)](https://{}.com) ",
    "<https://{}.com> ",
    "[{}](mailto:{}@example.com) ",
    "[{}][r] ",
    "\n\n[r]: https://example.com/{}\n\n",
    "\n\n[^1]: {}\n",
    "<b title='{}'>",
    "<div>\n{}\n</div>\n",
    "<!-- {} -->",
    "&{};",
]

HARMLESS = [
    "*",
    "_",
    "~",
    "`",
    "|",
    "<",
    ">",
    "#",
    "\\",
    "&",
    "**",
    "```",
    "~~~",
    "||",
    "> ",
    "- ",
    "1. ",
    "\n",
    "\n\n",
    "    ",
    "<br>",
]


@given(st.lists(st.one_of(st.sampled_from(TEMPLATES), st.sampled_from(HARMLESS)), max_size=20))
def test_no_word_is_lost(parts: list[str]) -> None:
    markdown = "".join(parts)
    number = 0
    while "{}" in markdown:
        markdown = markdown.replace("{}", f"w{number}w", 1)
        number += 1
    shown = render(markdown)
    assert not [word for word in re.findall(r"w\d+w", markdown) if word not in shown]


@example(["``` x ```", "C:\\dir\\文"])
@given(st.lists(st.sampled_from([part for part in WORDS + SPANS + BLOCKS if "1" not in part]), max_size=6))
@example(["``` x ```", "C:\\dir\\文"])
def test_what_is_shown_stays_when_it_is_rendered_again(parts: list[str]) -> None:
    shown = render("\n\n".join(parts))
    assert render(shown) == shown


@given(odd_markdown(6))
@examples(60)
def test_twice_the_text_is_at_most_thrice_the_work(markdown: str) -> None:
    once, twice = work(markdown * 40), work(markdown * 80)
    assert twice <= 3 * once + 1000


@pytest.mark.parametrize(
    "part", ["1. ", "> ", "> - ", "\\(", "[", "<a ", "||a", "**a", "$x", "&amp;", "|a", "[a]: b\n"]
)
def test_nesting_is_no_more_work_than_length(part: str) -> None:
    once, twice = ("\n".join([part * size, *["x", ""] * size]) for size in (500, 1000))
    assert work(twice) <= 3 * work(once)


def work(markdown: str) -> int:
    """Steps of the interpreter in our own code and in what it calls in Python."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        render.__wrapped__(markdown)
    finally:
        sys.setprofile(None)
    return steps
