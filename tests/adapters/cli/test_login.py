"""`qwen-bridge login` and `qwen-bridge ask`: from what was copied in the browser to an answer."""

import asyncio
import os
import stat
from pathlib import Path

import orjson
import pytest

from adapters.sandbox.qwen import FAULTS_HELP, GROUPS, StandIn
from tests.process import PROGRAM, called, environment, run

UMID = "T2gA-placeholder-of-a-device"
COOKIE = "acw_tc=placeholder-cookie; x-ap=ap-southeast-1"

pytestmark = pytest.mark.usefixtures("logging_as_before")


def notes(url: str) -> str:
    """A guest's own notes: three requests, as they were copied."""
    headers = f"-H 'bx-umidtoken: {UMID}' -H 'source: web' -b '{COOKIE}'"
    payload = '{"stream":true,"messages":[{"role":"user","content":"it'
    return f"""# my notes
curl '{url}/api/models' -b '{COOKIE}'

curl '{url}/api/v2/chats/new' \\
  -H 'content-type: application/json' \\
  {headers} \\
  --data-raw '{{"title":"New Chat"}}'

curl '{url}/api/v2/chat/completions?chat_id=1' {headers} -H 'version: 0.3.12' --data-raw $'{payload}\\'s me"}}]}}'
"""


async def test_a_guest_s_notes_are_all_that_is_needed(standin: StandIn, tmp_path: Path) -> None:
    there = {"QWEN_URL": standin.url, "DATABASE_URL": "sqlite:///kept/bridge.db"}
    ran = await run("login", said=notes(standin.url), home=tmp_path, **there)
    assert ran.code == 0, ran.err
    assert ran.err.startswith("Found: bx-umidtoken")
    assert "counts as one of today's questions" in ran.err
    assert "Qwen answered: they work." in ran.err
    assert UMID not in ran.err + ran.out
    assert "placeholder-cookie" not in ran.err + ran.out
    (file,) = (tmp_path / "kept").glob("credentials-127.0.0.1-*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    asked = await run("ask", "echo hello", home=tmp_path, **there)
    assert (asked.code, asked.out) == (0, "hello\n")
    assert standin.requests[-1].headers["bx-umidtoken"] == UMID
    assert standin.requests[-1].headers["version"] == "0.3.12"


async def test_a_file_is_read_and_no_check_asks_nothing(standin: StandIn, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(notes(standin.url))
    ran = await called("login", "--no-check", "notes.txt", home=tmp_path, QWEN_URL=standin.url)
    assert ran.code == 0, ran.err
    assert not standin.requests
    assert list(tmp_path.rglob("credentials*.json"))


async def test_a_har_file_is_read(standin: StandIn, tmp_path: Path) -> None:
    headers = [
        {"name": "bx-umidtoken", "value": UMID},
        {"name": "Cookie", "value": COOKIE},
        {"name": "Authorization", "value": "Bearer placeholder-login"},
    ]
    asked = {"method": "POST", "url": f"{standin.url}/api/v2/chat/completions?chat_id=1", "headers": headers}
    other = {"method": "GET", "url": "https://example.org/", "headers": [{"name": "cookie", "value": "session=other"}]}
    entries = [{"request": asked}, {"request": other}, {}, None, {"request": {"url": 3, "headers": "none"}}]
    (tmp_path / "chat.har").write_bytes(orjson.dumps({"log": {"version": "1.2", "entries": entries}}))
    ran = await called("login", "--no-check", "--print-env", "chat.har", home=tmp_path, QWEN_URL=standin.url)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        f"QWEN_UMIDTOKEN='{UMID}'",
        f"QWEN_COOKIE='{COOKIE}'",
        "QWEN_TOKEN='placeholder-login'",
    ]


async def test_print_env_prints_what_a_host_without_a_disk_needs(standin: StandIn, tmp_path: Path) -> None:
    there = {"QWEN_URL": standin.url}
    ran = await called("login", "--no-check", "--print-env", said=notes(standin.url), home=tmp_path, **there)
    assert ran.out.splitlines() == [f"QWEN_UMIDTOKEN='{UMID}'", f"QWEN_COOKIE='{COOKIE}'", "QWEN_VERSION='0.3.12'"]
    assert not list(tmp_path.rglob("credentials*.json"))
    (tmp_path / ".env").write_text(ran.out)
    assert (await called("ask", "echo from the file", home=tmp_path, **there)).out == "from the file\n"


async def test_any_value_survives_print_env(standin: StandIn, tmp_path: Path) -> None:
    odd = r"231!a'b\c\'d$HOME#e\\f"
    text = f"bx-umidtoken: {UMID}\nbx-ua: {odd}\n"
    ran = await called("login", "--no-check", "--print-env", said=text, home=tmp_path, QWEN_URL=standin.url)
    assert ran.code == 0, ran.err
    (tmp_path / ".env").write_text(ran.out)
    assert (await called("ask", "echo hi", home=tmp_path, QWEN_URL=standin.url)).out == "hi\n"
    assert standin.requests[-1].headers["bx-ua"] == odd


async def test_what_qwen_does_not_let_in_is_not_kept(standin: StandIn, tmp_path: Path) -> None:
    standin.parallel_guests = 0
    ran = await called("login", said=notes(standin.url), home=tmp_path, QWEN_URL=standin.url)
    assert ran.code == 2
    assert "Nothing was saved: Qwen asks for a human check" in ran.err
    assert not list(tmp_path.rglob("credentials*.json"))


async def test_a_paste_without_a_request_is_refused_in_a_line(tmp_path: Path) -> None:
    ran = await called("login", said="nothing of use", home=tmp_path)
    assert ran.code == 2
    assert "network panel" in ran.err
    assert ran.err.count("\n") == 1


async def test_the_environment_wins_when_it_changes(standin: StandIn, tmp_path: Path) -> None:
    first = {"QWEN_URL": standin.url, "QWEN_UMIDTOKEN": "first"}
    await called("login", "--no-check", said=notes(standin.url), home=tmp_path, **first)
    await called("ask", "echo x", home=tmp_path, **first)
    assert standin.requests[-1].headers["bx-umidtoken"] == UMID
    await called("ask", "echo x", home=tmp_path, **first | {"QWEN_UMIDTOKEN": "second"})
    assert standin.requests[-1].headers["bx-umidtoken"] == "second"


async def test_ask_streams_and_has_options(standin: StandIn, tmp_path: Path) -> None:
    there = {"QWEN_URL": standin.url, "QWEN_UMIDTOKEN": "x"}
    ran = await called("ask", "--think", "--search", "--model", "qwen3.6-plus", "hello", home=tmp_path, **there)
    assert ran.code == 0, ran.err
    assert "I see no earlier turns." in ran.out
    body = orjson.loads(orjson.dumps(standin.requests[-1].body))
    assert body["model"] == "qwen3.6-plus"
    assert body["messages"][0]["chat_type"] == "search"
    assert body["messages"][0]["feature_config"]["thinking_enabled"] is True


@pytest.mark.parametrize("arguments", [("ask", "hello"), ("models",)])
async def test_what_fails_is_said_on_standard_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = await called(*arguments, home=tmp_path, QWEN_URL="http://127.0.0.1:9", QWEN_UMIDTOKEN="x")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("I can't reach Qwen right now.")


async def test_a_question_may_be_about_files(standin: StandIn, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("seven bridges in Königsberg")
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42 and more")
    there = {"QWEN_URL": standin.url, "QWEN_UMIDTOKEN": "x"}
    ran = await called("ask", "--file", "notes.txt", "what does it say?", home=tmp_path, **there)
    assert ran.code == 0, ran.err
    assert "notes.txt" in ran.out
    assert "seven bridges" in ran.out
    refused = await called("ask", "--file", "film.mp4", "what is it?", home=tmp_path, **there)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1


async def test_the_standin_s_switches_are_options_in_groups_that_fit_a_screen(tmp_path: Path) -> None:
    told = (await run("standin", "--help", home=tmp_path, COLUMNS="80")).out
    for word in ("--guest-turns", "--tokens-per-second", "--fault", "--list-faults", "/standin/pace"):
        assert word in told.replace("\n", " ").replace("  ", " ")
    groups = told.split("\n\n")
    assert {group.partition(":")[0] for group in groups} >= {"Options", *GROUPS}
    assert max(group.count("\n") + 1 for group in groups) <= 24
    assert max(map(len, told.splitlines())) <= 80
    faults = await run("standin", "--list-faults", home=tmp_path)
    assert (faults.code, faults.out) == (0, FAULTS_HELP + "\n")
    assert (await run("standin", "--fault", "nonsense", home=tmp_path)).code == 2


async def test_sources_stand_below_an_answer_that_cites_them(standin: StandIn, tmp_path: Path) -> None:
    ran = await called("ask", "--search", "search cats", home=tmp_path, QWEN_URL=standin.url, QWEN_UMIDTOKEN="x")
    assert "1. [cats: page 1](<https://example.org/1?q=cats>)" in ran.out
    assert "speaks of it [[1]](<https://example.org/1?q=cats>)" in ran.out


async def test_who_has_read_enough_of_an_answer_ends_it_quietly(standin: StandIn, tmp_path: Path) -> None:
    standin.pace = 0.005
    reading, writing = os.pipe()
    variables = environment(tmp_path, QWEN_URL=standin.url, QWEN_UMIDTOKEN="x")
    asking = await asyncio.create_subprocess_exec(
        PROGRAM, "ask", "lorem 20000", cwd=tmp_path, env=variables, stdout=writing, stderr=asyncio.subprocess.PIPE
    )
    os.close(writing)
    await asyncio.to_thread(os.read, reading, 10)
    os.close(reading)  # as `head` does
    _, said = await asyncio.wait_for(asking.communicate(), 10)
    assert (asking.returncode, said) == (141, b"")
