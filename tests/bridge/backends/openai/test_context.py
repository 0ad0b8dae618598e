"""How much context a question to an API gets: as much as the server takes, which its answers and refusals tell."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from adapters.sandbox.qwen import ApiStandIn, StandIn, api
from bridge.backends.base import Earlier
from bridge.backends.openai import OpenAIClient
from bridge.backends.openai.capabilities import TAKEN_SECONDS
from bridge.controls import Invocation
from bridge.core.bridge import Bridge
from bridge.errors import (
    CutOff,
    TooLong,
)
from bridge.i18n import sentences
from bridge.model import Exchange
from bridge.store import Store
from tests.bridge.backends.harness import ANN, KEY, BackendHarness, harness_of
from tests.bridge.backends.openai.asking import PICTURE, frame, serving, stream, told
from tests.harness import FakeAdapter


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
    async with OpenAIClient(server.url, "right", wanted=api.MODEL, clock=lambda: now) as official:
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
        async with harness_of(store, official, server) as harness:
            for number in range(1, 25):
                await harness.ask("more " + "word " * 200)
                await harness.hears(f"{number}: ")
        assert sentences.LEFT_OUT in str(harness.reply.now())
        assert len(json.dumps(bodies[-1])) // 4 < 2 * 4096


async def test_a_picture_tells_nothing_of_how_text_is_counted(server: ApiStandIn) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        tokens = 90_000 if "image_url" in str(body) else 600
        return stream(frame(content="hi"), frame("stop"), {"choices": [], "usage": {"prompt_tokens": tokens}})

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        await told(official, "word " * 500)
        before = official.capabilities("m").tokens_of_byte
        await told(official, "word " * 500, files=(PICTURE,))
        assert official.capabilities("m").tokens_of_byte == before


async def chat(store: Store, server: ApiStandIn, context: int, questions: list[str]) -> tuple[BackendHarness, Bridge]:
    """Ask these questions within so many tokens; return what was shown, and the bridge."""
    official = OpenAIClient(server.url, "right", context=context)
    bridge = Bridge(store, official)
    harness = BackendHarness(bridge, store, official, StandIn(), server)
    await bridge.serve(FakeAdapter(harness.reply))
    async with official:
        for number, question in enumerate(questions):
            await harness.ask(f"echo {number} {question}")
            await harness.hears(f"{number} {question[:4]}")
        await bridge.stop(1)
    return harness, bridge


async def test_the_oldest_turns_give_way_and_that_is_said_once(
    store: Store, server: ApiStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.openai.wire.ANSWER_TOKENS", 100)
    harness, bridge = await chat(store, server, 2000, ["word " * 200] * 8)
    counts = [len(body["messages"]) for body in server.bodies]
    first = next(number for number, count in enumerate(counts) if count < 2 * number + 1)
    assert counts[:first] == [2 * number + 1 for number in range(first)]
    assert "echo 7" in str(server.bodies[7]["messages"][-1])
    assert "echo 0" not in str(server.bodies[7])
    (said,) = [text for text in harness.reply.now() if sentences.LEFT_OUT in text]
    assert said.startswith(f"{first} word"), "with the first answer that it is true for"
    assert not (await store.conversations.get(KEY)).trouble

    harness, _ = await chat(store, server, 2000, ["word " * 200])
    assert sentences.LEFT_OUT not in str(harness.reply.now()), "a new process does not say it again"
    await bridge.command(Invocation(KEY, ANN, "new"))
    harness, _ = await chat(store, server, 2000, ["word " * 200] * 8)
    assert str(harness.reply.now()).count(sentences.LEFT_OUT) == 1, "a new conversation does"


async def test_a_long_conversation_of_short_turns_comes_whole(store: Store, server: ApiStandIn) -> None:
    await chat(store, server, 30_000, ["word"] * 60)
    assert len(server.bodies[-1]["messages"]) == 119


@pytest.mark.parametrize("mute", [False, True])
async def test_a_server_that_takes_less_gets_less(store: Store, server: ApiStandIn, mute: bool) -> None:
    server.context, server.mute = 5000, mute
    harness, _ = await chat(store, server, 30_000, ["word " * 400] * 10)
    assert str(harness.reply.now()).count(sentences.LEFT_OUT) == 1
    asked = len(server.bodies)
    await chat(store, server, 30_000, ["word " * 400] * 3)
    assert len(server.bodies) - asked < 9, "it is remembered how much it takes"


async def test_a_question_that_is_too_long_by_itself_is_said_to_be(server: ApiStandIn) -> None:
    server.context = 500
    async with OpenAIClient(server.url, "right") as official:
        with pytest.raises(TooLong):
            await told(official, "echo " + "word " * 1000)


async def test_one_answer_that_breaks_off_makes_no_conversation_shorter(store: Store, server: ApiStandIn) -> None:
    await chat(store, server, 30_000, ["word " * 60] * 3)
    async with OpenAIClient(server.url, "right") as official:
        bridge = Bridge(store, official)
        harness = BackendHarness(bridge, store, official, StandIn(), server)
        await bridge.serve(FakeAdapter(harness.reply))
        server.fault("disconnect", times=1, pieces=0)
        await harness.ask("echo and on")
        await harness.hears("and on")
        assert len(server.bodies[-1]["messages"]) == 7
        await bridge.stop(1)
