"""The first minutes: the program as a newcomer starts it, and what it says when something is missing or wrong."""

import asyncio
import os
import signal
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from adapters.cli.main import cli
from adapters.sandbox.qwen import StandIn
from bridge import __version__
from bridge.backends.openai import OpenAIClient
from bridge.errors import Moderated
from tests.process import PROGRAM, ended, environment, run, started
from tests.terminal import PROMPT_OPENS, Screen, escapes_removed, terminal
from tests.waiting import eventually

SECRET = "SECRET-that-nobody-may-see"


async def test_in_an_empty_environment_it_answers_at_once(tmp_path: Path) -> None:
    ran = await run("chat", said="hello\n", home=tmp_path)
    assert ran.code == 0
    assert ran.out.startswith("I see no earlier turns.\n\nI am the **stand-in**")
    assert [line.partition(" (")[0].partition(",")[0] for line in ran.err.splitlines()] == [
        "No Qwen credential",
        "Model: qwen3.7-plus",
    ]
    assert not list(tmp_path.iterdir()), "nothing is kept"


async def test_with_nobody_to_serve_it_says_so(tmp_path: Path) -> None:
    ran = await run("run", said="hello\n", home=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("There's nobody to serve: no bot token is set")
    assert ran.err.count("\n") == 1


async def test_a_pipe_is_a_conversation_a_line_a_question(tmp_path: Path) -> None:
    ran = await run("chat", said="echo one\n\ntwo\n/new\nthree\n/quit\nfour", home=tmp_path)
    assert ran.code == 0
    assert ran.out.startswith("one\nI see 1 earlier turn; your last question was “echo one”")
    assert ran.out.count("I see no earlier turns.") == 1
    assert "“four”" not in ran.out
    assert "Your next question starts a new conversation" in ran.out


async def test_what_commands_answer_in_a_pipe_is_plain_text(tmp_path: Path) -> None:
    ran = await run("chat", said="/status\n/help\n/nwe\n/model\n", home=tmp_path)
    assert "\nModel: qwen3.7-plus\n" in ran.out
    assert "Answers come from: a stand-in, not Qwen\n" in ran.out
    assert "Your words go nowhere: a stand-in answers here, not Qwen." in ran.out
    assert "/quit – end the program" in ran.out
    assert "Did you mean /new?" in ran.out
    assert "\n  /model qwen3.7-plus  ✓\n" in ran.out
    assert "**" not in ran.out
    assert "No bot token" not in ran.err


@pytest.fixture
async def screen(tmp_path: Path) -> AsyncIterator[Screen]:
    """A conversation in a terminal, at its first prompt."""
    async with terminal(tmp_path) as opened:
        await opened.shows(PROMPT_OPENS)
        yield opened


async def test_a_login_is_pasted_unseen_however_long_its_lines(tmp_path: Path) -> None:
    async with terminal(tmp_path, "login", "--no-check") as screen:
        await screen.shows("Ctrl-D")
        await eventually(lambda: not screen.echoes())
        cookie = "acw_tc=" + "placeholder-of-a-cookie-" * 400
        screen.type(
            f"curl 'https://chat.qwen.ai/api/v2/chats/new' \\\n  -H 'bx-umidtoken: {SECRET}' \\\n  -b '{cookie}'\n"
        )
        screen.type("\x04")
        await screen.shows("readable only by you")
        assert await screen.ended() == 0
        assert screen.echoes()
    assert SECRET not in screen.text
    assert "placeholder-of-a-cookie" not in screen.text
    (kept,) = tmp_path.rglob("credentials*.json")
    assert cookie in kept.read_text()


async def test_ctrl_c_ends_a_login_that_is_pasted(tmp_path: Path) -> None:
    async with terminal(tmp_path, "login", "--no-check") as screen:
        await screen.shows("Ctrl-D")
        await eventually(lambda: not screen.echoes())
        screen.type("half a request\x03")
        assert await screen.ended() == 130
        assert screen.echoes()
    assert "Traceback" not in screen.text


async def test_a_person_at_a_terminal_sees_markdown(screen: Screen) -> None:
    assert "/quit ends" in screen.text
    screen.type("hello\n")
    await screen.shows("takes 20 seconds")
    assert "**stand-in**" not in screen.text, "Markdown is rendered"
    await screen.shows(PROMPT_OPENS, times=2)
    screen.type("/quit\n")
    assert await screen.ended() == 0
    assert screen.echoes()


async def test_a_mistyped_command_asks_nothing(screen: Screen) -> None:
    screen.type("/nwe\n")
    await screen.shows("I don't know that command")
    screen.type("hello\n")
    await screen.shows("I see no earlier turns")


async def test_what_commands_say_is_markdown_and_no_markup(screen: Screen) -> None:
    screen.type("/system [/foo] \n")
    await screen.shows("Qwen will keep to this")
    screen.type("/status\n")
    await screen.shows("Questions waiting:")
    assert " [/foo]  " in screen.text
    assert "**" not in screen.text


async def test_ctrl_c_in_an_answer_stops_it_alone(screen: Screen) -> None:
    for number in (1, 2):
        screen.type("slow 60\n")
        await eventually(lambda: "I see" in screen.text.rpartition(PROMPT_OPENS)[2])
        screen.interrupt()
        await screen.shows("⚠️ Stopped", times=number)
        await screen.shows(PROMPT_OPENS, times=1 + number)
    screen.type("echo and on\n")
    await screen.shows("and on", times=2)


async def test_leaving_in_an_answer_leaves_a_terminal_as_it_was(screen: Screen) -> None:
    screen.type("slow 60\n")
    await screen.shows("I see no")
    screen.signal(signal.SIGTERM)
    await screen.shows("A second signal ends it at once")
    screen.interrupt()
    await screen.ended()
    assert screen.echoes()
    assert screen.text.rfind("\x1b[?25h") > screen.text.rfind("\x1b[?25l"), "the cursor shows"
    assert "Traceback" not in screen.text


async def test_ctrl_c_at_a_half_typed_line_clears_it(screen: Screen) -> None:
    screen.type("half of a thou")
    await screen.shows("thou")
    screen.type("\x03")
    screen.type("echo and on\n")
    await screen.shows("and on", times=2)
    assert "half of a thouecho" not in escapes_removed(screen.text)


async def test_ctrl_c_at_the_prompt_ends_it(screen: Screen) -> None:
    screen.interrupt()
    assert await screen.ended() == 0
    assert screen.echoes()
    left = escapes_removed(screen.text.rpartition("you>")[2])
    assert left.replace("\r", "") == "\n", "the shell's prompt gets a line of its own"


async def test_an_output_that_is_full_does_not_hang_it(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "chat", stdin=PIPE, stdout=full, stderr=PIPE, cwd=tmp_path, env=environment(tmp_path)
    )
    os.close(full)
    _, err = await asyncio.wait_for(process.communicate(b"echo hello\n"), 10)
    assert b"cannot be shown" in err
    assert b"Traceback" not in err


@pytest.mark.parametrize("content", [b"\xff\xfe\x00binary", b"QWEN_MODEL=x\nthis is no setting\n"])
async def test_an_env_file_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    ran = await run(said="hello\n", home=tmp_path)
    assert ran.code == 2
    assert ran.err.startswith("The file .env ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("variable", ["DISCORD_BOT_TOKEN", "TELEGRAM_BOT_TOKEN"])
async def test_a_platform_is_never_served_by_the_standin_unasked(tmp_path: Path, variable: str) -> None:
    ran = await run(home=tmp_path, **{variable: "123456:placeholder"})
    assert ran.code == 2
    assert ran.err.startswith("QWEN_UMIDTOKEN is missing")
    assert "QWEN_STANDIN=1" in ran.err
    assert ran.err.count("\n") == 1


async def test_all_mistakes_are_named_at_once_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QWEN_URL=chat.qwen.ai\n")
    ran = await run(
        home=tmp_path,
        DISCORD_BOT_TOKEN=f"Bot {SECRET}",
        TELEGRAM_BOT_TOKEN=SECRET,
        QWEN_COOKIE=f"{SECRET}\nmore",
        DATABASE_URL="mysql://x",
        DRAIN_SECONDS="soon",
        LOG_LEVEL="loud",
        PROXY_URL="socks5://127.0.0.1:1",
        QWEN_STANDIN="perhaps",
    )
    assert ran.code == 2
    named = {line.split()[0] for line in ran.err.splitlines()}
    assert named == {
        "DISCORD_BOT_TOKEN",
        "TELEGRAM_BOT_TOKEN",
        "QWEN_URL",
        "QWEN_COOKIE",
        "DATABASE_URL",
        "DRAIN_SECONDS",
        "LOG_LEVEL",
        "PROXY_URL",
        "QWEN_STANDIN",
    }
    assert all(f"Example: {line.split()[0]}=" in line for line in ran.err.splitlines())
    assert SECRET not in ran.err + ran.out


async def test_a_misspelt_variable_is_pointed_at(tmp_path: Path) -> None:
    ran = await run("chat", said="hello\n", home=tmp_path, DISCORD_TOKEN="x")
    assert "DISCORD_TOKEN is not a setting of Qwen Bridge: did you mean DISCORD_BOT_TOKEN?" in ran.err


async def test_a_database_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database " * 100)
    ran = await run("chat", home=tmp_path, QWEN_UMIDTOKEN="x", DATABASE_URL="sqlite:///notes.txt")
    assert ran.code == 2
    assert "notes.txt cannot be used" in ran.err
    assert "Traceback" not in ran.err


async def test_qwen_out_of_reach_is_said_to_operator_and_person(tmp_path: Path) -> None:
    ran = await run("chat", said="hello\n", home=tmp_path, QWEN_URL="http://127.0.0.1:9", QWEN_UMIDTOKEN=SECRET)
    assert ran.code == 0
    assert ran.out == "I can't reach Qwen right now. Please ask again in a few minutes.\n"
    assert "QWEN_URL and PROXY_URL" in ran.err
    assert "Traceback" not in ran.err
    assert SECRET not in ran.err + ran.out


async def test_the_terminal_conversation_survives_the_process(tmp_path: Path) -> None:
    async with StandIn(settle=0) as standin:
        for _ in range(2):
            ran = await run("chat", said="hello\n", home=tmp_path, QWEN_URL=standin.url, QWEN_UMIDTOKEN="x")
    assert "I see 1 earlier turn" in ran.out
    (database,) = tmp_path.rglob("bridge.db")
    assert database.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_time(tmp_path: Path, number: signal.Signals) -> None:
    async with StandIn(settle=0) as standin:
        standin.hold_after = 1
        variables = {"QWEN_URL": standin.url, "QWEN_UMIDTOKEN": "x", "DRAIN_SECONDS": "1"}
        async with started("chat", home=tmp_path, **variables) as process:
            assert process.stdin
            process.stdin.write(b"hello\n")
            await eventually(lambda: standin.held)
            before = time.monotonic()
            left = await ended(process, number)
            assert time.monotonic() - before < 2.5
        assert left.code == 0
        assert "Traceback" not in left.err
        standin.hold_after = None
        ran = await run("chat", home=tmp_path, **variables)
    assert ran.out.startswith("I see no earlier turns."), "the next start answers it"


async def test_models_are_listed(tmp_path: Path) -> None:
    ran = await run("models", home=tmp_path, QWEN_MODEL="qwen3.6-plus")
    assert ran.code == 0
    assert "* qwen3.6-plus" in ran.out
    assert "  qwen3.7-plus" in ran.out


async def test_the_standin_serves_another_process(tmp_path: Path) -> None:
    async with started("standin", "--port", "0", home=tmp_path) as standin:
        assert standin.stdout
        line = (await asyncio.wait_for(standin.stdout.readline(), 10)).decode()
        url = line.split(" at ")[1].split(";")[0]
        ran = await run("chat", said="echo hi\n", home=tmp_path, QWEN_URL=url, QWEN_UMIDTOKEN="anything")
        assert ran.out == "hi\n"
        assert (await ended(standin, signal.SIGTERM)).code == 0


async def test_an_api_answers_in_place_of_the_web(tmp_path: Path) -> None:
    async with started("standin", "--api", "--api-key", SECRET, "--port", "0", home=tmp_path) as standin:
        assert standin.stdout
        line = (await asyncio.wait_for(standin.stdout.readline(), 10)).decode()
        api = {"QWEN_BACKEND": "api", "QWEN_API_URL": line.split(" at ")[1].split(";")[0]}
        ran = await run("ask", "echo hi", home=tmp_path, QWEN_API_KEY=SECRET, **api)
        assert (ran.code, ran.out) == (0, "hi\n")
        ran = await run("chat", said="one\ntwo\n", home=tmp_path, QWEN_API_KEY=SECRET, **api)
        assert "I see 1 earlier turn; your last question was “one”" in ran.out
        ran = await run("chat", said="three\n", home=tmp_path, QWEN_API_KEY=SECRET, **api)
        assert "I see 2 earlier turns" in ran.out, "it is kept"
        ran = await run("ask", "hello", home=tmp_path, QWEN_API_KEY="wrong", **api)
        assert ran.code == 2
        assert "check the key" in ran.err
        assert "Traceback" not in ran.err
        assert (await ended(standin, signal.SIGTERM)).code == 0


async def test_an_api_can_be_made_to_fail(tmp_path: Path) -> None:
    async with started("standin", "--api", "--fault", "no_funds", "--port", "0", home=tmp_path) as standin:
        assert standin.stdout
        line = (await asyncio.wait_for(standin.stdout.readline(), 10)).decode()
        api = {"QWEN_BACKEND": "api", "QWEN_API_URL": line.split(" at ")[1].split(";")[0]}
        ran = await run("ask", "echo hi", home=tmp_path, **api)
        assert (ran.code, ran.out) == (2, "")
        assert "out of funds" in ran.err
        assert (await run("ask", "echo hi", home=tmp_path, **api)).out == "hi\n"
        async with aiohttp.ClientSession() as session:
            switches = api["QWEN_API_URL"].removesuffix("/v1") + "/standin"
            told = await (await session.get(f"{switches}/faults")).json()
            assert "model_not_pulled" in [fault["name"] for fault in told["faults"]]
            order = {"name": "moderation", "times": 1}
            assert (await (await session.post(f"{switches}/faults", json=order)).json())["ordered"]
            assert (await session.post(f"{switches}/faults", json={"name": "waf_html"})).status == 400
            assert (await session.post(f"{switches}/pace", json={"pace": 0})).status == 200
            async with OpenAIClient(api["QWEN_API_URL"]) as official:
                with pytest.raises(Moderated):
                    assert [event async for event in official.ask("hi", None)]
            assert (await (await session.get(f"{switches}/faults")).json())["ordered"] == []
            asked = session.get(f"{api['QWEN_API_URL']}/models", headers={"x-standin-fault": "busy"})
            assert (await asked).status == 429


@pytest.mark.parametrize("wrong", [("--api", "--fault", "waf_html"), ("--api", "--settle", "3"), ("--api-key", "x")])
def test_a_switch_of_the_other_standin_is_refused(wrong: tuple[str, ...]) -> None:
    ran = CliRunner().invoke(cli, ["standin", *wrong])
    assert ran.exit_code == 2
    assert "there is no" in ran.output.casefold()


@pytest.mark.parametrize("backend", ["api", "auto"])
async def test_an_api_without_an_address_is_named(tmp_path: Path, backend: str) -> None:
    ran = await run("ask", "hello", home=tmp_path, QWEN_BACKEND=backend)
    assert ran.code == 2
    assert ran.err.startswith("QWEN_API_URL is missing")


async def test_help_and_version_are_for_people(tmp_path: Path) -> None:
    assert (await run("--version", home=tmp_path)).out == f"qwen-bridge {__version__}\n"
    told = (await run("--help", home=tmp_path)).out
    for word in ("DISCORD_BOT_TOKEN", "TELEGRAM_BOT_TOKEN", ".env.example", "chat", "models", "standin", "run"):
        assert word in told


async def test_the_conversations_are_copied_by_a_command(tmp_path: Path) -> None:
    ran = await run("backup", "copy.db", home=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("There is no database to copy at ")


async def test_what_is_kept_for_another_address_is_never_sent_to_qwen(tmp_path: Path) -> None:
    async with StandIn(settle=0) as standin:
        there = {"QWEN_URL": standin.url, "QWEN_UMIDTOKEN": "anything"}
        assert (await run("ask", "echo hi", home=tmp_path, **there)).out == "hi\n"
    ran = await run("ask", "echo hi", home=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("QWEN_UMIDTOKEN is missing"), "there is none for Qwen, as to begin with"


async def test_settings_that_are_forgotten_or_misspelt_are_said_by_every_command(tmp_path: Path) -> None:
    ran = await run("ask", "echo hi", home=tmp_path, QWEN_API_URL="http://127.0.0.1:9/v1", QWEN_THINKNG="1")
    assert "QWEN_BACKEND is web" in ran.err
    assert "did you mean QWEN_THINKING?" in ran.err
    ran = await run("ask", "hi", home=tmp_path, QWEN_BACKEND="api", QWEN_API_URL="http://a:b@127.0.0.1:9/v1")
    assert (ran.code, ran.err.partition(" ")[0]) == (2, "QWEN_API_URL")


async def test_what_is_said_of_a_broken_answer_stands_in_a_line_of_its_own(tmp_path: Path) -> None:
    async with StandIn(settle=0) as standin:
        standin.fault("disconnect", pieces=2)
        there = {"QWEN_URL": standin.url, "QWEN_UMIDTOKEN": "anything"}
        ran = await run("ask", "echo " + "word " * 20, home=tmp_path, **there)
    assert ran.code == 1
    assert ran.out.endswith("\n")
