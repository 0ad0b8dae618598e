"""Made-up answers and odd Markdown in Markdown, and what has to be kept of them."""

import re
from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from bridge.streaming.markdown import Measure, cut

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
    """What must be kept: lower case and digits. Markup has none of them; here, what a chunk may repeat has capitals."""
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
    """The chunks of a text that arrives bit by bit."""
    chunks, tail = [], ""
    for at in range(0, len(text), step):
        tail += text[at : at + step]
        while measure(tail) > limit:
            chunk, tail = cut(tail, limit, measure)
            chunks.append(chunk)
    return [*chunks, tail] if tail.strip() else chunks


def stripped(text: str) -> str:
    """A text without its outer blank lines."""
    kept = text.splitlines(keepends=True)
    while kept and not kept[0].strip():
        kept.pop(0)
    while kept and not kept[-1].strip():
        kept.pop()
    return "".join(kept).removesuffix("\n").removesuffix("\r")


# Answers as a model writes them: what a chunk may repeat is in capitals, so the words can be compared exactly.
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
