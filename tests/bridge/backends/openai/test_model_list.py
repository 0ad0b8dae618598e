"""The lists of models as servers write them, and which of the models can chat."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.backends.openai import OpenAIClient, model_list
from bridge.errors import ApiMisled, ModelUnknown
from tests.bridge.backends.openai.asking import frame, refusal, stream, told


def names(value: object) -> list[str]:
    return [model.id for model in model_list.listed(json.dumps(value).encode())]


@pytest.mark.parametrize(
    "value",
    [
        {"object": "list", "data": [{"id": "a"}, {"id": "b"}]},
        [{"id": "a", "type": "chat"}, {"id": "b"}],
        {"models": [{"name": "a"}, {"name": "b"}]},
        ["a", "b"],
        [{"id": "a"}, {"id": "b"}, {"id": "a"}, {"id": 7}, {}, None, 3],
    ],
)
def test_a_list_is_read_wherever_it_stands(value: object) -> None:
    assert names(value) == ["a", "b"]


@pytest.mark.parametrize("value", [None, 3, "a", {}, {"data": {"id": "a"}}, {"error": "no"}])
def test_anything_else_is_no_list(value: object) -> None:
    with pytest.raises(ApiMisled):
        names(value)


@pytest.mark.parametrize(
    "other",
    [
        "text-embedding-nomic-embed-text-v1.5", "nomic-embed-text:latest", "BAAI/bge-m3", "thenlper/gte-large",
        "intfloat/e5-mistral-7b-instruct", "qwen3-reranker-8b", "whisper-1", "tts-1-hd", "gpt-4o-mini-tts",
        "gpt-4o-transcribe", "dall-e-3", "gpt-image-1", "qwen-image", "stable-diffusion-xl", "x/FLUX.1-dev",
        "wan2.2-t2v-plus", "wanx2.1", "omni-moderation-latest", "meta-llama/Llama-Guard-4-12B", "Qwen3Guard-Gen-8B",
        "qwen3-asr-flash", "paraformer-v2", "sora-2", "all-minilm",
    ],
)  # fmt: skip
def test_what_cannot_chat_is_known_by_its_id(other: str) -> None:
    assert names([{"id": other}, {"id": "qwen/qwen3-8b"}]) == ["qwen/qwen3-8b"]


@pytest.mark.parametrize(
    "chats",
    ["qwen3-max", "Qwen/Qwen3-VL-8B", "qwen-vl-ocr", "qwen3-omni-flash", "llava:7b", "gpt-4o", "swan-1", "safeguardian",
     "imaginary-chat", "qwen3-coder", "ritts-7b", "clippy"],
)  # fmt: skip
def test_what_can_chat_is_not_taken_for_something_else(chats: str) -> None:
    assert names([{"id": "embed"}, {"id": chats}]) == [chats]


@pytest.mark.parametrize(
    "said",
    [
        {"type": "embedding"}, {"type": "embeddings"}, {"type": "rerank"}, {"type": "image"}, {"type": "moderation"},
        {"type": "audio"}, {"type": "transcribe"}, {"model_type": "embedding"}, {"task": "feature-extraction"},
        {"capabilities": ["embedding"]}, {"capabilities": {"type": "embeddings"}},
        {"capabilities": {"completion_chat": False, "embedding": True}},
        {"architecture": {"output_modalities": ["image"]}},
    ],
)  # fmt: skip
def test_what_cannot_chat_is_known_by_what_the_server_says(said: dict[str, object]) -> None:
    assert names([{"id": "a", **said}, {"id": "b"}]) == ["b"]


@pytest.mark.parametrize(
    "said",
    [
        {"type": "chat"}, {"type": "llm"}, {"type": "vlm"}, {"capabilities": ["completion", "vision"]},
        {"capabilities": {"completion_chat": True}}, {"architecture": {"output_modalities": ["text", "image"]}},
    ],
)  # fmt: skip
def test_what_the_server_says_goes_before_the_id(said: dict[str, object]) -> None:
    assert names([{"id": "flux-chat", **said}]) == ["flux-chat"]
    assert names([{"id": "whisper", **said}, {"id": "b"}]) == ["whisper", "b"]


def test_where_nothing_seems_to_chat_all_are_offered() -> None:
    assert names([{"id": "embed-me"}, {"id": "tts"}]) == ["embed-me", "tts"]


def test_a_server_without_any_model_yet_lists_none() -> None:
    assert names({"object": "list", "data": None}) == names({"data": []}) == []


@asynccontextmanager
async def offering(models: Sequence[dict[str, str]], *, refused: str = "") -> AsyncIterator[tuple[str, list[str]]]:
    """A server with a bare list of these models, one of which it does not run; its address, and what was asked."""
    asked: list[str] = []

    async def everything(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/models"):
            return web.json_response(models)
        asked.append((await request.json())["model"])
        if asked[-1] == refused:
            return refusal("Failed to load model. Error: Model is not llm.", 404)
        return stream(frame(content="hi"), frame("stop"))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", everything)
    async with TestServer(app) as server:
        yield str(server.make_url("/v1")), asked


async def test_the_first_model_that_can_chat_is_asked() -> None:
    models = [{"id": "text-embedding-3"}, {"id": "whisper-1"}, {"id": "qwen3-8b"}, {"id": "qwen3-32b"}]
    async with offering(models) as (url, asked), OpenAIClient(url) as official:
        assert await told(official, "hi") == "hi"
        assert [model.id for model in await official.models()] == ["qwen3-8b", "qwen3-32b"]
    assert asked == ["qwen3-8b"]


async def test_a_model_that_the_server_does_not_run_after_all_gives_way_to_the_next() -> None:
    async with offering([{"id": "odd"}, {"id": "qwen"}], refused="odd") as (url, asked), OpenAIClient(url) as official:
        with pytest.raises(ModelUnknown):
            await told(official, "hi")
        assert await told(official, "hi") == "hi"
        assert await told(official, "hi") == "hi"
    assert asked == ["odd", "qwen", "qwen"]
