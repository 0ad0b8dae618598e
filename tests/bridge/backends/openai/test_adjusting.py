"""A question that a server refuses as it stands is asked in another way, and what helps is remembered."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from adapters.sandbox.qwen import ApiStandIn
from bridge.backends.base import Earlier
from bridge.backends.openai import OpenAIClient
from bridge.backends.openai.capabilities import TAKEN_SECONDS
from bridge.backends.openai.session import Session
from bridge.backends.openai.stream import OpenAIStream, frames
from bridge.backends.openai.think_tags import ThinkTagSplitter
from bridge.errors import Busy, ModelUnknown, Moderated, NoPictures, QwenError, Refused, TooLong
from bridge.i18n import sentences
from bridge.model import Exchange, Options
from bridge.store import Store
from tests.bridge.backends.harness import harness_of
from tests.bridge.backends.openai.asking import PICTURE, Handle, frame, refusal, serving, stream, told

OVERFLOW = "Prompt is too long: {asked} tokens, at most {most}"


def size(body: dict[str, Any]) -> int:
    return sum(len(message["content"]) for message in body["messages"])


def taking(most: int, refuse: Callable[[int, int], web.Response]) -> Handle:
    """A server that takes so many characters, four of which are a token."""

    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        asked = size(body)
        return refuse(asked // 4, most // 4) if asked > most else stream(frame(content="hi"), frame("stop"))

    return handle


async def look(_: int) -> Earlier:
    return Earlier("", [Exchange("word " * 100, "word " * 100)] * 20)


def by_status(asked: int, most: int) -> web.Response:
    return refusal(OVERFLOW.format(asked=asked, most=most))


def in_stream(asked: int, most: int) -> web.Response:
    return stream({"error": {"message": OVERFLOW.format(asked=asked, most=most), "code": 400}})


@pytest.mark.parametrize("refuse", [by_status, in_stream])
async def test_the_context_shrinks_to_what_the_refusal_says(refuse: Callable[[int, int], web.Response]) -> None:
    async with serving(taking(16_000, refuse)) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        assert await told(official, "hi", look=look) == "hi"
        assert len(bodies) == 2
        assert size(bodies[1]) > 14_000, "not by half"
        await told(official, "hi", look=look)
        assert len(bodies) == 3, "it is remembered"


async def test_numbers_that_help_nobody_are_followed_once() -> None:
    def refuse(asked: int, most: int) -> web.Response:
        return refusal("prompt is too long: 202095 tokens > 200000 maximum")

    async with serving(taking(1500, refuse)) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        assert await told(official, "hi", look=look) == "hi"
    assert len(bodies) < 8


async def test_what_is_too_long_with_nothing_above_is_told_as_too_long() -> None:
    async with serving(taking(10, by_status)) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        with pytest.raises(TooLong):
            await told(official, "more than ten characters", look=look)
    assert len(bodies[-1]["messages"]) == 1


@pytest.mark.parametrize("status", [400, 422])
async def test_words_that_nobody_knows_are_answered_with_nothing_above_the_question(status: int) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        alone = len(body["messages"]) == 1
        return stream(frame(content="hi"), frame("stop")) if alone else refusal("Nope.", status)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        assert await told(official, "hi", look=look) == "hi"
    assert [len(body["messages"]) for body in bodies] == [41, 1]


async def test_words_that_nobody_knows_are_asked_about_once() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return refusal("Nope.")

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        with pytest.raises(Refused) as raised:
            await told(official, "hi", look=look)
        assert type(raised.value) is Refused
        assert len(bodies) == 2
        with pytest.raises(Refused):
            await told(official, "hi")
        assert len(bodies) == 3, "with nothing above it once"


async def test_a_refusal_in_unknown_words_makes_no_other_conversation_shorter() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        odd = "odd" in str(body) and len(body["messages"]) > 1
        return refusal("Nope.") if odd else stream(frame(content="hi"), frame("stop"))

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        await told(official, "hi", look=look)
        for _ in range(3):
            await told(official, "odd", look=look)
        await told(official, "hi", look=look)
    assert len(bodies[-1]["messages"]) == 41


async def test_an_overflow_in_unknown_words_costs_no_conversation_its_memory() -> None:
    async with (
        serving(taking(12_000, lambda *_: refusal("Nope."))) as (url, bodies),
        OpenAIClient(url, wanted="m") as official,
    ):
        for _ in range(2):
            await told(official, "hi", look=look)
    assert len(bodies) == 3
    assert len(bodies[-1]["messages"]) > 10


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    "strict",
    [
        {"stream_options"},
        {"stream_options", "enable_thinking"},
        {"stream_options", "enable_thinking", "chat_template_kwargs", "reasoning_effort"},
    ],
)
@pytest.mark.parametrize("named", [True, False])
async def test_a_strict_server_is_asked_without_what_it_does_not_know(
    strict: set[str], named: bool, status: int
) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        if not (unknown := sorted(strict & set(body))):
            return stream(frame(content="hi"), frame("stop"))
        more = {"loc": ["body", unknown[0], "include_usage"]} if named else {}
        detail = [{"type": "extra_forbidden", "msg": "Extra inputs are not permitted", **more}]
        return web.json_response({"object": "error", "message": {"detail": detail}}, status=status)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        assert await told(official, "hi") == "hi"
        asked = len(bodies)
        assert asked <= 6
        await told(official, "hi")
    assert len(bodies) == asked + 1, "it is learnt"
    if named:
        assert {"enable_thinking"} - strict <= set(bodies[-1]), "no other is left out"


def blind(refuse: Callable[[], web.Response]) -> Handle:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return refuse() if "image_url" in str(body) else stream(frame(content="Four."), frame("stop"))

    return handle


BLIND = [
    lambda: refusal("No endpoints found that support image input", 404),
    lambda: refusal("image input is not supported - hint: you may need the mmproj", 500),
    lambda: refusal("The provided messages are invalid: Unexpected item type in content."),
    lambda: refusal("org/name is not a multimodal model"),
    lambda: stream({"error": {"message": "vision is not supported", "code": 400}}),
]


@pytest.mark.parametrize("refuse", BLIND)
async def test_the_words_are_answered_where_the_model_sees_no_pictures(
    store: Store, server: ApiStandIn, refuse: Callable[[], web.Response]
) -> None:
    async with (
        serving(blind(refuse)) as (url, bodies),
        OpenAIClient(url, wanted="m") as official,
        harness_of(store, official, server) as harness,
    ):
        for _ in range(2):
            await harness.ask("what is this?", files=(PICTURE,))
            await harness.hears(sentences.PICTURES_UNSEEN)
            assert harness.reply.now()[-1].startswith("Four.")
        await harness.ask("and without?")
        await harness.hears("Four.")
        assert sentences.PICTURES_UNSEEN not in harness.reply.now()[-1]
    assert ["image_url" in str(body) for body in bodies] == [True, False, False, False], "it is remembered"


async def test_a_picture_alone_is_not_answered_as_if_it_had_been_seen(store: Store, server: ApiStandIn) -> None:
    async with (
        serving(blind(BLIND[0])) as (url, bodies),
        OpenAIClient(url, wanted="m") as official,
        harness_of(store, official, server) as harness,
    ):
        for _ in range(2):
            await harness.ask("", files=(PICTURE,))
            await harness.hears(NoPictures.sentence)
    assert len(bodies) == 1, "it is remembered"


async def test_it_is_tried_again_after_a_while_whether_a_model_sees_and_other_models_at_once() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        sees = body["model"] == "eye" or number > 2
        return stream(frame(content="a dot"), frame("stop")) if sees else refusal("no multimodal model")

    now = 0.0
    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m", clock=lambda: now) as official:
        for _ in range(2):
            with pytest.raises(NoPictures):
                await told(official, "look", files=(PICTURE,))
        assert len(bodies) == 1
        assert await told(official, "look", Options(model="eye"), files=(PICTURE,)) == "a dot"
        now += TAKEN_SECONDS
        assert await told(official, "look", files=(PICTURE,)) == "a dot"


async def test_who_sent_no_picture_hears_of_none() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return refusal("messages.0.content must be a string")

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        with pytest.raises(Refused) as raised:
            await told(official, "hi", look=look)
    assert type(raised.value) is Refused
    assert len(bodies) == 2


async def test_a_picture_that_is_no_good_says_nothing_of_the_model() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        bad = number == 1
        return refusal("The image format is not supported") if bad else stream(frame(content="a dot"), frame("stop"))

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        with pytest.raises(Refused):
            await told(official, "look", files=(PICTURE,))
        assert await told(official, "look", files=(PICTURE,)) == "a dot"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("Tue, 01 Dec 2026 12:00:30 GMT", 30),
        ("Tue, 01 Dec 2026 11:59:30 GMT", 7),
        ("-5", 7),
        ("nan", 7),
        ("1e300", 86_400),
        ("soon", 7),
        ("", 7),
    ],
)
@pytest.mark.parametrize("status", [429, 503, 200])
async def test_a_refusal_says_when_to_ask_again(value: str, seconds: float, status: int) -> None:
    body = {"error": {"message": "Rate limit. Try again in 7 seconds", "code": 429}}
    headers = {"Retry-After": value, "Date": "Tue, 01 Dec 2026 12:00:00 GMT"}

    async def handle(_: web.Request, __: dict[str, Any], number: int) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    async def ask(session: Session) -> None:
        async with session.request("POST", "/chat/completions", {}) as response:
            stream = OpenAIStream(ThinkTagSplitter())
            async for each in frames(response, stream):
                stream.events(each)

    async with serving(handle) as (url, _), Session(url, "", None) as session:
        with pytest.raises(Busy) as raised:
            await ask(session)
    assert raised.value.after == seconds


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (403, "Your input was flagged: violence.", Moderated),
        (402, "Prompt tokens limit exceeded: 900 > 300.", TooLong),
        (402, "This model is for paid accounts", ModelUnknown),
        (403, "image input is not supported", Refused),
    ],
)
async def test_a_refusal_of_one_question_closes_the_api_for_nobody(
    status: int, words: str, kind: type[QwenError]
) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return refusal(words, status) if "bad" in str(body) else stream(frame(content="hi"), frame("stop"))

    async with serving(handle) as (url, _), OpenAIClient(url, "key", wanted="m") as official:
        for number in range(3):
            with pytest.raises(kind):
                await told(official, f"bad {number}")
        assert official.need is None
        assert await told(official, "good") == "hi"
