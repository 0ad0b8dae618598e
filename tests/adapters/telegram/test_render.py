"""Markdown as Telegram shows it: each rule by example, and what holds for anything that Qwen may write."""

import re
from itertools import accumulate

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from telegram import Bot, MessageEntity

from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.render import measure, plain, render, units
from adapters.telegram.rich import rich, wants_rich
from bridge.streaming.markdown import split
from tests.properties import examples

JOINER = "\u2060"

EXAMPLES = {
    "what looks like HTML": ("a `x` List<String> <name>", "a x List<String> <name>", ["code x"]),
    "a block of HTML": ("<div>\n*y*\n</div>", "<div>\ny\n</div>", ["italic y"]),
    "a line break": ("a<br>b<br/>c", "a\nb\nc", []),
    "a link": ("[x](https://a.bc)", "x", ["text_link x https://a.bc"]),
    "a bad scheme": ("[x](javascript:y) [u](tg://user?id=1) [r](/u) [s](<http://a b.c>)", "x u r s", []),
    "a local server": ("[x](http://localhost:80/a)", "x (http://localhost:80/a)", []),
    "a mail address": ("[Ada](mailto:a@b.cd) <c@d.ef>", "Ada (a@b.cd) c@d.ef", []),
    "another host": (
        "[paypal.com](https://evil.example)",
        "paypal.com (evil.example)",
        ["text_link paypal.com https://evil.example"],
    ),
    "the same host": ("[a.bc/d](https://www.a.bc/d)", "a.bc/d", ["text_link a.bc/d https://www.a.bc/d"]),
    "a host in other letters": (
        "[x](https://аpple.com)",
        "x (xn--pple-43d.com)",
        ["text_link x https://аpple.com"],
    ),
    "a user in an address": ("[x](https://a.bc@d.ef)", "x", []),
    "a bad port": ("[x](https://a.bc:99999)", "x", []),
    "an image": ("![cat](https://a.bc/c.png) ![d](data:x)", "🖼 cat 🖼 d", ["text_link 🖼 cat https://a.bc/c.png"]),
    "pipes": ("a || b || c", "a || b || c", []),
    "a mention": ("hi @bob, **@eve**", f"hi @{JOINER}bob, @{JOINER}eve", [f"bold @{JOINER}eve"]),
    "no mention": ("`@bob` a@b.cd https://a.bc/@me", "@bob a@b.cd https://a.bc/@me", ["code @bob"]),
    "a command": ("try /start", "try /start", []),
    "control characters": ("a\x00b\u202ec\u2066d &#x202e;e", "abcd e", []),
    "a short quote": ("> a\n> b", "a\nb", ["blockquote a\nb"]),
    "a quote of many lines": ("> a\n> b\n> c\n> d", "a\nb\nc\nd", ["expandable_blockquote a\nb\nc\nd"]),
    "a long quote": ("> " + "a" * 241, "a" * 241, ["expandable_blockquote " + "a" * 241]),
    "a quote in a quote": ("> a\n>\n> > b", "a\n\nb", ["blockquote a\n\nb"]),
    "code in a quote": ("> ```\n> x\n> ```", "x", ["blockquote x", "pre x"]),
    "only code in a quote": (">     **", "**", ["blockquote **", "pre **"]),
    "a formula in a quote": (
        "> so\n> $$\n> x^2\n> $$\n> then",
        "so\nx²\nthen",
        ["blockquote so\nx²\nthen", "pre x²"],
    ),
    "a large formula in a sentence": ("with $$a \\\\ b$$ one", "with a; b one", ["code a; b"]),
    "footnotes": (
        "a[^1] b[^tea] c[^2]\n\n[^1]: one\n[^tea]: *two*\n    three",
        "a¹ b[tea] c²\n\n¹ one\n[tea] two\nthree",
        ["italic two"],
    ),
    "headings": ("# a\n##### **b**", "a\nb", ["bold a", "bold b"]),
    "tasks": ("- [ ] a\n- [x] b", "☐ a\n☑ b", []),
    "lists": ("1. a\n   - b\n2. c", "1. a\n  • b\n2. c", []),
    "code in an item": ("- a\n  ```py\n  x\n  ```\n- b", "• a\nx\n• b", ["pre x"]),
    "further lines of an item": (
        "- a\n  b\n\n  c\n  - d\n    > e\n    > f\n- g",
        "• a\n  b\n  c\n  • d\ne\nf\n• g",
        ["blockquote e\nf"],
    ),
    "a formula in an item": ("- a\n\n  $$x$$\n- b", "• a\nx\n• b", ["pre x"]),
    "code in bold": ("**a `b` c**", "a b c", ["bold a ", "code b", "bold  c"]),
    "code in a link": ("[`a`](https://a.bc)", "a", ["text_link a https://a.bc"]),
    "bold beside letters without blanks": (
        "**注意：**请看`**“a”**b`，这是**`c`**的",
        "注意：请看**“a”**b，这是c的",
        ["bold 注意：", "code **“a”**b", "code c"],
    ),
    "no bold in calculations": ("x**2 和 **注意：**请 2 ** 3", "x**2 和 注意：请 2 ** 3", ["bold 注意："]),
    "styles in styles": ("**a __b *c*__**", "a b c", ["bold a b c", "italic c"]),
    "tabs in code": ("```go\n\tx\n```", "    x", ["pre     x"]),
    "about": ("~5 to ~6 ~~no~~", "~5 to ~6 no", ["strikethrough no"]),
    "prices": ("$10.49 (~$11.20)", "$10.49 (~$11.20)", []),
    "a formula": (r"so \(x^2\) and `\(y\)`", r"so x² and \(y\)", ["code x²", r"code \(y\)"]),
    "a table": (
        "|a|b|\n|-|-:|\n|你好|1|\n|👍|12|",
        "a    |  b\n-----+---\n你好 |  1\n👍   | 12",
        ["pre a    |  b\n-----+---\n你好 |  1\n👍   | 12"],
    ),
    "a wide table": (
        f"|n|v|\n|-|-|\n|a|{'x' * 50}|\n|b|*y*|",
        f"n: a\nv: {'x' * 50}\n\nn: b\nv: y",
        ["bold n", "bold v", "bold n", "bold v", "italic y"],
    ),
    "what stands below a table": (
        "a\n\n|b|\n|-|\n|c|\n\nd\n\n---\n\ne",
        "a\n\nb\n-\nc\n\nd\n\n————————\n\ne",
        ["pre b\n-\nc"],
    ),
    "a table of links": ("|n|\n|-|\n|[a](https://a.bc)|", "n: a", ["bold n", "text_link a https://a.bc"]),
    "unused definitions": ("[1]: https://a.bc\n[2]: https://d.ef", "[1]: https://a.bc\n[2]: https://d.ef", []),
    "blanks around": ("\n\n  **a**  \n\n", "a", ["bold a"]),
    "nothing to show": ("```\n```", "```\n```", []),
    "nothing at all": ("\u200b", "…", []),
}


def described(text: str, entities: list[MessageEntity]) -> list[str]:
    found = []
    for entity in entities:
        raw = text.encode("utf-16-le")[2 * entity.offset : 2 * (entity.offset + entity.length)]
        found.append(" ".join(filter(None, (str(entity.type), raw.decode("utf-16-le"), entity.url))))
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_rule(name: str) -> None:
    markdown, wanted, marks = EXAMPLES[name]
    text, entities = render(markdown)
    assert text == wanted
    assert described(text, entities) == marks
    assert plain(markdown) == text


def test_offsets_count_utf_16_units() -> None:
    text, entities = render("😀 **a** 👍🏽 `b`")
    assert [(entity.offset, entity.length) for entity in entities] == [(3, 1), (10, 1)]
    assert units(text) == measure("😀 **a** 👍🏽 `b`") == 11


@pytest.mark.parametrize("between", [" ", "\n", "\n\n"])
def test_a_piece_has_at_most_a_hundred_entities_and_nothing_is_lost(between: str) -> None:
    words = [f"w{number}" for number in range(600)]
    pieces = split(between.join(f"**{word}** x" for word in words), 4096, measure)
    assert all(measure(piece) <= 4096 and piece.count("**") <= 200 for piece in pieces)
    assert len(pieces) <= 9
    assert [word for piece in pieces for word in plain(piece).split() if word != "x"] == words


FRAGMENTS = [
    "**",
    "*",
    "_",
    "`",
    "``",
    "~~",
    "~",
    "$",
    "$$",
    "\\(",
    "\\)",
    "[",
    "](",
    ")",
    "![i](",
    "<b>",
    "</b>",
    "<!--",
    "List<int>",
    "<br>",
    "||",
    "|",
    "@bob",
    "a@b.co",
    "/start",
    "é",
    "你好",
    "👨\u200d👩\u200d👧",
    "😀",
    "\u202e",
    "\x00",
    "\ud800",
    "&lt;",
    "&#x202e;",
    "x_y_z",
    "\u200b",
    "$5",
    "x^2",
    "\\frac{a}{b}",
    "word",
    "[x](https://a.bc)",
    "[l](tg://user?id=1)",
]
LINES = [
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1. ",
    "# ",
    "```py\n",
    "```\n",
    "|a|b|\n|-|-|\n|c|d|\n",
    "    ",
    "---\n",
    "- [ ] ",
    "<p>\n",
]
ODD_MARKDOWN = st.lists(st.sampled_from([*FRAGMENTS, *LINES]), max_size=30).map("".join)
CODE = ("pre", "code")


def check(markdown: str) -> None:
    text, entities = render(markdown)
    spans = [(entity.type, entity.offset, entity.offset + entity.length) for entity in entities]
    edges = set(accumulate(map(units, text), initial=0))
    for place, (kind, start, end) in enumerate(spans):
        assert 0 <= start < end <= units(text)
        assert {start, end} <= edges  # never inside a surrogate pair
        for before, (other, begin, stop) in enumerate(spans):
            assert stop <= start or end <= begin or (begin <= start and end <= stop) or (start <= begin and stop <= end)
            same = (begin, stop) == (start, end)  # of two that mark the same, the first one is the outer one
            if begin <= start and end <= stop and (before < place if same else before != place):
                assert other not in CODE
                assert kind != other
                assert kind not in CODE or "blockquote" in other
    assert text.strip()


@examples(150)
@given(ODD_MARKDOWN)
def test_anything_renders_to_sound_entities(markdown: str) -> None:
    check(markdown)


def test_what_marks_a_quote_of_only_code_is_sound() -> None:
    check(">     **")


DOCUMENT = (
    "# Title **b**\n\n> a *b*\n> `c`\n\n- x\n  ```py\n  y\n  ```\n- [x] [l](https://a.bc) 😀\n\n"
    "|a|b|\n|-|-|\n|1|**2**|\n\n$$x^2$$ \\(y\\) <b>t</b> @me ~~s~~\n\n![i](https://a.bc/i.png)\n"
)


def test_every_state_of_a_growing_answer_renders() -> None:
    for end in range(1, len(DOCUMENT) + 1):
        check(DOCUMENT[:end])


@given(
    st.lists(st.sampled_from([*"*_~|<>[])$#", "`w0 ", "\n", "\n\n- ", " ", "w1", "w2", "w3", "\n> "]), max_size=40).map(
        "".join
    )
)
def test_every_word_is_kept(markdown: str) -> None:
    assume("~~~" not in markdown)  # what follows is the name of a language
    assert re.findall(r"w\d", plain(markdown)) == re.findall(r"w\d", markdown)


def samples() -> list[str]:
    found: list[str] = []

    @examples(80)
    @given(ODD_MARKDOWN)
    def collect(markdown: str) -> None:
        found.append(markdown)

    collect()
    return [*found, *(markdown for markdown, _, _ in EXAMPLES.values()), DOCUMENT]


async def test_telegram_never_refuses_a_rendering() -> None:
    async with FakeTelegram() as telegram, Bot(telegram.token, telegram.base_url) as bot:
        telegram.limits = None
        chat = telegram.private(telegram.user("Ada"))
        for markdown in samples():
            text, entities = render(markdown)
            await bot.send_message(chat.id, text, entities=entities)


def test_a_rich_message_has_links_in_place_of_images_and_none_but_http() -> None:
    html = rich(
        "|a|\n|-|\n|![i](https://a.bc/x)|\n\n[l](tg://user?id=1) [k](https://a.bc) <tg-button> @bob a || b || c `||`"
    )
    assert html == (
        '<table><tr><th>a</th></tr><tr><td><a href="https://a.bc/x">🖼 i</a></td></tr></table><p>l '
        f'<a href="https://a.bc">k</a> &lt;tg-button&gt; @{JOINER}bob a || b || c <code>||</code></p>'
    )


def test_literals_are_none_of_the_markup_of_a_rich_message() -> None:
    assert rich("__init__ $5 and $6, src/*.py a/*.md **https://a.bc/_d_** [see https://e.fg/_h_](https://i.jk/l)") == (
        "<p>__init__ $5 and $6, src/*.py a/*.md "
        '<b><a href="https://a.bc/_d_">https://a.bc/_d_</a></b> <a href="https://i.jk/l">see https://e.fg/_h_</a></p>'
    )
    assert rich("https://a.bc/d\\_e `__init__`") == (
        '<p><a href="https://a.bc/d_e">https://a.bc/d_e</a> <code>__init__</code></p>'
    )


@pytest.mark.parametrize(
    "markdown", ["x" * 33_000, "- a\n" * 501, "> " * 17 + "a", "|" + "a|" * 21 + "\n|" + "-|" * 21 + "\n", ""]
)
def test_what_breaks_a_limit_is_not_rich(markdown: str) -> None:
    assert rich(markdown) is None


def test_tables_and_formulas_want_a_rich_message() -> None:
    assert wants_rich("|a|\n|-|\n|b|")
    assert wants_rich("x\n\n$$y$$")
    assert not wants_rich("**a** $x$ `|`")


def test_lists_in_lists_in_lists_are_indented_so_far_and_no_further() -> None:
    text, _ = render("- " * 1000 + "x")
    assert "x" in text
    assert len(text) < 30_000
