"""The prompt, in the real program over a terminal: pastes, history, completion, and what is typed meanwhile."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sandbox.qwen import StandIn
from tests.process import run
from tests.terminal import PROMPT_OPENS, Screen, escapes_removed, terminal
from tests.waiting import eventually

PASTE_BEGINS, PASTE_ENDS = "\x1b[200~", "\x1b[201~"
UP = "\x1b[A"
ALT_ENTER = "\x1b\r"
LINES = "echo first line\nsecond line\n\nthird"


LOGGING = """
import asyncio, sys
from adapters.terminal.line_editor import LineEditor

async def models(): return []

async def main():
    editor = LineEditor(sys.stdin, sys.stdout)
    reading = asyncio.create_task(editor.read(models))
    while not (await asyncio.to_thread(print, "a log line", file=sys.stderr)) and not reading.done():
        await asyncio.sleep(0.1)
    print("asked:", reading.result())
    editor.restore()

asyncio.run(main())
"""


@pytest.fixture
async def screen(tmp_path: Path) -> AsyncIterator[Screen]:
    """A conversation in a terminal, at its first prompt."""
    async with terminal(tmp_path, "chat") as opened:
        await opened.shows(PROMPT_OPENS)
        yield opened


async def answer(screen: Screen, number: int) -> str:
    """The answer to the question of this number, once the prompt that follows it is open."""
    await screen.shows(PROMPT_OPENS, times=1 + number)
    return escapes_removed(screen.text.split(PROMPT_OPENS)[number].rpartition("Qwen is writing")[2])


@pytest.mark.parametrize(
    "typed",
    [
        f"{PASTE_BEGINS}{LINES}{PASTE_ENDS}\r",
        f"{PASTE_BEGINS}{LINES}\n{PASTE_ENDS}\r",
        LINES.replace("\n", "\r") + "\r",
        LINES.replace("\n", ALT_ENTER) + "\r",
    ],
    ids=["marked", "marked, with an end", "not marked", "typed"],
)
async def test_several_lines_are_one_question(screen: Screen, typed: str) -> None:
    screen.type(typed)
    first = await answer(screen, 1)
    assert first.count("third") == 1
    assert first.index("first line") < first.index("second line") < first.index("third")
    screen.type("hello\r")
    assert "I see 1 earlier turn" in await answer(screen, 2)


async def test_a_marked_paste_may_be_edited_before_it_is_asked(screen: Screen) -> None:
    screen.type(f"{PASTE_BEGINS}echo one\ntwo\n{PASTE_ENDS}")
    await screen.shows("two")
    screen.type("and more\r")
    assert "and more" in await answer(screen, 1)


async def test_up_brings_an_earlier_question_back(screen: Screen) -> None:
    screen.type("echo the first\r")
    await answer(screen, 1)
    screen.type("echo the second\r")
    await answer(screen, 2)
    screen.type(UP + UP)
    await eventually(lambda: "echo the first" in escapes_removed(screen.text.rpartition(PROMPT_OPENS)[2]))
    screen.type(" again\r")
    assert "the first again" in await answer(screen, 3)


async def test_history_is_not_kept_for_the_next_process(tmp_path: Path) -> None:
    async with terminal(tmp_path, "chat") as screen:
        await screen.shows(PROMPT_OPENS)
        screen.type("echo private words\r")
        await answer(screen, 1)
        screen.type("/quit\r")
        await screen.ended()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"private words" in path.read_bytes()]


async def test_tab_completes_commands_and_models(screen: Screen) -> None:
    await completed(screen, "/mo\t", "/move")
    await completed(screen, "d\t", "el")
    await completed(screen, "qwen3.6\t", "-plus")
    screen.type("\r")
    assert "qwen3.6-plus will answer" in await answer(screen, 1)


async def completed(screen: Screen, typed: str, completion: str) -> None:
    """Type, and wait for what is drawn because of it: only what changed on the screen."""
    before = len(screen.text)
    screen.type(typed)
    await eventually(lambda: completion in escapes_removed(screen.text[before:]))


async def test_what_is_typed_into_an_answer_does_not_show_and_is_the_next_question(screen: Screen) -> None:
    screen.type("slow 3\r")
    await screen.shows("I see no")
    assert not screen.echoes()
    screen.type("echo typed early\r")
    assert "typed early" not in await answer(screen, 1)
    assert "typed early" in await answer(screen, 2)


async def test_bytes_that_are_no_text_do_not_cost_the_question(screen: Screen) -> None:
    screen.type_bytes(b"echo ab\xff\xfecd\r")
    assert "ab\ufffd\ufffdcd" in await answer(screen, 1)


async def test_log_lines_go_above_the_prompt_and_what_is_typed_in_it(tmp_path: Path) -> None:
    async with terminal(tmp_path, "-c", LOGGING, program=Path(sys.executable)) as screen:
        await screen.shows(PROMPT_OPENS)
        screen.type("half")
        await screen.shows("half")
        logged = screen.text.count("a log line")
        await screen.shows("a log line", times=logged + 2)
        screen.type(" and whole\r")
        await screen.shows("asked: half and whole")
        assert await screen.ended() == 0
    rows = escapes_removed(re.sub(r"\x1b\[\d+D|\r", "\n", screen.text)).split("\n")  # the cursor goes to a row's begin
    assert not [row for row in rows if "a log line" in row and "half" in row]


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
async def test_a_key_at_the_prompt_ends_it(screen: Screen, key: str) -> None:
    screen.type(key)
    assert await screen.ended() == 0
    assert screen.echoes()


async def test_an_answer_of_before_a_restart_takes_the_place_of_the_prompt_which_comes_back(tmp_path: Path) -> None:
    async with StandIn(settle=0) as standin:
        variables = {"QWEN_URL": standin.url, "QWEN_UMIDTOKEN": "x"}
        standin.hold_after = 1
        async with terminal(tmp_path, "chat", variables=variables) as killed:
            await killed.shows(PROMPT_OPENS)
            killed.type("hello\r")
            await eventually(lambda: standin.held)
        standin.hold_after = None
        async with terminal(tmp_path, "chat", variables=variables) as screen:
            await screen.shows(PROMPT_OPENS)
            screen.type("echo ha")
            await screen.shows("search cats")
            screen.type("lf\r")
            await eventually(lambda: "half" in escapes_removed(screen.text.rpartition("Qwen is writing")[2]))
            shown = escapes_removed(screen.text)
            assert shown.index("you> hello") < shown.index("search cats") < shown.index("you> echo half")


async def test_only_a_terminal_pays_for_it(tmp_path: Path) -> None:
    code = "import sys, adapters.cli.main, adapters.discord, adapters.telegram; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    modules, _ = await process.communicate()
    assert b"adapters.telegram" in modules
    assert b"prompt_toolkit" not in modules
    ran = await run("chat", said="echo hi\n", home=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    assert ran.out == "hi\n"
    assert "adapters.terminal" in ran.err
    assert "prompt_toolkit" not in ran.err
