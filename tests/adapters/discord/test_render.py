"""What Qwen's Markdown looks like in Discord: every rule by an example."""

import re

import pytest
from hypothesis import given
from structlog.testing import capture_logs

from adapters.common.refusals import Refusals
from adapters.discord.render import measure, render, without_markup
from adapters.discord.render.tables import MAX_WIDTH
from adapters.discord.reply import LIMIT
from tests.adapters.stages import DiscordStage
from tests.odd_markdown import odd_markdown
from tests.properties import examples

LEFT_ALONE = [
    'plain words, 2 * 3 = 6; it\'s "fine" (really) — 100 %',
    "**bold** *it* _it_ ***both*** ~~gone~~ ||spoiler|| `code` ``a ` b``",
    "# one\n## two\n### three\n-# small",
    "- a\n- b\n  - c\n    - d\n\n1. a\n2. b",
    "* a\n* b\n  continued",
    "> quote\n> more\n\nafter",
    "```python\nx || y ** z @everyone <@1> &amp; $x$\n```",
    "- item\n  ```\n  code\n  ```",
    "[text](<https://example.com>)",
    "<https://example.com/a_b>",
    "https://example.com/a_b_ and snake_case_name",
    "<t:1700000000:R>",
    "List<String> and Map<K, V> and <b>bold</b>",
    "$5 and $10, $5-$10, $HOME/$USER, $x$y",
    "`@everyone <@1> || $x$ \\(x\\)`",
    "中文**“强调”**中文",
    "\\*not italic\\* \\_ \\|",
    "¯\\_(ツ)_/¯",
    "line\nline",
]

CHANGED = [
    # headings, rules, breaks
    ("#### four\ntext", "**four**\ntext"),
    ("###### six **bold** ##", "**six bold**"),
    ("## two ##", "## two"),
    ("#### a \\", "**a \\\\**"),
    ("# a\nb  \nc", "# a\nb\nc"),
    ("One\n===\n\nTwo\nlines\n---", "# One\n\n## Two lines"),
    ("a\n\n---\n\nb", "a\n\n───────────────\n\nb"),
    ("a\\\nb  \nc", "a\nb\nc"),
    ("a<br>b<br/>\nc", "a\nb\nc"),
    # emphasis
    ("__bold__ and __more__", "**bold** and **more**"),
    ("~about~", "\\~about\\~"),
    ("_a b_c_", "*a b_c*"),
    ("2 ** 3 ** 4", "2 \\*\\* 3 \\*\\* 4"),
    ("f(**a) g(**b)", "f(\\*\\*a) g(\\*\\*b)"),
    ("(*args) (*more)", "(\\*args) (\\*more)"),
    ("my_var_ and foo__bar__baz", "my_var\\_ and foo\\_\\_bar\\_\\_baz"),
    ("*see https://a.com/b*c d*", "_see https://a.com/b*c d_"),
    ("**see https://a.com/b**c d**", "see https://a.com/b**c d"),
    ("~~see https://a.com/b~~c d~~", "see https://a.com/b~~c d"),
    (
        'https://a.com/[b] https://a.com/b\\_c https://a.com/"*',
        '<https://a.com/[b]> https://a.com/b_c https://a.com/"\\*',
    ),
    ("__init__ C:\\_a\\b `__c__`", "\\_\\_init\\_\\_ C:\\\\\\_a\\\\b `__c__`"),
    ("a ~~ b ~~ c", "a \\~\\~ b \\~\\~ c"),
    ("a || b || c", "a \\|\\| b \\|\\| c"),
    ("if (a||b) or (c||d)", "if (a\\|\\|b) or (c\\|\\|d)"),
    ("a ``` b", "a \\`\\`\\` b"),
    ("C:\\文", "C:\\\\文"),
    ("&lt;b&gt; &amp; &#42;x&#42; &copy;", "\\<b\\> & \\*x\\* ©"),
    # lists
    ("+ a\n+ b", "- a\n- b"),
    ("1) a\n2) b", "1. a\n2. b"),
    ("1. a\n   - b\n     1. c\n\n        para", "1. a\n  - b\n    1. c\n\n      para"),
    ("-   a\n    -   b", "- a\n  - b"),
    ("1.\ta\n\n\tb\n\n\t\tc", "1. a\n\n  b\n\n  ```\n  c\n  ```"),
    ("100. a\n\n \t b", "100. a\n\n  b"),
    ("- a\nlazy", "- a\n  lazy"),
    ("- [ ] a\n- [x] b", "- ☐ a\n- ☑ b"),
    (">a\n>\n>b\nlazy", "> a\n> \n> b\n> lazy"),
    ("1. > a\n   > b", "1. > a\n  > b"),
    # code
    ("~~~py\nx\n~~~", "```py\nx\n```"),
    ("````md\n```\nx\n```\n````", "```md\n``\u200b`\nx\n``\u200b`\n```"),
    ("```\nx ``` y\n```", "```\nx ``\u200b` y\n```"),
    ("```py title=x\ny\n```", "`title=x`\n```py\ny\n```"),
    ("```py\nx", "```py\nx\n```"),
    ("a\n\n    x = *1*\n    y\n\nb", "a\n\n```\nx = *1*\ny\n```\n\nb"),
    ("> ~~~\n> x\n> ~~~", "> ```\n> x\n> ```"),
    ("1. a\n   ~~~\n   x\n     y\n   ~~~", "1. a\n  ```\n  x\n    y\n  ```"),
    ("``` x ```", "`x`"),
    ("`` ``` ``", "`` `\u200b`\u200b` ``"),
    # links and images
    ("[t](https://example.com/a)", "[t](<https://example.com/a>)"),
    ("[t](https://example.com/(a) 'say \"x\"')", "[t](<https://example.com/(a)> \"say 'x'\")"),
    ("[**t**][r] [r]\n\n[R]: https://example.com", "[**t**](<https://example.com>) [r](<https://example.com>)\n\n"),
    ("[a][] b\n\n[a]: https://example.com", "[a](<https://example.com>) b\n\n"),
    ("[a][] b ![a][]\n\n[a]: x", "a b a\n\n[a]: x"),
    (
        "[a]\n\n[a]: https://a.com/1\n[a]: https://a.com/2",
        "[a](<https://a.com/1>)\n\n[a]: https://a.com/2",
    ),
    ("[unused]: https://example.com/_x_", "[unused]: https://example.com/_x_"),
    ("[t](javascript:x) [t](/a) [t](http://localhost/) [t](https://[)", "t t t t"),
    ("<http://localhost> <tg:x>", "http://localhost tg:x"),
    ("[me](mailto:a@example.com) <a@example.com>", "me (a@example.com) a@example.com"),
    ("[paypal.com](https://evil.com)", "[paypal.com](<https://evil.com>) (evil.com)"),
    ("[https://a.com/x](https://b.com)", "[a.com/x](<https://b.com>) (b.com)"),
    (
        "[www.a.com](https://a.com/x) [index.html](https://a.com)",
        "[www.a.com](<https://a.com/x>) [index.html](<https://a.com>)",
    ),
    ("[https://a.com/](https://a.com)", "<https://a.com>"),
    ("[](https://a.com)", "<https://a.com>"),
    ("[a](https://a.com/`*|)", "[a](<https://a.com/%60%2A%7C>)"),
    (
        "[![a](https://a.com)](https://a.com) [b](https://b.com)",
        "[a](<https://a.com>) (<https://a.com>) [b](<https://b.com>)",
    ),
    ("[[a](/x)](https://evil.com)", "[a\\](https://evil.com)"),
    (
        "![alt](https://a.com/i.png) ![](https://a.com/i.png) ![alt](x.png)",
        "[alt](<https://a.com/i.png>) <https://a.com/i.png> alt",
    ),
    ("[![alt](https://a.com/i)](https://a.com)", "[alt](<https://a.com>) (<https://a.com/i>)"),
    # notes
    ("a[^1] b[^x]\n\n[^1]: one\n\n[^x]: two", "a¹ b[x]\n\n-# ¹ one\n\n-# [x] two"),
    ("a[^x]\n\n[^x]: one  \n    two", "a[x]\n\n-# [x] one two"),
    ("a[^12] without its note", "a¹² without its note"),
    # nobody is called
    ("@everyone @here", "@\u2060everyone @\u2060here"),
    ("<@1> <@!1> <@&1> <#1>", "<@\u20601> <@!\u20601> <@&\u20601> <#\u20601>"),
    ("</cmd:1> <:e:1> <a:e:1>", "</\u2060cmd:1> <:\u2060e:1> <a:\u2060e:1>"),
    ("&lt;@1&gt; &#64;everyone", "\\<@1\\> @\u2060everyone"),
    ("x <a title='@everyone'>", "x <a title='@\u2060everyone'>"),
    # HTML
    ("<div>\n**x**\n</div>", "\\<div>\n**x**\n\\</div>"),
    ("a\n\n<br>\n\nb", "a\n\n\n\nb"),
    # formulas
    ("$x^2$, \\(x_1 * y\\), $n$", "`x²`, `x₁ * y`, `n`"),
    ("$$\n\\frac{a}{b}\n$$", "```\na/b\n```"),
    ("\\[ x^2 \\]", "```\nx²\n```"),
    ("| a |\n|--|\n| $\\vert x \\vert^2$ |", "```\na\n------\n| x |²\n```"),
    ("so $$x^2$$ then", "so `x²` then"),
    ("> so\n> \\[\n> x^2\n> \\]", "> so\n> ```\n> x²\n> ```"),
    ("$" + "{" * 70 + "x^2" + "}" * 70 + "$", "`" + "{" * 70 + "x^2" + "}" * 70 + "`"),
    # tables
    (
        "| name | n | 漢字 |\n|:--|--:|:-:|\n| **é** | 1 | a\\|b |\n| `👩‍👩‍👧` | 1000 | x |",
        "```\nname |    n | 漢字\n-----+------+-----\né    |    1 | a|b\n👩‍👩‍👧   | 1000 |  x\n```",
    ),
    ("| a | b |\n|--|--|\n| 1 |\n| 1 | 2 | 3 |", "```\na | b\n--+------\n1 |\n1 | 2 | 3\n```"),
    ("- a\n  | b |\n  |--|\n  | c |", "- a\n  ```\n  b\n  -\n  c\n  ```"),
    ("| a |\n|--|\n| y <br> x |", "```\na\n---\ny x\n```"),
    ("| a |\n|--|\n| [t](https://a.com) x |", "- **a:** [t](<https://a.com>) x"),
    ("| a |\n|--|\n| https://a.com/_b_ |", "- **a:** https://a.com/_b_"),
    ("| a |\n|--|\n| `https://a.com` |", "```\na\n-------------\nhttps://a.com\n```"),
    (
        f"| **a** | b |\n|--|--|\n| {'x' * MAX_WIDTH} | [t](https://a.com) |\n| | `y` |",
        f"- **a:** {'x' * MAX_WIDTH}\n  **b:** [t](<https://a.com>)\n- **a:**\n  **b:** `y`",
    ),
    (
        f"| a |\n|--|\n| {'x' * (MAX_WIDTH + 1)} | @here |\n\n- b  \n  c",
        f"- **a:** {'x' * (MAX_WIDTH + 1)} | @\u2060here\n\n\u200b\n- b\n  c",
    ),
    (
        f"1. x\n\n{(wide := f'| a |{chr(10)}|--|{chr(10)}| ' + 'x' * (MAX_WIDTH + 1) + ' |')}\n\n{wide}\n\n1) y",
        "1. x\n\n" + 2 * f"\u200b\n- **a:** {'x' * (MAX_WIDTH + 1)}\n\n" + "\u200b\n1. y",
    ),
    # beside Chinese letters
    ("这是**`code`**的，**“茶”**最好", "这是**`code`**的，**“茶”**最好"),
    ("| 这是**`x`**的 |\n|--|\n| y |", "```\n这是x的\n-------\ny\n```"),
    # what a list does not need
    (
        "1. a\n    1. b\n\n        c\n        d\n\n    ```py\n    x\n    ```",
        "1. a\n  1. b\n\n    c\n    d\n\n  ```py\n  x\n  ```",
    ),
    # characters
    ("a\0b\x07c\r\nd\re\ud800", "abc\nd\ne\ufffd"),
    ("a\u202eb\u202ac\u202c\u2066d\ne\u2069", "ab\u202ac\u202cd\ne"),
    ("pay \u202emoc.knab\u202c and \u202dx\u202c", "pay moc.knab and x"),
]


@pytest.mark.parametrize("markdown", LEFT_ALONE)
def test_what_discord_shows_is_left_alone(markdown: str) -> None:
    assert render(markdown) == markdown


@pytest.mark.parametrize(("markdown", "shown"), CHANGED)
def test_what_discord_does_not_show_is_rewritten(markdown: str, shown: str) -> None:
    assert render(markdown) == shown


@pytest.mark.parametrize("markdown", ["", " \n ", "\0", "####", "<br>", "[](x)", "\ud800 "])
def test_what_would_be_blank_comes_back(markdown: str) -> None:
    shown = render(markdown)
    assert shown.strip() or shown == markdown


def test_a_table_as_wide_as_a_screen_is_a_block_and_one_column_more_makes_it_a_list() -> None:
    table = "| a | b |\n|--|--|\n| {} | x |"
    assert render(table.format("w" * (MAX_WIDTH - 4))).startswith("```")
    assert render(table.format("w" * (MAX_WIDTH - 3))).startswith("- **a:**")


def test_the_length_is_in_code_points_of_what_is_shown() -> None:
    assert measure("👨‍👩‍👧 __x__") == 5 + 1 + 5
    assert measure("[t](https://example.com)") == len("[t](<https://example.com>)")


async def test_an_answer_is_shown_rendered(channel: DiscordStage) -> None:
    await channel.say("echo __bold__ and ~~~not~~~ a || b || c")
    assert await channel.hears("**bold**") == ["**bold** and \\~\\~\\~not\\~\\~\\~ a \\|\\| b \\|\\| c"]


async def test_what_discord_refuses_goes_out_without_markup(channel: DiscordStage) -> None:
    channel.discord.fault("POST", "/channels/*/messages", status=400)
    await channel.say("echo __bold__")
    await channel.hears("bold")
    sent = [request.body for request in channel.discord.requests if request.path.endswith("/messages")]
    assert [body["content"] for body in sent if isinstance(body, dict)][:2] == ["**bold**", "bold"]


def test_what_is_refused_is_logged_once_for_each_kind_without_a_word() -> None:
    refusals = Refusals("Discord")
    with capture_logs() as logs:
        for kind, piece in ((50035, "secret"), (50035, "secret words"), (50006, "secret")):
            refusals.log(kind, piece)
    assert [entry["kind"] for entry in logs] == [50035, 50006]
    assert logs[0]["piece"] == logs[1]["piece"]
    assert "secret" not in str(logs)


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("# a\n\n- **b**\n- [c](https://a.bc)\n\n> d\ne", "a\nb\nc (https://a.bc)\nd\ne"),
        ("| a | b |\n|--|--|\n| 1 | `2` |", "a | b | \n1 | 2 |"),
        ("```py\nx\n```\n\n@everyone <@1> x[^1]\n\n[^1]: y", "x\n\n@\u2060everyone <@\u20601> x¹\n\ny"),
        ("\0[](x)", "(x)"),
    ],
)
def test_words_without_markup(markdown: str, plain: str) -> None:
    assert without_markup(markdown, LIMIT) == plain


def test_the_words_of_a_piece_that_fits_are_whole_where_its_source_would_be_too_long() -> None:
    source = " ".join(f"**word{number}** " + "&amp;" * 4 for number in range(100))
    assert measure(source) <= LIMIT < len(source)
    assert without_markup(source, LIMIT).split() == re.findall(r"word\d+|&&&&", render(source))


@examples(60)
@given(odd_markdown(6))
def test_any_words_fit(markdown: str) -> None:
    assert len(without_markup(markdown, 50)) <= 50


def test_words_that_are_too_many_are_cut() -> None:
    assert without_markup("**" + "a" * 3000 + "**", 100) == "a" * 99 + "…"
