"""The credentials file: who wins, what is renewed, and who may read it."""

import base64
import stat
import time
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.sandbox.qwen import StandIn
from bridge import errors
from bridge.backends.qwen import Credentials, QwenClient
from bridge.backends.qwen.credentials_file import CredentialsFile

SEED = Credentials(umidtoken="from-the-environment")
PASTED = Credentials(umidtoken="pasted-later", cookie="a=b")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "credentials.json"


def test_without_a_file_the_environment_counts(path: Path) -> None:
    assert CredentialsFile(path, SEED).load() == SEED
    assert CredentialsFile(None, SEED).load() == SEED


def test_the_file_wins_as_long_as_the_environment_stays_as_it_was(path: Path) -> None:
    CredentialsFile(path, SEED).keep(PASTED)
    assert CredentialsFile(path, SEED).load() == PASTED
    assert CredentialsFile(path, Credentials(umidtoken="changed")).load() == Credentials(umidtoken="changed")
    assert CredentialsFile(path).load() == PASTED, "an environment that gives nothing has not changed anything"


def test_only_the_operator_can_read_it(path: Path) -> None:
    CredentialsFile(path).keep(PASTED)
    CredentialsFile(path).keep(PASTED)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("garbage", ["", "no json", "[]", "{}", '{"seed": 1, "credentials": {"umidtoken": {}}}'])
def test_a_file_that_is_none_of_ours_is_passed_over(path: Path, garbage: str) -> None:
    path.parent.mkdir()
    path.write_text(garbage)
    assert CredentialsFile(path, SEED).load() == SEED


def test_what_another_process_writes_counts_at_once_and_after_the_next_start(path: Path) -> None:
    running = CredentialsFile(path, SEED)
    running.load()
    assert running.changed() is None
    CredentialsFile(path).keep(PASTED)
    assert running.changed() == PASTED
    assert running.changed() is None
    assert CredentialsFile(path, SEED).load() == PASTED


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    CredentialsFile(tmp_path / "file" / "credentials.json").keep(PASTED)
    said = capsys.readouterr().out
    assert "cannot be written" in said
    assert "pasted-later" not in said


async def test_renewed_cookies_are_written_back_and_sent_after_a_restart(standin: StandIn, path: Path) -> None:
    pasted = Credentials(umidtoken="u", cookie="acw_tc=pasted; x-ap=stays")
    async with QwenClient(standin.url, pasted, credentials_file=CredentialsFile(path, pasted)) as qwen:
        await _ask(qwen)
    renewed = CredentialsFile(path, pasted).load()
    assert renewed.cookies["x-ap"] == "stays"
    assert renewed.cookies["acw_tc"] != "pasted"
    async with QwenClient(standin.url, renewed) as qwen:
        await qwen.models()
    assert renewed.cookies["acw_tc"] in standin.requests[-1].headers["Cookie"]


async def test_a_login_while_it_runs_makes_it_ask_again(standin: StandIn, path: Path) -> None:
    async with QwenClient(standin.url, Credentials(cookie="a=b"), credentials_file=CredentialsFile(path)) as qwen:
        for _ in range(2):
            with pytest.raises(errors.SignedOut):
                await _ask(qwen)
        asked = len(standin.requests)
        with pytest.raises(errors.SignedOut):
            await _ask(qwen)
        assert len(standin.requests) == asked, "nothing is asked until the operator has done something"
        CredentialsFile(path).keep(PASTED)
        await _ask(qwen)


async def _ask(qwen: QwenClient) -> None:
    async for _ in qwen.ask("hello", None):
        pass


def jwt(seconds: float) -> str:
    """A token that ends in so many seconds; its signature is nobody's."""
    claims = base64.urlsafe_b64encode(orjson.dumps({"exp": int(time.time() + seconds)})).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{claims}.placeholder"


@pytest.mark.parametrize("rotated", ["renewer", "another"])
async def test_a_login_that_ends_is_renewed_with_the_refresh_token(path: Path, rotated: str) -> None:
    fresh = jwt(900)
    asked: list[tuple[str, str]] = []

    async def refresh(request: web.Request) -> web.Response:
        asked.append((request.path, request.cookies["refresh_token"]))
        response = web.json_response({"success": True, "data": {"access_token": fresh, "expires_at": 1}})
        if rotated != "renewer":
            response.set_cookie("refresh_token", rotated, httponly=True)
        return response

    async def listed(request: web.Request) -> web.Response:
        asked.append((request.path, request.headers["Authorization"].removeprefix("Bearer ")))
        return web.json_response({"success": False, "data": {"code": "data_inspection_failed"}})

    app = web.Application()
    app.router.add_get("/api/v2/auths/refresh", refresh)
    app.router.add_get("/api/models", listed)
    pasted = Credentials(token=jwt(30), cookie="refresh_token=renewer; token=old")
    async with (
        TestServer(app) as server,
        QwenClient(str(server.make_url("")), pasted, credentials_file=CredentialsFile(path)) as qwen,
    ):
        for _ in range(2):
            with pytest.raises(errors.Moderated):
                await _ask(qwen)
    assert asked == [("/api/v2/auths/refresh", "renewer"), ("/api/models", fresh), ("/api/models", fresh)]
    kept = CredentialsFile(path).load()
    assert (kept.token, kept.cookies["token"]) == (fresh, fresh)
    assert kept.cookies["refresh_token"] == rotated


async def test_the_operator_is_warned_once_before_a_login_ends(
    standin: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    for token, warned in ((jwt(600), "ends in 10 min"), (jwt(-5), "has ended"), (jwt(10 * 86_400), "")):
        async with QwenClient(standin.url, Credentials(token=token)) as qwen:
            for _ in range(2):
                with suppress(errors.QwenError):
                    await _ask(qwen)
        said = capsys.readouterr().out
        assert said.count("The pasted Qwen login") == bool(warned)
        assert warned in said
        assert token not in said


async def test_an_account_of_the_stand_in_stays_signed_in(standin: StandIn, path: Path) -> None:
    standin.token_seconds = 60  # each new login ends so soon that the next question renews it again
    token, refresh_token = standin.sign_in(seconds=60)
    pasted = Credentials(cookie=f"token={token}; refresh_token={refresh_token}")
    async with QwenClient(standin.url, pasted, credentials_file=CredentialsFile(path)) as qwen:
        for _ in range(2):
            await _ask(qwen)
    assert sum(request.path.endswith("/refresh") for request in standin.requests) == 2
    assert len({chat.owner for chat in standin.chats.values()}) == 1
    assert CredentialsFile(path).load().cookies["token"] != token


async def test_a_refresh_that_fails_is_said_and_the_login_used_as_long_as_it_lasts(
    standin: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    token, _ = standin.sign_in(seconds=60)
    async with QwenClient(standin.url, Credentials(token=token, cookie="refresh_token=worthless")) as qwen:
        await _ask(qwen)
    said = capsys.readouterr().out
    assert "could not be renewed" in said
    assert "worthless" not in said


async def test_a_login_that_qwen_does_not_take_any_more_is_renewed_and_the_question_asked_again(
    standin: StandIn,
) -> None:
    _, refresh_token = standin.sign_in()
    pasted = Credentials(token="revoked", cookie=f"refresh_token={refresh_token}")
    async with QwenClient(standin.url, pasted) as qwen:
        standin.fault("expired", on="chats/new")
        await _ask(qwen)
        assert not qwen.guest
        standin.fault("expired", times=2)
        with pytest.raises(errors.SignedOut):
            await _ask(qwen)
    assert sum(request.path.endswith("/refresh") for request in standin.requests) == 2
    assert len(standin.chats) == 3
    assert "account:revoked" not in {chat.owner for chat in standin.chats.values()}
