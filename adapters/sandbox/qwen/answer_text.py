"""Answers of the stand-in: pure functions of the question and of the chain of messages above it.

The first line of an ordinary answer is meant for tests and stays as it is. It is one of

    I see no earlier turns.
    I see 1 earlier turn; your last question was “…”, my last answer began “…”.
    I see 2 earlier turns; your last question was “…”, my last answer began “…”.
    I see 2 earlier turns; your last question was “…”, and it has no answer.

The last form tells wrong chaining: a parent that is the question (`response.created.parent_id`) and not the answer
(`response_id`), or an answer that was never finished. The quotes are made by `excerpt`: 80 code points of the question,
40 of the answer. Below it follow a word on what the stand-in is, and the question itself, 200 code points of it.

Commands in a question, `echo` at its start, the others anywhere in its last line (an earlier conversation that was put
before the question is none of their business) but not in backticks:
    echo TEXT   answers TEXT, exactly, and no other command counts; a speaker may stand before it (`Ann: echo hello`)
    lorem N     answers exactly N code points of varied Markdown. It holds “Sentence 1”, “Sentence 2”, … in order and
                without a gap: each follows `Sentence (\\d+)`
    slow N      takes N seconds in all

Two more stand for a whole last line, and are told in `web_search` and `generated_media`:
    search WORDS    looks for WORDS on a pretended web, and cites what it found
    draw WORDS      draws a picture; `draw only WORDS` says nothing with it
"""

import re
from collections.abc import Sequence
from itertools import count, cycle

from adapters.sandbox.qwen.message_tree import Message

LONGEST = 1_000_000
"""Code points: more than this is not written for `lorem`."""

SLOWEST = 900.0
"""Seconds: `slow` takes no longer."""

_ECHO = re.compile(r"(?:[^\n:]{1,80}: )?echo\s(.*)", re.DOTALL | re.IGNORECASE)
_LOREM = re.compile(r"(?<!`)\blorem (\d{1,9})\b", re.IGNORECASE)
_SLOW = re.compile(r"(?<!`)\bslow (\d{1,9}(?:\.\d{1,3})?)\b", re.IGNORECASE)
_MARKUP = re.compile(r"[\\`*_~\[\]<>|]")
_JOINER = "\u200d"

_BODY = """\
I am the **stand-in**, not Qwen: no model reads this, and nothing leaves this machine. You said:

> “{quote}”

Things to try:

- `echo hello` answers just that
- `lorem 3000` answers 3000 characters of everything that Markdown can do
- `slow 20` takes 20 seconds
- `search cats` pretends to look on the web
- `draw a cat` pretends to draw"""


def reply(prompt: str, earlier: Sequence[Message]) -> str:
    """Return the Markdown that answers `prompt` below the chain `earlier`, oldest first."""
    if echo := _ECHO.match(prompt):
        return echo[1]
    if size := _LOREM.search(_last_line(prompt)):
        return lorem(int(size[1]))
    return f"{_seen(earlier)}\n\n{_BODY.format(quote=excerpt(prompt, 200))}"


def is_exact(prompt: str) -> bool:
    """Tell whether the prompt asks for an exact text, to which nothing may be added."""
    return bool(_ECHO.match(prompt) or _LOREM.search(_last_line(prompt)))


def duration(prompt: str) -> float | None:
    """Return the seconds that `slow N` asks for, None where it is not asked."""
    found = None if _ECHO.match(prompt) else _SLOW.search(_last_line(prompt))
    return min(float(found[1]), SLOWEST) if found else None


def excerpt(text: str, size: int) -> str:
    """Return at most `size` code points of `text` on one line, safe inside Markdown, with “…” where more follows.

    White space becomes single spaces, invisible characters and halves of surrogate pairs go, markup gets a backslash.
    """
    line = " ".join(text[: size * 8].split())
    line = "".join(char for char in line if char.isprintable() or char == _JOINER)
    cut = line[:size].rstrip(_JOINER + " ")
    more = "…" if len(line) > size or len(text) > size * 8 else ""
    return _MARKUP.sub(r"\\\g<0>", cut) + more


def _last_line(prompt: str) -> str:
    return prompt.rstrip().rpartition("\n")[2]


def _seen(earlier: Sequence[Message]) -> str:
    questions = [message.text for message in earlier if message.role == "user"]
    if not questions:
        return "I see no earlier turns."
    turns = "1 earlier turn" if len(questions) == 1 else f"{len(questions)} earlier turns"
    answered = earlier[-1].role == "assistant" and earlier[-1].text
    answer = f"my last answer began “{excerpt(earlier[-1].text, 40)}”" if answered else "and it has no answer"
    return f"I see {turns}; your last question was “{excerpt(questions[-1], 80)}”, {answer}."


def lorem(size: int) -> str:
    """Write exactly `size` code points of Markdown with numbered sentences, always the same; no markup is left open."""
    size = min(size, LONGEST)
    number = count(1)
    text = ""
    for block in cycle(_BLOCKS):
        # Numbers may grow to six digits; and the end needs some room.
        if len(text) + len(block) + 16 * block.count("§") + 100 > size:
            break
        text += ("\n\n" if text else "") + re.sub("§", lambda _: f"Sentence {next(number)}", block)
    gap = "\n\n" if text else ""
    while len(text) + len(line := f"{gap}Sentence {next(number)} is short.") <= size:
        text, gap = text + line, " "
    rest = (" and so on" * 10)[1 if not text else 0 :][: size - len(text)]
    return text + rest[:-1] + "." * bool(rest)


_BLOCKS = (
    "# Lorem\n\n§ opens the answer. § says that **bold**, *italic*, ~~struck~~ and `inline code` all occur. "
    "§ has a [link to a page](https://example.org/a_b?c=d&e=(f)), and § a bare one: https://example.org/x_y_z.",
    "- § is a point,\n- § is another one, with **bold words** in it,\n  - § lies one level deeper,\n"
    "  - § too,\n- § ends the list.",
    "## Code\n\n§ comes before a block of code:\n\n```python\ndef area(width: int, height: int) -> int:\n"
    '    """§ is a docstring, with <tags> & *stars* that are no markup."""\n    return width * height\n\n\n'
    "print(area(6, 7))  # § is a comment\n```\n\n§ comes after it, and 2 * 3 * 4 = 24 while snake_case_name stays.",
    "§ fills a longer paragraph. § tells nothing new, but it does so at some length, as a model does that has been "
    "asked to explain itself and would like to be liked. § agrees. § disagrees, on the ground that what can be said at "
    "all can be said in fewer words. § takes no side, and § closes the matter.",
    "| Number | What it is | Price |\n|---|:---:|---:|\n| 1 | § in a cell | 1.50 € |\n| 2 | `code` and § | 12.00 € |\n"
    "| 3 | **bold** § | 0.25 € |",
    "## 中文与表情\n\n§：你好，世界！這是一段没有空格的文字，用来检查换行与计数。§：日本語も、한국어도 있습니다。\n\n"
    "§ has a family 👩‍👩‍👧‍👦, a flag 🇺🇳, a thumb 👍🏽 and a keycap 1️⃣; "
    "§ combines e\u0301 and ü, and § is right to left: שלום.",
    "> § is a quotation.\n> § goes on in it.\n\n1. § is first,\n2. § is second,\n3. § is third.\n\n---",
)
