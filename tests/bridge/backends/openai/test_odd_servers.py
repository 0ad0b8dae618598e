"""An API among many people: what one question, one answer or one odd server must not do to all the others."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from adapters.sandbox.qwen import ApiStandIn, api
from bridge.backends.base import Earlier
from bridge.backends.openai import OpenAIClient
from bridge.controls import Invocation
from bridge.errors import Empty, KeyRefused, ModelUnknown, QwenError
from bridge.i18n import sentences
from bridge.model import Exchange, Options
from bridge.store import Store
from tests.bridge.backends.harness import ANN, KEY, harness_of
from tests.bridge.backends.openai.asking import ADMIN, frame, refusal, serving, stream, told
from tests.waiting import eventually


async def test_a_model_that_the_key_is_not_for_is_one_person_s_trouble() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return refusal("Model access denied.", 403) if body["model"] == "x" else stream(frame("stop", content="hi"))

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        with pytest.raises(ModelUnknown):
            await told(official, "hi", Options(model="x"))
        assert await told(official, "hi") == "hi"


async def test_a_key_that_ends_costs_nobody_the_model_they_chose(store: Store, server: ApiStandIn) -> None:
    async with OpenAIClient(server.url, "right") as official, harness_of(store, official, server) as harness:
        await harness.bridge.command(Invocation(KEY, ANN, "model", api.MODEL))
        server.fault("unauthorized", times=None)
        await harness.ask("echo one")
        await harness.hears(KeyRefused.sentence)
        assert (await store.conversations.get(KEY)).choices.model == api.MODEL


async def test_admins_are_told_once_and_one_question_alone_looks_whether_it_works(
    store: Store, server: ApiStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.openai.client.LOOK_SECONDS", 0.2)
    server.fault("no_funds", times=None)
    async with (
        OpenAIClient(server.url, "right") as official,
        harness_of(store, official, server, access=ADMIN, hold_seconds=60) as harness,
    ):
        await harness.ask("echo one")
        await eventually(lambda: harness.reply.now() == [sentences.HELD])
        asking = [asyncio.create_task(waited(official)) for _ in range(20)]
        await eventually(lambda: len(server.bodies) >= 6)
        assert len(harness.adapter.told) == 1
        server.clear_faults()
        await harness.hears("one")
        assert await asyncio.gather(*asking) == ["on"] * 20
        assert len(server.bodies) < 60, "the others waited for what one found out"


async def waited(official: OpenAIClient) -> str:
    """The answer of somebody whose question is held."""
    while True:
        try:
            return await told(official, "echo on")
        except QwenError:
            await official.let_in("echo on", (), 60)


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


async def test_a_key_that_is_missing_is_named(server: ApiStandIn) -> None:
    async with OpenAIClient(server.url) as official:
        for _ in range(2):
            with pytest.raises(QwenError) as raised:
                await told(official, "one")
            assert raised.value.remedy == "the API wants a key: set QWEN_API_KEY"
