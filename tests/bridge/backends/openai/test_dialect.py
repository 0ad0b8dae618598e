"""How an API is told to think or to search, and how thinking is told apart from the answer."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from adapters.sandbox.qwen import ApiStandIn, StandIn, api
from bridge.answer_events import Thought
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import QwenClient
from bridge.errors import Refused
from bridge.model import Options
from tests.bridge.backends.openai.asking import (
    PICTURE,
    THINKING,
    events_of,
    frame,
    refusal,
    serving,
    stream,
    thoughts,
    told,
)
from tests.bridge.backends.servers import text_of
from tests.conftest import GUEST


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


@pytest.mark.parametrize("thinks", ["field", "reasoning", "tags"])
async def test_thinking_is_told_apart_wherever_it_stands(server: ApiStandIn, thinks: str) -> None:
    server.thinks = thinks
    async with OpenAIClient(server.url, "right") as official:
        events = await events_of(official, "echo hello", Options(thinking=True))
    assert text_of(events).strip() == "hello"
    assert "Let me think." in "".join(event.text for event in events if isinstance(event, Thought))


async def test_thinking_without_a_beginning_is_learnt_from_the_first_answer(server: ApiStandIn) -> None:
    server.thinks = "tail"
    async with OpenAIClient(server.url, "right") as official:
        await told(official, "echo one", Options(thinking=True))
        assert (await told(official, "echo two", Options(thinking=True))).strip() == "two"
        assert (await told(official, "echo three", Options(thinking=True))).strip() == "three"
        assert (await told(official, "echo four")).strip() == "four"


async def test_a_budget_says_for_how_long_it_may_think(server: ApiStandIn) -> None:
    server.thinks = "field"
    thinking = Options(thinking=True, thinking_budget=2)
    async with OpenAIClient(server.url, "right") as official:
        events = await events_of(official, "echo hello", thinking)
        assert "".join(event.text for event in events if isinstance(event, Thought)) == "Let me t"
        await told(official, "echo hello", Options(thinking_budget=2))
    assert [body.get("thinking_budget") for body in server.bodies] == [2, None], "it has none where it does not think"


async def test_the_web_has_the_same_budget(standin: StandIn) -> None:
    async with QwenClient(standin.url, GUEST) as web:
        await told(web, "hello", Options(thinking=True, thinking_budget=2048))
        await told(web, "hello", Options(thinking_budget=2048))
    asked = [each.body["messages"][0]["feature_config"] for each in standin.requests if "messages" in each.body]
    assert [features.get("thinking_budget") for features in asked] == [2048, None]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("knows", ["enable_thinking", "chat_template_kwargs", "reasoning_effort"])
async def test_each_server_is_told_not_to_think_in_the_words_that_it_knows(
    server: ApiStandIn, knows: str, strict: bool
) -> None:
    server.knows, server.strict, server.thinks = knows, strict, "reasoning"
    async with OpenAIClient(server.url, "right") as official:
        for _ in range(4):
            assert await told(official, "echo one") == "one"
        events = await events_of(official, "echo two")
        assert not [event for event in events if isinstance(event, Thought)], "it is learnt"
        asked = len(server.bodies)
        await told(official, "echo three")
    assert len(server.bodies) == asked + 1, "and remembered"


async def test_a_server_that_takes_no_such_word_is_asked_without(server: ApiStandIn) -> None:
    server.knows, server.strict = "", True
    async with OpenAIClient(server.url, "right") as official:
        assert await told(official, "echo one", Options(thinking=True, search=True)) == "one"
        assert set(server.bodies[-1]) == {"model", "messages", "stream", "stream_options"}


@pytest.mark.parametrize("unknown", ["thinking_budget", "enable_search"])
async def test_one_word_that_is_not_taken_costs_no_other(server: ApiStandIn, unknown: str) -> None:
    server.knows, server.strict = server.knows.replace(unknown, ""), True
    options = Options(thinking=True, thinking_budget=9, search=True)
    with capture_logs() as logs:
        async with OpenAIClient(server.url, "right") as official:
            await told(official, "echo one", options)
            await told(official, "echo two", options)
    kept = {"enable_thinking", "enable_search", "thinking_budget"} - {unknown}
    assert [kept <= set(body) and unknown not in body for body in server.bodies] == [False, True, True]
    assert [line["event"] for line in logs if unknown in line["event"]], "said once"


async def test_questions_at_once_learn_one_thing_together(server: ApiStandIn) -> None:
    server.knows, server.strict = "chat_template_kwargs", True
    async with OpenAIClient(server.url, "right", wanted=api.MODEL) as official:
        await asyncio.gather(*[told(official, f"echo {number}") for number in range(5)])
        await told(official, "echo on")
    assert "chat_template_kwargs" in server.bodies[-1], "nobody went on to the next way of saying it"
