"""Where a file on Telegram comes from: its server, and the disk only where the operator runs that server."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram.error import NetworkError

from adapters.telegram.files import TELEGRAM, is_fetched
from adapters.telegram.request import AiohttpRequest
from bridge.i18n import sentences
from tests.adapters.stages import TelegramStage

BASE = f"{TELEGRAM}file/bot1:x"


def test_telegram_s_own_server_names_no_file_of_this_machine() -> None:
    assert is_fetched(f"{BASE}/documents/a.txt", BASE)
    assert not is_fetched("/etc/hostname", BASE)
    assert not is_fetched("", BASE)


def test_a_server_of_the_operator_may_share_the_disk() -> None:
    assert is_fetched("/var/lib/telegram-bot-api/a.txt", "http://127.0.0.1:8081/file/bot1:x")


async def test_a_file_on_the_disk_is_not_read_for_telegram_s_own_server(
    private: TelegramStage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("adapters.telegram.files.TELEGRAM", private.telegram.url)
    secret = tmp_path / "secret.txt"
    secret.write_text("of this machine")
    body = {"ok": True, "result": {"file_id": "x", "file_unique_id": "y", "file_path": str(secret)}}
    private.telegram.fault("getFile", body=json.dumps(body))
    await private.telegram.post(private.here, private.ann, "document", "look", name="a.txt")
    await private.hears(sentences.UNREADABLE)


@pytest.fixture
async def endless() -> AsyncIterator[str]:
    """A server that redirects a file elsewhere, and another file of which has no end."""

    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/moved"):
            return web.Response(status=302, headers={"Location": "/secret"})
        if request.path == "/secret":
            return web.Response(text="of another host")
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(400):
                await response.write(b"x" * 1_000_000)
        return response

    server = TestServer(web.Application())
    server.app.router.add_route("*", "/{path:.*}", serve)
    async with server:
        yield str(server.make_url("/"))


async def test_a_file_is_read_up_to_its_limit_and_never_from_elsewhere(endless: str) -> None:
    async with aiohttp.ClientSession() as session:
        request = AiohttpRequest(session)
        with pytest.raises(NetworkError):
            await request.do_request(f"{endless}endless", "GET")
        status, body = await request.do_request(f"{endless}moved", "GET")
    assert (status, body) == (302, b"")
