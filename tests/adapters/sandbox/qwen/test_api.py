"""The pretended API in the shapes that other clients need: whole answers, streams, models by their id, refusals."""

import json
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from adapters.sandbox.qwen import ApiStandIn

Json = dict[str, Any]

MODEL = "qwen3-standin"
QUESTION = {"model": MODEL, "messages": [{"role": "user", "content": "echo seven bridges"}]}


@pytest.fixture
async def api() -> AsyncIterator[ApiStandIn]:
    async with ApiStandIn(key="right") as standin:
        yield standin


@pytest.fixture
async def http(api: ApiStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"{api.url}/", headers={"Authorization": "Bearer right"}) as session:
        yield session


async def ask(http: aiohttp.ClientSession, **changes: object) -> Json:
    async with http.post("chat/completions", json={**QUESTION, **changes}) as response:
        answer: Json = await response.json()
        return answer


async def stream(http: aiohttp.ClientSession, **changes: object) -> list[Json]:
    async with http.post("chat/completions", json={**QUESTION, "stream": True, **changes}) as response:
        frames = (await response.text()).strip().split("\n\n")
    assert frames.pop() == "data: [DONE]"
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


async def test_a_whole_answer_says_its_id_its_model_when_and_what_it_cost(http: aiohttp.ClientSession) -> None:
    answer, other = await ask(http), await ask(http)
    (choice,) = answer["choices"]
    assert choice["message"] == {"role": "assistant", "content": "seven bridges"}
    assert (choice["index"], choice["finish_reason"]) == (0, "stop")
    assert (answer["object"], answer["model"]) == ("chat.completion", MODEL)
    assert answer["id"] != other["id"]
    assert isinstance(answer["created"], int)
    usage = answer["usage"]
    assert usage["completion_tokens"] == 4, "thirteen characters, of which four are a token"
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


async def test_the_frames_of_a_stream_are_of_one_answer(http: aiohttp.ClientSession) -> None:
    frames = await stream(http)
    assert {frame["object"] for frame in frames} == {"chat.completion.chunk"}
    assert len({(frame["id"], frame["model"], frame["created"]) for frame in frames}) == 1
    assert frames[-1]["choices"][0]["finish_reason"] == "stop"


async def test_a_stream_says_what_it_cost_only_where_that_is_asked_for(http: aiohttp.ClientSession) -> None:
    assert not [frame for frame in await stream(http) if "usage" in frame]
    last = (await stream(http, stream_options={"include_usage": True}))[-1]
    assert (last["choices"], last["usage"]) == ([], (await ask(http))["usage"])


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_an_answer_has_no_more_tokens_than_were_asked_for(http: aiohttp.ClientSession, name: str) -> None:
    (choice,) = (await ask(http, **{name: 2}))["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("seven br", "length")
    refused = await ask(http, **{name: 0})
    assert refused["error"]["message"] == f"Range of {name} should be [1, 65536]"


@pytest.mark.parametrize("name", ["retry_after", "retry_after_date"])
async def test_a_refusal_says_how_long_to_wait(api: ApiStandIn, http: aiohttp.ClientSession, name: str) -> None:
    api.fault(name, seconds=7)
    async with http.post("chat/completions", json=QUESTION) as response:
        assert response.status == 429
        said = response.headers["Retry-After"]
        if name == "retry_after":
            assert said == "7"
        else:
            then, now = parsedate_to_datetime(said), parsedate_to_datetime(response.headers["Date"])
            assert 6 <= (then - now).total_seconds() <= 7


async def test_a_question_with_a_flagged_word_is_refused_and_no_other(
    api: ApiStandIn, http: aiohttp.ClientSession
) -> None:
    api.flagged = "poison bridges"
    assert (await ask(http))["error"]["code"] == "data_inspection_failed"
    said = [{"role": "user", "content": "bridges"}, {"role": "assistant", "content": "poison"}]
    answer = await ask(http, messages=[*said, {"role": "user", "content": "echo nothing else"}])
    assert answer["choices"][0]["message"]["content"] == "nothing else"


async def test_a_model_is_told_by_its_id(http: aiohttp.ClientSession) -> None:
    async with http.get("models") as response:
        (listed,) = (await response.json())["data"]
    assert set(listed) == {"id", "object", "created", "owned_by"}
    async with http.get(f"models/{MODEL}") as response:
        assert await response.json() == listed


@pytest.mark.parametrize("name", ["no-such-model", "Qwen/no-such-model"])
async def test_there_is_no_other_model(http: aiohttp.ClientSession, name: str) -> None:
    async with http.get(f"models/{name}") as response:
        assert response.status == 404
        error = (await response.json())["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["code"] == "model_not_found"


async def test_a_model_is_told_to_nobody_without_the_key(http: aiohttp.ClientSession) -> None:
    async with http.get(f"models/{MODEL}", headers={"Authorization": "Bearer wrong"}) as response:
        assert response.status == 401
