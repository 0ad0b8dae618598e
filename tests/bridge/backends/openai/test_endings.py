"""How answers of an API begin and end: by their bytes, and as whole as they are."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.qwen import ApiStandIn
from bridge.answer_events import Event, Finished, Text, Thought
from bridge.backends.http.sse import parsed
from bridge.backends.openai import OpenAIClient
from bridge.backends.openai.capabilities import Capabilities
from bridge.backends.openai.stream import OpenAIStream
from bridge.backends.openai.think_tags import ThinkTagSplitter
from bridge.errors import ApiMisled, CutOff, Empty, Moderated, QwenError
from bridge.i18n import sentences
from bridge.store import Store
from tests.bridge.backends.harness import harness_of
from tests.bridge.backends.openai.asking import events_of, frame, serving, stream

HI = frame(content="hi")
EVENT = "text/event-stream"


def said(*frames: object) -> bytes:
    """These frames as a stream without any end."""
    return "".join(f"data: {json.dumps(each)}\n\n" for each in frames).encode()


async def answer(*bodies: bytes, kind: str = EVENT, breaks: int = 0) -> list[list[Event] | type[QwenError]]:
    """What is made of each of these bodies in turn: the events, or the error after the text that it was.

    `breaks`: the connection of so many of them, from the first, breaks in place of an orderly end.
    """

    async def handle(request: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        await response.write(bodies[min(number, len(bodies)) - 1])
        if number <= breaks and request.transport:
            request.transport.abort()
        return response

    made: list[list[Event] | type[QwenError]] = []
    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        for _ in bodies:
            try:
                made.append(await events_of(official, "hi"))
            except QwenError as error:
                made.append(type(error))
    return made


def finished(events: list[Event] | type[QwenError]) -> Finished:
    assert isinstance(events, list)
    assert isinstance(events[-1], Finished)
    return events[-1]


@pytest.mark.parametrize("kind", [EVENT, "application/json", "text/plain", "text/html", "application/octet-stream"])
@pytest.mark.parametrize(
    "body",
    [
        said(HI, frame("stop")),
        b"\xef\xbb\xbf" + said(HI, frame("stop")),
        b": waiting\n\n" + said(HI) + b": still\n\n" + said(frame("stop")) + b"data: [DONE]\n\n",
        said(HI, frame("stop")).replace(b"\n", b"\r"),
        b"event: message\nid: 1\n" + said(HI) + b"event: message\n" + said(frame("stop")),
        json.dumps({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}).encode(),
        json.dumps({"choices": [{"message": {"content": "hi"}}]}).encode(),
    ],
)
async def test_an_answer_is_known_by_its_first_bytes_whatever_it_is_called(kind: str, body: bytes) -> None:
    (events,) = await answer(body, kind=kind)
    assert isinstance(events, list)
    assert "".join(event.text for event in events if isinstance(event, Text)) == "hi"


@pytest.mark.parametrize("body", [b"<html>", b"hello", b"[1]", b'{"choices"'])
async def test_anything_else_is_no_answer(body: bytes) -> None:
    assert await answer(body, kind="text/plain") == [ApiMisled]


BREAKS = [
    "abort", "aborted", "error", "null", "network_error", "cancelled", "timeout", "insufficient_system_resource",
    "SERVER_ERROR", "failed", "interrupted", "incomplete", "undefined",
]  # fmt: skip
ENDS = ["stop", "length", "eos", "end_turn", "stop_sequence", "STOP", "max_tokens", "complete", "tool_calls"]


@pytest.mark.parametrize("reason", BREAKS)
async def test_a_break_is_no_end(reason: str) -> None:
    assert await answer(said(HI, frame(reason)) + b"data: [DONE]\n\n") == [CutOff]


@pytest.mark.parametrize("reason", ENDS)
async def test_an_end_in_any_words_is_one(reason: str) -> None:
    (events,) = await answer(said(HI, frame(reason)))
    assert finished(events).cut_short == (reason in ("length", "max_tokens"))


@pytest.mark.parametrize("reason", ["content_filter", "safety", "sensitive"])
async def test_what_a_check_ends_is_told_as_that(reason: str) -> None:
    assert await answer(said(HI, frame(reason))) == [Moderated]


async def test_a_reason_in_every_frame_ends_nothing() -> None:
    (events,) = await answer(said(frame("null", content="h"), frame("null", content="i"), frame("stop")))
    assert finished(events)


async def test_a_failure_after_the_first_word_is_a_break(store: Store, server: ApiStandIn) -> None:
    failure = {"error": {"code": 502, "message": "Provider disconnected"}}

    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return stream(HI, failure) if number == 1 else stream(frame(content="more"), frame("stop"))

    async with (
        serving(handle) as (url, bodies),
        OpenAIClient(url, wanted="m") as official,
        harness_of(store, official, server) as harness,
    ):
        await harness.ask("one")
        await harness.hears(CutOff.sentence)
        assert harness.reply.now()[-1].startswith("hi")
        await harness.ask("two")
        await harness.hears("more")
    assert [each["content"] for each in bodies[1]["messages"]] == ["one", "hi", "two"], "it is told what was seen"


@pytest.mark.parametrize(
    "garbled",
    [
        b'data: {"choi\n\n',
        b"dat\x00: {}\n\n",
        b"data: {'choices': []}\n\n",
        b'data: {"choices":[{"delta":{"content":{"text":"two "}}}]}\n\n',
        b'data: {"choices":[{"delta":["two "]}]}\n\n',
        b'data: {"choices":["two "]}\n\n',
        b'data: {"choices":[{"delta":{"content":""}}],"x":"\\ud83d"}\n\n',
    ],
)
async def test_what_cannot_be_read_in_the_middle_is_said_below(
    store: Store, server: ApiStandIn, garbled: bytes
) -> None:
    body = said(frame(content="one ")) + garbled + said(frame(content="three"), frame("stop"))

    async def handle(_: web.Request, __: dict[str, Any], number: int) -> web.StreamResponse:
        return web.Response(body=body, content_type=EVENT)

    async with (
        serving(handle) as (url, _),
        OpenAIClient(url, wanted="m") as official,
        harness_of(store, official, server) as harness,
    ):
        await harness.ask("hi")
        await harness.hears(sentences.DAMAGED)
        assert harness.reply.now()[-1].startswith("one three")


async def test_a_server_that_marks_no_end_is_believed_the_second_time() -> None:
    first, second, third = await answer(*[said(HI)] * 3)
    assert first is CutOff
    assert finished(second)
    assert finished(third)


async def test_a_server_that_marks_its_ends_is_not_believed_without() -> None:
    made = await answer(said(HI), said(HI, frame("stop")), said(HI), said(HI))
    assert [each is CutOff for each in made] == [True, False, True, False]


async def test_a_connection_that_breaks_is_no_end() -> None:
    assert await answer(*[said(HI)] * 4, breaks=3) == [CutOff] * 4


async def test_half_a_frame_is_no_end() -> None:
    assert await answer(*[said(HI) + b'data: {"choices"'] * 3) == [CutOff] * 3


async def test_what_stands_among_the_thoughts_alone_is_the_answer_where_nobody_asked_for_any() -> None:
    for thoughts in (frame(reasoning_content="four"), frame(reasoning="four"), frame(content="<think>four")):
        (events,) = await answer(said(thoughts, frame("stop")))
        assert isinstance(events, list)
        assert [event.text for event in events if isinstance(event, Text)] == ["four"]
    assert await answer(said(frame(reasoning_content="four"), frame("length"))) == [Empty], "it was not done"


WORDS = ["one ", "two", "\n", "<think>", "</think>", "three", "…"]
FRAMES = st.one_of(
    st.sampled_from(WORDS).map(lambda word: frame(content=word)),
    st.sampled_from(WORDS).map(lambda word: frame(reasoning_content=word)),
)


def streamed(
    frames: Sequence[object], *, asked: bool = False
) -> tuple[OpenAIStream, list[Event], type[Exception] | None]:
    """The stream after these frames, its events, and how it ended."""
    made, events = OpenAIStream(ThinkTagSplitter(), asked=asked), []
    try:
        for each in frames:
            for one in parsed(each if isinstance(each, str) else json.dumps(each)):
                events += made.events(one)
        events += made.end(whole=Capabilities(9000).is_whole(made, orderly=True))
    except QwenError as error:
        return made, events, type(error)
    return made, events, None


@given(st.lists(FRAMES, max_size=8), st.sampled_from(["stop", "abort", "", "length"]), st.data())
def test_a_cut_or_garbled_stream_is_never_taken_for_a_whole_one(
    frames: list[object], reason: str, data: st.DataObject
) -> None:
    whole = [*frames, frame(reason), "[DONE]"]
    at = data.draw(st.integers(0, len(frames)))
    _, _, error = streamed(whole[:at])
    assert error is CutOff, "cut before its end"
    garbled = [*whole[:at], json.dumps(whole[at])[:-1], *whole[at + 1 :]]
    made, _, error = streamed(garbled)
    assert made.damaged or error
    if reason == "abort" and at != len(frames):
        assert error is CutOff


@given(st.lists(FRAMES, max_size=8), st.booleans())
def test_thoughts_are_the_answer_only_where_there_is_nothing_else(frames: list[object], asked: bool) -> None:
    made, events, error = streamed([*frames, frame("stop"), "[DONE]"], asked=asked)
    texts = "".join(event.text for event in events if isinstance(event, Text))
    thoughts = "".join(event.text for event in events if isinstance(event, Thought))
    if made.misplaced:
        assert not asked
        assert texts.strip() == thoughts.strip()
    elif error is None:
        assert texts.strip()
