"""What a person at a terminal sees while an answer grows, and when it is whole."""

import asyncio
import io
import os
import pty
import sys
from collections.abc import Iterator

import pytest
from rich.console import Console

from adapters.terminal.line_editor import LineEditor
from adapters.terminal.live_blocks import split_blocks
from adapters.terminal.live_region import LiveRegion
from adapters.terminal.markdown import THEME
from adapters.terminal.reply import PlainReply, TerminalReply
from bridge.streaming.chunks import MORE
from bridge.streaming.markdown import closed, going_on
from tests.adapters.terminal.screen import Screen
from tests.waiting import eventually

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

DOCUMENT = r"""# A heading

Words with **bold**, `code` and [a link](https://example.org/x), over and over, until they fill more than one row.

1. one

2. two
   - nested

3. three

```python
def f(x):

    return x
```

> A quote
> goes on.

| Name | Size |
|------|-----:|
| one  | 1    |
| two  | 22   |

---

$$
\frac{a}{b}
$$

The end.
"""


@pytest.fixture
def line_editor(monkeypatch: pytest.MonkeyPatch) -> Iterator[LineEditor]:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    parent, child = pty.openpty()
    with os.fdopen(child) as source, os.fdopen(os.dup(child), "w") as target:
        yield LineEditor(source, target)
    os.close(parent)


class Shown:
    """A reply on a screen."""

    def __init__(self, line_editor: LineEditor, width: int = 60, height: int = 24) -> None:
        self.screen = Screen(width)
        self.console = Console(file=self.screen, theme=THEME, width=width, height=height, force_terminal=True)
        self.region = LiveRegion(self.console)
        self.answered = asyncio.Event()
        self.reply = TerminalReply(self.console, self.region, self.answered, line_editor)

    async def grow(self, text: str) -> None:
        await self.reply.put(going_on(closed(text), MORE), None, final=False)

    async def end(self, text: str) -> str:
        await self.reply.put(text, None, final=True)
        assert self.screen.cursor
        assert self.screen.wraps
        assert not self.screen.unknown
        return self.screen.text()

    def resize(self, width: int) -> None:
        self.screen.resize(width)
        self.console.width = width


@pytest.fixture
def shown(line_editor: LineEditor) -> Shown:
    return Shown(line_editor)


@pytest.mark.parametrize("step", [3, 50])
async def test_a_grown_answer_looks_as_if_it_had_come_at_once(line_editor: LineEditor, shown: Shown, step: int) -> None:
    for end in range(step, len(DOCUMENT), step):
        await shown.grow(DOCUMENT[:end])
    at_once = await Shown(line_editor).end(DOCUMENT)
    assert await shown.end(DOCUMENT) == at_once
    assert "A heading" in at_once
    assert MORE.strip() not in at_once


async def test_finished_blocks_are_printed_while_the_rest_grows(shown: Shown) -> None:
    await shown.grow("one\n\ntwo\n\nthr")
    assert shown.screen.text() == f"one\n\ntwo\n\nthr {MORE}"
    assert not shown.answered.is_set()
    shown.screen.written.clear()
    await shown.grow("one\n\ntwo\n\nthree")
    assert "two" not in "".join(shown.screen.written)
    await shown.end("one\n\ntwo\n\nthree")
    assert shown.answered.is_set()


async def test_rows_that_stay_are_not_written_again(shown: Shown) -> None:
    code = "```\nfirst\nsecond\nthird\nlast"
    await shown.grow(code)
    shown.screen.written.clear()
    await shown.grow(code + " and more")
    written = "".join(shown.screen.written)
    assert "more" in written
    assert "second" not in written
    await shown.grow(code + " and more")
    assert written == "".join(shown.screen.written)


async def test_a_number_is_no_paragraph_before_it_shows_what_it_is(shown: Shown) -> None:
    for text in ("1. one\n\n2", "1. one\n\n2.", "1. one\n\n2. two"):
        await shown.grow(text)
    assert await shown.end("1. one\n\n2. two") == " 1 one\n 2 two"


async def test_log_lines_go_above_what_grows(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", shown.screen)
    await shown.grow("an answer\nthat grows")
    print("half a ", end="", file=sys.stderr)
    print("line", file=sys.stderr)
    await shown.grow("an answer\nthat grows on")
    assert shown.screen.text() == f"half a line\nan answer that grows on {MORE}"
    print("no end", end="", file=sys.stderr)
    assert (await shown.end("an answer\nthat grows on")).endswith("no end")
    assert sys.stderr is shown.screen


@pytest.mark.parametrize("width", [30, 40, 70])
async def test_another_width_leaves_nothing_behind(shown: Shown, width: int) -> None:
    rows = "\n".join(f"row {number} of this code, nearly sixty cells wide it is" for number in range(8))
    await shown.grow(f"```\n{rows}")
    shown.resize(width)
    await shown.grow(f"```\n{rows}\nmore")
    text = await shown.end("whole")
    assert text == "whole"


async def test_joined_emoji_leave_nothing_behind(shown: Shown) -> None:
    for count in range(1, 40, 3):
        await shown.grow(f"- {FAMILY * count}\n- item")
    assert await shown.end("whole") == "whole"


async def test_while_there_is_only_a_status_it_spins(shown: Shown) -> None:
    async with shown.reply.working():
        await eventually(lambda: "Qwen is writing …" in shown.screen.text())
        await shown.reply.put("*Thinking … 14 s*", None, final=False)
        await eventually(lambda: shown.screen.text()[1:] == " Thinking … 14 s")
        await eventually(lambda: len({row for row in shown.screen.written if "Thinking" in row}) > 1)
    await shown.grow("The answer")
    assert shown.screen.text() == f"The answer {MORE}"
    await eventually(lambda: asyncio.all_tasks() == {asyncio.current_task()}, seconds=1)
    assert shown.screen.text() == f"The answer {MORE}"


async def test_a_text_that_is_replaced_is_not_taken_for_printed(shown: Shown) -> None:
    await shown.grow("first\n\nattempt")
    assert await shown.end("second\n\nattempt") == "first\n\nsecond\n\nattempt"


@pytest.mark.parametrize("harm", ["\x1b]0;title\x07", "\x9b2J", "\x08\x08", "\u202e", "&#x202e;", "&#x9b;"])
async def test_nothing_that_steers_a_terminal_reaches_it(shown: Shown, harm: str) -> None:
    text = f"before {harm}after `{harm}` [{harm}x](https://e.org/{harm})\n\n```{harm}\n{harm}\n```"
    await shown.grow(text)
    seen = await shown.end(text)
    assert not set(seen) & set("\x1b\x07\x08\x9b\u202e")
    assert "before" in seen


async def test_a_pipe_gets_no_control_characters(line_editor: LineEditor) -> None:
    paper = io.StringIO()
    await PlainReply(paper, asyncio.Event()).put("a\x1b]0;x\x07b\t\u202ec\u202c\r\nd", None, final=True)
    assert paper.getvalue() == "a]0;xb\tc\nd\n"


async def test_a_dumb_terminal_gets_no_escapes(line_editor: LineEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    shown = Shown(line_editor)
    async with shown.reply.working():
        await shown.grow("**one**\n\ntwo")
    await shown.end("**one**\n\ntwo")
    assert "".join(shown.screen.written) == "one\n\ntwo\n\n"


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("[here](https://e.org/x)", "here (https://e.org/x)"),
        ("[https://bank.example](https://evil.example)", "https://bank.example (https://evil.example)"),
        ("<https://e.org/>", "https://e.org/"),
        ("a `List<int>` and List<int>", "a List<int> and List<int>"),
        (r"$E = mc^2$ and \(x_1\), $5 and $10", "E = mc² and x₁, $5 and $10"),
        ("- [x] done\n- [ ] open", " • ☑ done\n • ☐ open"),
        ("![a cat](https://e.org/cat.png)", "🖼 a cat (https://e.org/cat.png)"),
        (
            "|a|b|c|d|e|f|g|h|\n" + "|-" * 8 + "|\n" + "|some words" * 8 + "|",
            "\n".join(f"{x}: some words" for x in "abcdefgh"),
        ),
    ],
)
async def test_markdown_is_readable(shown: Shown, markdown: str, seen: str) -> None:
    assert await shown.end(markdown) == seen


@pytest.mark.parametrize(
    "text",
    [
        "```\n" + "x = 1\n" * 5000,
        "".join(f"{number}. item\n" for number in range(3000)),
        "| a | b |\n|---|---|\n" + "| c | d |\n" * 3000,
        "> quoted\n" * 3000,
        "words without end " * 3000,
    ],
)
def test_of_a_long_block_only_the_end_is_rendered(text: str) -> None:
    done, end = split_blocks(text, 80, 20)
    assert not done
    assert 20 <= len(end.split()) <= 1000
    assert text.endswith(end[-100:])
