"""An API among many people: what one question, one answer or one odd server must not do to all the others."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from adapters.sandbox.qwen import ApiStandIn, StandIn, api
from bridge.access import Access
from bridge.backends.base import Backend, Earlier
from bridge.backends.fallback import Fallback
from bridge.backends.openai import OpenAIClient
from bridge.backends.openai.capabilities import TAKEN_SECONDS, Capabilities
from bridge.backends.qwen import Credentials, QwenClient
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.controls import Invocation
from bridge.core.bridge import Bridge
from bridge.errors import CutOff, Empty, KeyRefused, ModelUnknown, QwenError, Refused
from bridge.i18n import sentences
from bridge.model import Attachment, Event, Exchange, Options, Quote, Thought
from bridge.store import Store
from tests.bridge.backends.servers import text_of
from tests.bridge.backends.test_fallback import ANN, KEY, Room
from tests.conftest import GUEST
from tests.waiting import eventually

PICTURE = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"0" * 50)
THINKING = Options(thinking=True)
ADMIN = Access(admins=frozenset({"test:user:7"}))

Handle = Callable[[web.Request, dict[str, Any], int], Awaitable[web.StreamResponse]]


@pytest.fixture
async def server() -> AsyncIterator[ApiStandIn]:
    async with ApiStandIn(key="right") as standin:
        yield standin


@asynccontextmanager
async def serving(handle: Handle) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that answers as `handle` does, given how many questions came; its address, and what it was asked."""
    bodies: list[dict[str, Any]] = []

    async def complete(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.json())
        return await handle(request, bodies[-1], len(bodies))

    app = web.Application(client_max_size=2**26)
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.02)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", bodies
    finally:
        await runner.cleanup()


@asynccontextmanager
async def room_of(
    store: Store, backend: Backend, server: ApiStandIn, web: StandIn | None = None, **more: Any
) -> AsyncIterator[Room]:
    bridge = Bridge(store, backend, **more)
    room = Room(bridge, store, backend, web or StandIn(), server)
    await bridge.serve(room.adapter)
    yield room
    await bridge.stop(1)


def frame(reason: str | None = None, **delta: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def stream(*frames: object) -> web.Response:
    text = "".join(f"data: {json.dumps(each)}\n\n" for each in frames) + "data: [DONE]\n\n"
    return web.Response(body=text.encode(), content_type="text/event-stream")


def refusal(message: str, status: int = 400) -> web.Response:
    return web.json_response({"error": {"message": message, "code": status}}, status=status)


async def events_of(backend: Backend, prompt: str, options: Options | None = None, **more: Any) -> list[Event]:
    return [event async for event in backend.ask(prompt, None, options or Options(), **more)]


async def told(backend: Backend, prompt: str, options: Options | None = None, **more: Any) -> str:
    return text_of(await events_of(backend, prompt, options, **more))


def thoughts(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Thought)]


# How much a server takes


@pytest.mark.parametrize("context", [2000, 10**9])
async def test_questions_at_once_count_as_questions_one_by_one(server: ApiStandIn, context: int) -> None:
    server.context = context

    async def look(_: int) -> Earlier:
        return Earlier("", [Exchange("word " * 100, "word " * 100)] * 40)

    async with OpenAIClient(server.url, "right", wanted=api.MODEL) as official:
        for _ in range(6):
            await asyncio.gather(*[told(official, f"echo {number}", look=look) for number in range(8)])
        counts = [len(body["messages"]) for body in server.bodies[-8:]]
    assert min(counts) == max(counts)
    assert min(counts) > (8 if context == 2000 else 80)


async def test_connections_that_break_make_no_conversation_shorter(server: ApiStandIn) -> None:
    async def look(_: int) -> Earlier:
        return Earlier("", [Exchange("my name is Ann", "hello")] * 5)

    async with OpenAIClient(server.url, "right") as official:
        server.fault("disconnect", times=2, pieces=0)
        with pytest.raises(CutOff):
            await told(official, "echo and on", look=look)
        await told(official, "echo and on", look=look)
    assert {len(body["messages"]) for body in server.bodies} == {11}


async def test_it_is_tried_again_after_a_while_whether_a_server_takes_more(server: ApiStandIn) -> None:
    async def look(_: int) -> Earlier:
        return Earlier("", [Exchange("word " * 100, "word " * 100)] * 40)

    now = 0.0
    server.context = 2000
    async with OpenAIClient(server.url, "right", wanted=api.MODEL) as official:
        official._capabilities[api.MODEL] = Capabilities(30_000, lambda: now)
        await told(official, "echo on", look=look)
        server.context = 10**9
        await told(official, "echo on", look=look)
        assert len(server.bodies[-1]["messages"]) < 40
        now += TAKEN_SECONDS
        await told(official, "echo on", look=look)
        assert len(server.bodies[-1]["messages"]) == 81


async def test_a_server_that_cuts_without_a_word_is_noticed(store: Store, server: ApiStandIn) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        messages = body["messages"]
        while sum(len(each["content"]) for each in messages) // 4 > 4096:
            messages = messages[1:]
        tokens = sum(len(each["content"]) for each in messages) // 4
        usage = {"choices": [], "usage": {"prompt_tokens": tokens, "completion_tokens": 250}}
        return stream(frame(content=f"{number}: " + "word " * 400), frame("stop"), usage)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        async with room_of(store, official, server) as room:
            for number in range(1, 25):
                await room.ask("more " + "word " * 200)
                await room.hears(f"{number}: ")
        assert sentences.LEFT_OUT in str(room.wall.now())
        assert len(json.dumps(bodies[-1])) // 4 < 2 * 4096


async def test_a_picture_tells_nothing_of_how_text_is_counted(server: ApiStandIn) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        tokens = 90_000 if "image_url" in str(body) else 600
        return stream(frame(content="hi"), frame("stop"), {"choices": [], "usage": {"prompt_tokens": tokens}})

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        await told(official, "word " * 500)
        before = official._capabilities["m"].tokens_of_byte
        await told(official, "word " * 500, files=(PICTURE,))
        assert official._capabilities["m"].tokens_of_byte == before


# How a server is to be spoken to


async def test_words_about_thinking_teach_nothing(server: ApiStandIn) -> None:
    server.knows, server.thinks = "enable_thinking enable_search", "field"
    async with OpenAIClient(server.url, "right") as official:
        await told(official, "echo <think>hm</think>\nhello")
        assert not thoughts(await events_of(official, "echo two", Options(search=True)))
    assert server.bodies[-1]["enable_search"] is True


async def test_a_model_that_always_thinks_keeps_what_else_it_is_told() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return stream(frame(reasoning_content="hm"), frame(content="hi"), frame("stop"))

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        for _ in range(12):
            await told(official, "hi", Options(search=True))
    assert bodies[-1]["enable_search"] is True


async def test_a_refused_picture_teaches_nothing() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        if "image_url" in str(body):
            return refusal("Error rendering prompt with jinja template: Unknown content type")
        thinks = body.get("enable_thinking") is not False
        return stream(*[frame(reasoning_content="hm")] * thinks, frame(content="hi"), frame("stop"))

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        await told(official, "hi")
        with pytest.raises(Refused):
            await told(official, "look", files=(PICTURE,))
        assert not thoughts(await events_of(official, "hi"))


async def test_a_refused_search_costs_no_word_about_thinking() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        if "enable_search" in body:
            return refusal("This model does not support web search.")
        thinks = body.get("enable_thinking") is not False
        return stream(*[frame(reasoning_content="hm")] * thinks, frame(content="hi"), frame("stop"))

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        assert not thoughts(await events_of(official, "hi", Options(search=True)))
        assert len(bodies) == 2


async def test_thinking_that_nothing_begins_is_told_apart_with_and_without(server: ApiStandIn) -> None:
    server.thinks, server.knows, server.strict = "tail", "chat_template_kwargs", True
    async with OpenAIClient(server.url, "right") as official:
        await told(official, "echo one", THINKING)
        answers = [await told(official, "echo two", Options(thinking=on)) for on in (True, False) * 3]
    assert [answer.strip() for answer in answers] == ["two"] * 6


async def test_an_answer_about_the_tag_is_whole_and_teaches_nothing(server: ApiStandIn) -> None:
    text = "The template:\n```\n<think>\nthoughts\n</think>\nanswer\n```"
    async with OpenAIClient(server.url, "right") as official:
        assert await told(official, f"echo {text}") == text
        assert not thoughts(await events_of(official, "lorem 500"))


# Who is troubled


async def test_a_model_that_the_key_is_not_for_is_one_person_s_trouble() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return refusal("Model access denied.", 403) if body["model"] == "x" else stream(frame("stop", content="hi"))

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        with pytest.raises(ModelUnknown):
            await told(official, "hi", Options(model="x"))
        assert await told(official, "hi") == "hi"


async def test_a_key_that_ends_costs_nobody_the_model_they_chose(store: Store, server: ApiStandIn) -> None:
    async with OpenAIClient(server.url, "right") as official, room_of(store, official, server) as room:
        await room.bridge.command(Invocation(KEY, ANN, "model", api.MODEL))
        server.fault("unauthorized", times=None)
        await room.ask("echo one")
        await room.hears(KeyRefused.sentence)
        assert (await store.conversation(KEY)).choices.model == api.MODEL


async def test_admins_are_told_once_and_one_question_alone_looks_whether_it_works(
    store: Store, server: ApiStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.openai.client.LOOK_SECONDS", 0.2)
    server.fault("no_funds", times=None)
    async with (
        OpenAIClient(server.url, "right") as official,
        room_of(store, official, server, access=ADMIN, hold_seconds=60) as room,
    ):
        await room.ask("echo one")
        await eventually(lambda: room.wall.now() == [sentences.HELD])
        asking = [asyncio.create_task(waited(official)) for _ in range(20)]
        await eventually(lambda: len(server.bodies) >= 6)
        assert len(room.adapter.told) == 1
        server.clear_faults()
        await room.hears("one")
        assert await asyncio.gather(*asking) == ["on"] * 20
        assert len(server.bodies) < 60, "the others waited for what one found out"


async def waited(official: OpenAIClient) -> str:
    """The answer of somebody whose question is held."""
    while True:
        try:
            return await told(official, "echo on")
        except QwenError:
            await official.let_in(60)


# The end of an answer


@pytest.mark.parametrize("after", ["open", "break"])
async def test_what_comes_after_the_end_does_not_matter(after: str) -> None:
    async def handle(request: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for each in (frame(content="hi"), frame("stop")):
            await response.write(f"data: {json.dumps(each)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        if after == "break" and request.transport:
            request.transport.abort()
        else:
            await asyncio.Event().wait()
        return response

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        async with asyncio.timeout(10):
            assert await told(official, "hi") == "hi"


async def test_a_question_that_gets_no_words_is_not_asked_often() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return stream(frame(reasoning_content="hm"), frame("length"))

    async def look(_: int) -> Earlier:
        return Earlier("", [Exchange("word " * 400, "word " * 400)] * 20)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        with pytest.raises(Empty):
            await told(official, "hi", look=look)
    assert len(bodies) == 2


@pytest.mark.parametrize(
    ("frames", "answer"),
    [
        (
            [frame(content=[{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]), frame("stop")],
            "in parts",
        ),
        (
            [
                frame(content="once"),
                {"choices": [{"delta": {}, "message": {"content": "once"}, "finish_reason": "stop"}]},
            ],
            "once",
        ),
        ([{"choices": [{"delta": {"content": "odd"}, "logprobs": float("nan")}]}, frame("stop")], "odd"),
    ],
)
async def test_odd_frames_are_read(frames: list[object], answer: str) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return stream(*frames)

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        assert await told(official, "hi") == answer


# Both doors


@pytest.fixture
async def credentials_file(tmp_path: Any) -> CredentialsFile:
    return CredentialsFile(tmp_path / "credentials.json", GUEST)


async def test_what_is_pasted_after_a_spent_quota_opens_the_web_again(
    server: ApiStandIn, standin: StandIn, credentials_file: CredentialsFile
) -> None:
    async with (
        QwenClient(standin.url, credentials_file.load(), credentials_file=credentials_file, alone=False) as web,
        OpenAIClient(server.url, "right") as official,
    ):
        doors = Fallback(web, official)
        standin.fault("quota")
        await told(doors, "echo one")
        assert len(server.bodies) == 1
        CredentialsFile(credentials_file._path, GUEST).keep(Credentials(umidtoken="fresh-device"))
        assert await told(doors, "echo two") == "two"
    assert len(server.bodies) == 1


async def test_a_web_that_is_tried_in_vain_costs_no_part_of_the_conversation(
    store: Store, server: ApiStandIn, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.fallback.PAUSE_SECONDS", 0.0)
    server.context = 6000
    async with (
        QwenClient(standin.url, GUEST, alone=False) as web,
        OpenAIClient(server.url, "right", context=6000) as official,
        room_of(store, Fallback(web, official), server, standin) as room,
    ):
        for number in range(14):
            standin.fault("busy")
            await room.ask(f"echo {number} " + "word " * 300)
            await room.hears(f"{number} word")
    assert all(len(body["messages"]) > 1 for body in server.bodies[1:])
    assert max(len(json.dumps(body["messages"])) // 4 for body in server.bodies) < 6000


async def test_the_question_is_held_where_the_web_wants_the_operator_and_the_api_is_away(
    store: Store,
    server: ApiStandIn,
    standin: StandIn,
    credentials_file: CredentialsFile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridge.backends.qwen.client.LOOK_SECONDS", 0.05)
    standin.fault("human_check", times=None)
    async with (
        QwenClient(standin.url, credentials_file.load(), credentials_file=credentials_file, alone=False) as web,
        OpenAIClient("http://127.0.0.1:9/v1", wanted="m") as official,
        room_of(store, Fallback(web, official), server, standin, hold_seconds=60, access=ADMIN) as room,
    ):
        await room.ask("echo one")
        await eventually(lambda: room.wall.now() == [sentences.HELD] and room.adapter.told)
        standin.clear_faults()
        CredentialsFile(credentials_file._path, GUEST).keep(Credentials(umidtoken="fresh-device"))
        await room.hears("one")


async def test_admins_are_told_what_the_web_wants_while_the_api_answers(
    store: Store, server: ApiStandIn, standin: StandIn
) -> None:
    standin.fault("human_check", times=None)
    async with (
        QwenClient(standin.url, GUEST, alone=False) as web,
        OpenAIClient(server.url, "right") as official,
        room_of(store, Fallback(web, official), server, standin, hold_seconds=60, access=ADMIN) as room,
    ):
        for word in ("one", "two"):
            await room.ask(f"echo {word}")
            await room.hears(word)
        await eventually(lambda: room.adapter.told)
        assert len(room.adapter.told) == 1


@pytest.mark.parametrize("back", [False, True], ids=["to the api", "to the web"])
async def test_a_chosen_model_stays_behind_with_its_door(
    store: Store, server: ApiStandIn, standin: StandIn, back: bool
) -> None:
    async with QwenClient(standin.url, GUEST) as web, OpenAIClient(server.url, "right") as official:
        first, second = (official, web) if back else (web, official)
        async with room_of(store, first, server, standin) as room:
            name = (await first.models())[0].id
            await room.bridge.command(Invocation(KEY, ANN, "model", name))
            await room.ask("echo one")
            await room.hears("one")
        async with room_of(store, second, server, standin) as room:
            await room.ask("echo two")
            await room.hears(sentences.MODEL_GONE)
            await room.ask("three")
            await room.hears("1 earlier turn" if back else "2 earlier turns")
            assert sentences.MODEL_GONE not in room.wall.now()[-1]


async def test_what_only_the_api_saw_is_deleted_with_the_bridge_s_copy(
    store: Store, server: ApiStandIn, standin: StandIn
) -> None:
    async with OpenAIClient(server.url, "right") as official, room_of(store, official, server) as room:
        await room.ask("echo one")
        await room.hears("one")
    async with QwenClient(standin.url, GUEST) as web, room_of(store, web, server, standin) as room:
        said = await room.bridge.command(Invocation(KEY, ANN, "forget", "yes"))
        assert said.text == sentences.FORGOTTEN


async def test_what_was_quoted_stays_in_the_conversation(store: Store, server: ApiStandIn) -> None:
    server.reply = lambda prompt, earlier: f"{len(earlier)} messages"
    async with OpenAIClient(server.url, "right") as official, room_of(store, official, server) as room:
        await room.ask("sum it up", quote=Quote("Bob", "The secret word is zebra."))
        await room.hears("0 messages")
        await room.ask("which word was it?")
        await room.hears("2 messages")
    assert "zebra" in str(server.bodies[-1])


async def test_what_was_wrongly_taken_for_thinking_is_said_once(store: Store, server: ApiStandIn) -> None:
    server.thinks = "tail"
    async with (
        OpenAIClient(server.url, "right") as official,
        room_of(store, official, server, options=Options(thinking=True, thought=True)) as room,
    ):
        await told(official, "echo x", THINKING)
        server.thinks = ""
        await room.ask("echo and on")
        await room.hears("and on")
        assert room.wall.now() == ["and on"]


async def test_a_key_that_is_missing_is_named(server: ApiStandIn) -> None:
    async with OpenAIClient(server.url) as official:
        for _ in range(2):
            with pytest.raises(QwenError) as raised:
                await told(official, "one")
            assert raised.value.remedy == "the API wants a key: set QWEN_API_KEY"
