"""What is learnt of a server survives a restart, names no secret, and is shown to admins."""

from typing import Any

import pytest
from aiohttp import web

from adapters.sandbox.qwen import ApiStandIn, api
from bridge.backends.base import Earlier
from bridge.backends.openai import OpenAIClient
from bridge.backends.openai.capabilities import TAKEN_SECONDS, UNENDED, Capabilities
from bridge.backends.openai.dialects import LESSON_SECONDS
from bridge.backends.openai.known_models import server_name
from bridge.controls import Invocation
from bridge.i18n import sentences
from bridge.model import Author, Exchange
from bridge.store import Store
from tests.bridge.backends.harness import KEY, harness_of
from tests.bridge.backends.openai.asking import ADMIN, THINKING, frame, refusal, serving, stream, told

HI = frame(content="hi")
STOP = frame("stop")


async def test_what_was_learnt_survives_a_restart_and_ends_with_what_it_was_true_of(database: str) -> None:
    strictly: list[bool] = []

    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        strict = strictly[-1]
        if strict and (body.get("enable_thinking") is not None or "stream_options" in body):
            return refusal(f"{'stream_options' if 'stream_options' in body else 'enable_thinking'} is not supported")
        return stream(HI, STOP) if strict or "enable_thinking" in body else stream(STOP)

    async def ask() -> None:
        async with (
            await Store.open(database) as store,
            OpenAIClient(url, wanted="m", lessons=store.learnt) as official,
        ):
            assert await told(official, "hi") == "hi"
            kept.append({lesson.name: lesson.value for lesson in await store.learnt.newest(9)})
            counts.append(len(bodies))

    kept: list[dict[str, str]] = []
    counts: list[int] = []
    async with serving(handle) as (url, bodies):
        for strict in (True, True, False, False):
            strictly.append(strict)
            await ask()
    learnt = {"thinking": "chat_template_kwargs", "without": "stream_options"}
    assert kept == [learnt, learnt, {}, {}]
    assert counts[1] - counts[0] == 1, "nothing is learnt twice"
    assert counts[3] - counts[2] == 1, "and what does not hold is not tried again"


async def test_a_server_without_marks_of_an_end_is_known_after_a_restart(database: str) -> None:
    async def handle(request: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return web.Response(
            body=b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n', content_type="text/event-stream"
        )

    async with serving(handle) as (url, _):
        async with await Store.open(database) as store, OpenAIClient(url, wanted="m", lessons=store.learnt) as official:
            official.capabilities("m").unended = UNENDED - 1
            await told(official, "hi")
        async with await Store.open(database) as store, OpenAIClient(url, wanted="m", lessons=store.learnt) as official:
            assert await told(official, "hi") == "hi"


async def test_a_limit_survives_a_restart(database: str, server: ApiStandIn) -> None:
    server.context = 2000

    async def look(room: int) -> Earlier:
        return Earlier("", [Exchange("word " * 40, "word " * 40)] * 40)

    for asked in (None, 1):
        before = len(server.bodies)
        async with (
            await Store.open(database) as store,
            OpenAIClient(server.url, "right", wanted=api.MODEL, lessons=store.learnt) as official,
        ):
            await told(official, "echo on", look=look)
        assert asked is None or len(server.bodies) - before == asked


async def test_lessons_are_of_one_server_and_one_model(store: Store) -> None:
    await store.learnt.learn("a:1", "m", "thinking", "none")
    await store.learnt.learn("a:1", "n", "ends", "unmarked")
    await store.learnt.learn("b:1", "m", "budget", "wanted")
    await store.learnt.learn("a:1", "m", "thinking", "reasoning_effort")
    assert [(lesson.model, lesson.value) for lesson in await store.learnt.recall("a:1")] == [
        ("m", "reasoning_effort"),
        ("n", "unmarked"),
    ]
    await store.learnt.learn("a:1", "m", "thinking", "")
    assert [lesson.model for lesson in await store.learnt.recall("a:1")] == ["n"]


def test_old_lessons_are_forgotten() -> None:
    lessons = {
        "thinking": "none",
        "limit": "9000",
        "pictures": "refused",
        "begun": "thinking plain",
        "ends": "unmarked",
    }
    fresh, stale = Capabilities(10**6, lambda: 0.0), Capabilities(10**6, lambda: 0.0)
    fresh.recall(lessons, dict.fromkeys(lessons, 1.0))
    assert fresh.lessons().keys() == lessons.keys()
    assert (fresh.room, fresh.blind) == (9000, True)
    stale.recall(lessons, dict.fromkeys(lessons, LESSON_SECONDS))
    assert stale.lessons() == {}
    stale.recall(lessons, dict.fromkeys(lessons, TAKEN_SECONDS))
    assert stale.lessons().keys() == {"thinking", "begun", "ends"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:8000/v1", "127.0.0.1:8000"),
        ("https://Example.org/v1/", "example.org:443"),
        ("http://[::1]:8000", "::1:8000"),
        ("https://user:SECRET@example.org/v1?key=SECRET#SECRET", "example.org:443"),
    ],
)
def test_a_server_is_named_by_host_and_port(url: str, name: str) -> None:
    assert server_name(url) == name


def test_paths_tell_servers_apart_without_being_told() -> None:
    one, two = (server_name(f"https://gateway.example/{path}/v1") for path in ("SECRET", "other"))
    assert one != two
    assert "SECRET" not in one


async def test_the_operators_admins_alone_see_what_was_learnt(store: Store, server: ApiStandIn) -> None:
    server.knows, server.strict = "chat_template_kwargs", True
    async with (
        OpenAIClient(server.url, "right", lessons=store.learnt) as official,
        harness_of(store, official, server, access=ADMIN) as harness,
    ):
        await told(official, "echo hi", THINKING)
        (lesson, *_) = await store.learnt.newest(1)
        for author, sees in ((Author("7", "Xi"), True), (Author("8", "Yu", admin=True), False)):
            status = (await harness.bridge.command(Invocation(KEY, author, "status"))).text
            assert (f"{lesson.server}: thinking `chat_template_kwargs`" in status) == sees
            assert (sentences.LEARNT in status) == sees
