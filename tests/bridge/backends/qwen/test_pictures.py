"""Pictures among the frames of an answer, in every shape that was seen, and their download from Qwen's hosts alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.qwen.generated_media import png
from bridge.answer_events import Event, Finished, Picture, Started, Text
from bridge.backends.http import file_kinds
from bridge.backends.qwen import Credentials, QwenClient, download
from bridge.backends.qwen.stream import QwenStream, events_of
from bridge.errors import CutOff, Empty, QwenError
from bridge.model import Attachment
from tests.bridge.backends.servers import CREATED, frame, serving
from tests.conftest import GUEST

A, B = "https://cdn.qwenlm.ai/a.png?key=x", "https://cdn.qwenlm.ai/b.png"


def delta(phase: str, content: str = "", status: str = "typing", **more: object) -> dict[str, object]:
    return {"phase": phase, "role": "assistant", "content": content, "status": status, **more}


def result(name: str, phase: str, **extra: object) -> dict[str, object]:
    return delta(phase, "", "finished", name=name, extra=extra) | {"role": "function"}


def call(arguments: str, phase: str = "image_gen_tool", name: str = "image_gen") -> dict[str, object]:
    return delta(phase, function_call={"name": name, "arguments": arguments})


def events(*deltas: dict[str, object]) -> tuple[list[Event], QwenStream]:
    stream = QwenStream("c")
    heard = list(stream.events({"response.created": {"chat_id": "c", "response_id": "r"}}))
    for each in deltas:
        heard += stream.events({"choices": [{"delta": each}], "response_id": "r"})
    return heard[1:], stream


@pytest.mark.parametrize(
    ("deltas", "pictures"),
    [
        ([delta("image_gen", A), delta("image_gen", "", "finished")], [A]),
        ([delta("image_gen", A), delta("image_gen", B), delta("image_gen", "", "finished")], [A, B]),
        ([delta("image_gen", A), delta("image_gen", A)], [A]),
        ([delta("image_edit", A)], [A]),
        ([result("image_gen", "image_gen_tool", image_list=[{"image": A}], tool_result={"images": [{"url": B}]})], [A]),
        ([result("image_edit", "image_edit_tool", image_list=[{"image_url": A}, {"image": B}])], [A, B]),
        ([result("image_gen", "image_gen_tool", tool_result={"data": [{"url": A}]})], [A]),
        ([result("image_gen", "image_gen_tool", image_list=[], tool_result={"results": [A]})], [A]),
        ([delta("generate_image", '{"images": [{"url": "' + A + '"}]}')], [A]),
        ([call("", "tool_call"), result("image_gen", "tool_call", image_list=[{"image": A}])], [A]),
        ([result("image_search", "image_search", search_result=[{"image_url": A}])], []),
        ([result("web_search", "tool_call", tool_result={"url": A})], []),
        ([delta("image_gen", "data:image/png;base64,AAAA")], []),
        ([delta("image_gen", "[" * 900 + "]" * 900), delta("image_gen", '{"url": 7}')], []),
    ],
)
def test_pictures_are_found_in_every_shape(deltas: list[dict[str, object]], pictures: list[str]) -> None:
    heard, _ = events(*deltas)
    assert [event.url for event in heard if isinstance(event, Picture)] == pictures


def test_a_path_lies_in_the_chat() -> None:
    stream = QwenStream("c", "https://chat.qwen.ai")
    drawn = result("image_gen", "image_gen_tool", image_list=[{"image": "charts/a b.png"}, {"file_path": "/c.png"}])
    heard = stream.events({"choices": [{"delta": drawn}], "response_id": "r"})
    assert [event.url for event in heard if isinstance(event, Picture)] == ["https://chat.qwen.ai/api/v2/chat/c/c.png"]


def test_a_picture_stands_between_the_words_with_what_was_ordered() -> None:
    heard, stream = events(
        delta("answer", "before"),
        call('{"prompt": "a r'),
        call('{"prompt": "a red cat"}'),
        result("image_gen", "image_gen_tool", image_list=[{"image": A}]),
        delta("answer", "after"),
        delta("answer", "", "finished"),
    )
    assert heard == [Text("before"), Picture(A, "a red cat"), Text("after")]
    assert isinstance(stream.end(), Finished)


def test_a_picture_alone_is_whole_when_its_phase_has_ended() -> None:
    heard, stream = events(delta("image_gen", A), delta("image_gen", "", "finished"))
    assert heard == [Picture(A)]
    assert isinstance(stream.end(), Finished)
    assert events_of([delta("image_gen", A)]) == [Picture(A)]


@pytest.mark.parametrize(
    "deltas",
    [
        [delta("image_gen", A)],
        [result("image_gen", "image_gen_tool", image_list=[{"image": A}]), delta("answer", "and th")],
    ],
)
def test_a_picture_after_which_the_connection_broke_is_not_whole(deltas: list[dict[str, object]]) -> None:
    with pytest.raises(CutOff):
        events(*deltas)[1].end()


def test_a_tool_that_gave_no_picture_is_no_answer() -> None:
    with pytest.raises(Empty):
        events(call('{"prompt": "x"}'), result("image_gen", "image_gen_tool", image_list=[]))[1].end()


ENDS = {
    "whole": frame({"choices": [{"delta": delta("image_gen", "", "finished")}]}),
    "cut off": "",
    "fault": frame({"error": {"code": "internal_error", "details": "Internal Error"}}),
}


@pytest.mark.parametrize("end", list(ENDS))
async def test_a_picture_is_ordered_once_whatever_follows(end: str) -> None:
    asked = 0

    async def complete(_: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        stream = CREATED + frame({"choices": [{"delta": delta("image_gen", A)}]}) + ENDS[end]
        return web.Response(text=stream, content_type="text/event-stream")

    heard: list[Event] = []
    async with serving(complete) as url, QwenClient(url, GUEST) as qwen:
        try:
            async for event in qwen.ask("draw", None):
                heard.append(event)  # noqa: PERF401  what came before an error counts
        except QwenError:
            assert end != "whole"
    assert heard[:2] == [Started("chat", "r"), Picture(A)]
    assert asked == 1


async def test_an_account_s_kept_answer_has_its_pictures(standin: StandIn) -> None:
    token, _ = standin.sign_in()
    async with QwenClient(standin.url, Credentials(cookie=f"token={token}")) as qwen:
        heard = [event async for event in qwen.ask("draw a red cat", None)]
        finished = heard[-1]
        assert isinstance(finished, Finished)
        kept = await qwen.written(finished.head)
    pictures = [[event for event in said if isinstance(event, Picture)] for said in (heard, kept)]
    assert pictures[0][0].description == "a red cat"
    assert [each.url for each in pictures[0]] == [each.url for each in pictures[1]]
    assert isinstance(kept[0], Text)
    assert isinstance(kept[-1], Text)


# Downloads

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def storage(answer: Answer) -> AsyncIterator[tuple[str, list[str]]]:
    """A server of pictures, and the paths that it was asked for."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await answer(request)

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), asked


async def fetched(answer: Answer, path: str = "/output/a.png?key=x") -> tuple[Attachment | None, list[str]]:
    async with storage(answer) as (url, asked):
        return await download.download(url + path, url, None), asked


async def plain(_: web.Request) -> web.StreamResponse:
    return web.Response(body=png(), content_type="application/octet-stream")


async def test_a_picture_is_known_by_its_bytes() -> None:
    found, _ = await fetched(plain)
    assert found == Attachment("picture.png", "image/png", png())


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.qwenlm.ai/a.png",
        "https://cdn.qwenlm.ai:8443/a.png",
        "https://me@cdn.qwenlm.ai/a.png",
        "https://cdn.qwenlm.ai.example.org/a.png",
        "https://auth.qwen.ai/api/v2/auths/refresh",
        "https://chat.qwen.ai/api/v2/chats",
        "https://chat.qwen.ai/x/../output/../api/v2/chats",
        "https://notqwen.ai/a.png",
        "https://example.org/cdn.qwenlm.ai/a.png",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "/a.png",
        "https://[",
    ],
)
async def test_no_other_host_is_asked(url: str) -> None:
    async with storage(plain) as (proxy, asked):
        assert await download.download(url, "https://chat.qwen.ai", proxy) is None
    assert asked == []


@pytest.mark.parametrize("host", ["cdn.qwenlm.ai", "cdn.qwen.ai"])
async def test_the_storage_of_qwen_is_asked(host: str) -> None:
    asked: list[str] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode())
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with server:
        proxy_url = f"http://127.0.0.1:{port}"
        assert await download.download(f"https://{host}/a.png", "https://chat.qwen.ai", proxy_url) is None
    assert set(asked) == {f"CONNECT {host}:443 HTTP/1.1\r\n"}


async def test_no_credential_goes_along() -> None:
    headers: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        headers.extend(request.headers)
        return await plain(request)

    async with storage(answer) as (url, _):
        secret = Credentials(umidtoken="device", cookie="token=secret; acw_tc=1", token="a.b.c")
        async with QwenClient(url, secret) as qwen:
            assert await qwen.picture(f"{url}/output/a.png")
    assert {name.lower() for name in headers} <= {"host", "accept", "accept-encoding", "user-agent"}


async def test_a_picture_that_is_missing_at_first_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MISSING_WAITS", (0.001,))
    looks = iter([404, 404, 200])

    async def answer(request: web.Request) -> web.StreamResponse:
        return await plain(request) if next(looks) == 200 else web.Response(status=404)

    found, asked = await fetched(answer)
    assert found
    assert len(asked) == 3


async def test_a_picture_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FETCH_SECONDS", 0.05)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=404)

    assert (await fetched(answer))[0] is None


async def redirect(_: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "/output/b.png"})


async def forbidden(_: web.Request) -> web.StreamResponse:
    return web.Response(status=403)


async def page(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<svg onload='x'>", content_type="image/png")


async def broken(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "9999"})
    await response.prepare(request)
    await response.write(png()[:20])
    assert request.transport
    request.transport.abort()
    return response


@pytest.mark.parametrize("answer", [redirect, forbidden, page, broken])
async def test_what_is_no_picture_is_not_shown(answer: Answer) -> None:
    found, asked = await fetched(answer)
    assert found is None
    assert asked == ["/output/a.png"]


async def test_a_picture_that_is_too_large_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MAX_IMAGE_BYTES", len(png()) - 1)
    assert (await fetched(plain))[0] is None
    assert file_kinds.MAX_IMAGE_BYTES == 10 * 2**20
