"""The session with Qwen over real sockets: what is sent, cookies, silence, and connections that fail."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.sandbox.qwen import StandIn
from bridge import errors
from bridge.answer_events import Finished
from bridge.backends.http import sse
from bridge.backends.qwen import Credentials, QwenClient, session
from bridge.backends.qwen.credentials_file import CredentialsFile
from tests.bridge.backends.servers import HALF, ask, serving
from tests.conftest import GUEST
from tests.raw_server import raw_server
from tests.waiting import eventually


async def test_what_was_pasted_is_sent_and_nothing_else(standin: StandIn) -> None:
    pasted = Credentials("umid", 'acw_tc=x"y; x-ap=z', "", "231!ua", "2.5.37", "0.3.12", "Browser/1")
    async with QwenClient(standin.url, pasted) as qwen:
        await ask(qwen, "hello")
    headers = standin.requests[-1].headers
    sent = {name: headers.get(name) for name in ("bx-umidtoken", "bx-ua", "bx-v", "version", "User-Agent")}
    assert list(sent.values()) == ["umid", "231!ua", "2.5.37", "0.3.12", "Browser/1"]
    assert "x-ap=z" in headers["Cookie"]
    assert "Authorization" not in headers
    async with QwenClient(standin.url, GUEST) as qwen:
        await ask(qwen, "hello")
    headers = standin.requests[-1].headers
    assert not {"bx-ua", "bx-v", "version"} & {name.lower() for name in headers}


async def test_a_login_is_sent_in_both_places_where_the_page_sends_it(standin: StandIn) -> None:
    for pasted in (Credentials(token="jwt"), Credentials(cookie="x-ap=z; token=jwt"), Credentials("", "x-ap=z", "jwt")):
        async with QwenClient(standin.url, pasted) as qwen:
            await ask(qwen, "hello")
        for request in standin.requests:
            assert request.headers["Authorization"] == "Bearer jwt"
            assert request.headers["Cookie"].count("token=jwt") == 1
        standin.requests.clear()


MODELS_MOVED = {"data": [{"id": "moved", "name": "Moved"}]}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_list_that_has_moved_is_followed_on_the_same_server_only(status: int) -> None:
    asked: list[str] = []
    location = "/api/v2/models/?a=%20b"

    async def anything(request: web.Request) -> web.StreamResponse:
        asked.append(f"{request.method} {request.path_qs} {request.headers.get('bx-umidtoken')}")
        if request.path == "/api/v2/models/":
            return web.json_response(MODELS_MOVED)
        return web.Response(status=status, headers={"Location": location})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", anything)
    async with TestServer(app) as server, TestServer(app) as other:
        url, elsewhere = (str(each.make_url("")).rstrip("/") for each in (server, other))
        async with QwenClient(url, GUEST) as qwen:
            assert [model.id for model in await qwen.models()] == ["moved"]
            assert asked == [f"GET {path} guest-device" for path in ("/api/models", "/api/v2/models/?a=%20b")]
            for location, said in (
                (f"{elsewhere}/api/v2/models/", errors.NotUnderstood),
                ("https://chat.qwen.ai.example.org/", errors.NotUnderstood),
                ("//[", errors.NotUnderstood),
                ("/api/models", errors.NotUnderstood),
                ("/_____tmd_____/punish?x5secdata=SECRET", errors.HumanCheck),
            ):
                asked.clear()
                with pytest.raises(said) as raised:
                    await qwen.models()
                assert "SECRET" not in str(raised.value) + raised.value.remedy
                assert len(asked) == (session.MOST_REDIRECTS if location == "/api/models" else 1)
            location = "/api/v2/models/"
            with pytest.raises(errors.NotUnderstood):
                await ask(qwen, "hello")
            assert asked[-1].startswith("POST /api/v2/chats/new "), "what changes something is never sent on"


async def test_the_operator_s_model_is_asked_where_the_list_cannot_be_read(
    standin: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    standin.fault("not_json", on="models", times=None)
    async with QwenClient(standin.url, GUEST, wanted="qwen3.7-plus") as qwen:
        assert (await ask(qwen, "echo hi"))[0] == "hi"
        assert (await ask(qwen, "echo hi"))[0] == "hi"
    assert capsys.readouterr().out.count("The list of models cannot be read: asking QWEN_MODEL=qwen3.7-plus") == 1
    async with QwenClient(standin.url, GUEST) as qwen:
        with pytest.raises(errors.NotUnderstood):
            await ask(qwen, "echo hi")


async def test_cookies_that_qwen_renews_are_sent_back(standin: StandIn) -> None:
    async with QwenClient(standin.url, Credentials(umidtoken="umid", cookie="acw_tc=pasted")) as qwen:
        await qwen.models()
        await ask(qwen, "hello")
    assert "acw_tc" in standin.requests[-1].headers["Cookie"]
    assert "pasted" not in standin.requests[-1].headers["Cookie"]


async def test_what_qwen_renews_is_kept_while_it_is_asked_and_takes_the_place_of_nothing_newer(
    standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.qwen.login_renewal.KEEP_SECONDS", 0.0)
    path = tmp_path / "credentials.json"

    async def answered(qwen: QwenClient) -> None:
        """As the bridge listens: it leaves with the last event."""
        async with aclosing(qwen.ask("hello", None)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return

    async with QwenClient(standin.url, GUEST, credentials_file=CredentialsFile(path)) as qwen:
        await answered(qwen)
        assert "acw_tc" in CredentialsFile(path).load().cookie
        standin.hold_after = 1
        asking = asyncio.create_task(answered(qwen))
        await eventually(lambda: standin.held)
        CredentialsFile(path).keep(Credentials(umidtoken="pasted-meanwhile"))
        standin.release()
        await asking
    assert CredentialsFile(path).load() == Credentials(umidtoken="pasted-meanwhile")


async def test_a_slow_first_word_is_waited_for(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.5)
    standin.first_byte, standin.keep_alive = 1.0, 0.1
    async with QwenClient(standin.url, GUEST) as qwen:
        assert (await ask(qwen, "echo hi"))[0] == "hi"


async def test_silence_is_a_stall(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.2)
    standin.hold_after, standin.keep_alive = 1, 60.0
    async with QwenClient(standin.url, GUEST) as qwen:
        with pytest.raises(errors.Stalled):
            await ask(qwen, "hello")


async def test_cancelling_leaves_the_session_usable(standin: StandIn) -> None:
    standin.hold_after = 2
    async with QwenClient(standin.url, GUEST) as qwen:
        asking = asyncio.create_task(ask(qwen, "one"))
        await eventually(lambda: standin.held)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        standin.hold_after = None
        assert (await ask(qwen, "echo again"))[0] == "again"


async def test_nobody_there() -> None:
    async with QwenClient("http://127.0.0.1:9", GUEST) as qwen:
        with pytest.raises(errors.Unreachable):
            await ask(qwen, "hello")


async def test_a_connection_that_breaks_in_mid_answer_is_cut_off() -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(HALF.encode())
        assert request.transport
        request.transport.abort()
        return response

    async with serving(broken) as url, QwenClient(url, GUEST) as qwen:
        with pytest.raises(errors.CutOff):
            await ask(qwen, "hello")


async def test_a_proxy_that_accepts_and_says_nothing_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CONNECT_SECONDS", 0.1)
    writers: list[asyncio.StreamWriter] = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    proxy = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    async with proxy, QwenClient("https://chat.qwen.ai", GUEST, proxy=f"http://127.0.0.1:{port}") as qwen:
        with pytest.raises(errors.Unreachable):
            async with asyncio.timeout(5):
                await qwen.models()
        for writer in writers:
            writer.close()


async def test_an_answer_that_never_comes_to_its_end_is_a_stall(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "ANSWER_SECONDS", 0.2)
    standin.pace = 0.02
    async with QwenClient(standin.url, GUEST) as qwen:
        with pytest.raises(errors.Stalled):
            async with asyncio.timeout(5):
                await ask(qwen, "lorem 8000")
        await eventually(lambda: any(request.path.endswith("/stop") for request in standin.requests))


async def test_signs_of_life_for_ever_are_a_stall(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "PROGRESS_SECONDS", 0.2)
    standin.first_byte, standin.keep_alive = 60.0, 0.05
    async with QwenClient(standin.url, GUEST, alone=False) as qwen:
        with pytest.raises(errors.Stalled):
            async with asyncio.timeout(2):
                await ask(qwen, "hello")


async def test_a_server_that_drips_its_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.2)
    async with raw_server(b" ") as server, QwenClient(server.url, GUEST) as qwen:
        with pytest.raises(errors.Stalled):
            async with asyncio.timeout(2):
                await qwen.models()
        assert server.connections == 1


async def test_a_head_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(session, "CONNECT_SECONDS", 0.1)
    async with raw_server(b"X: 1\r\n", head=b"HTTP/1.1 200 OK\r\n") as server, QwenClient(server.url, GUEST) as qwen:
        with pytest.raises(errors.Stalled):
            async with asyncio.timeout(2):
                await qwen.models()
