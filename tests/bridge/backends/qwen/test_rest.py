"""After the end of an answer: more where the model has called a tool, and nothing that could harm what was said."""

import asyncio
from collections.abc import Sequence

import pytest
from aiohttp import web

from bridge.answer_events import Event, Finished, Picture, Started, Text
from bridge.backends.qwen import QwenClient, session
from bridge.errors import CutOff
from tests.bridge.backends.qwen.test_pictures import A, call, delta, result
from tests.bridge.backends.servers import CREATED, frame, serving
from tests.conftest import GUEST

END = delta("answer", "", "finished")
TOOL = (call('{"prompt": "cat"}'), result("image_gen", "image_gen_tool", image_list=[{"image": A}]))


async def heard(deltas: Sequence[object], then: str = "close", pause: float = 0.0) -> list[Event]:
    """The events of an answer of these deltas, after the first of which the server pauses; `then` it does something."""

    async def complete(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(CREATED.encode())
        for each in deltas:
            await response.write(frame({"choices": [{"delta": each}], "response_id": "r"}).encode())
            await asyncio.sleep(pause)
        if then == "hold":
            await asyncio.Event().wait()
        elif then == "drop" and request.transport:
            request.transport.abort()
        elif then == "fail":
            await response.write(frame({"error": {"code": "internal_error"}}).encode())
        return response

    async with serving(complete) as url, QwenClient(url, GUEST) as qwen:
        return [event async for event in qwen.ask("hello", None)][1:]


async def test_words_that_ended_before_a_tool_was_called_are_not_the_end() -> None:
    events = await heard([delta("answer", "before"), END, *TOOL, delta("answer", "after"), END], pause=0.005)
    assert events[:-1] == [Text("before"), Picture(A, "cat"), Text("after")]
    assert isinstance(events[-1], Finished)


async def test_a_picture_may_be_the_last_after_words_that_ended() -> None:
    events = await heard([delta("answer", "before"), END, *TOOL])
    assert events[:-1] == [Text("before"), Picture(A, "cat")]
    assert isinstance(events[-1], Finished)


async def test_words_that_do_not_end_after_a_tool_broke_off() -> None:
    with pytest.raises(CutOff):
        await heard([delta("answer", "before"), END, *TOOL, delta("answer", "af")])


@pytest.mark.parametrize("then", ["hold", "drop", "fail"])
async def test_whatever_follows_an_answer_it_is_whole(then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REST_SECONDS", 0.02)
    events = await heard([delta("answer", "all"), END], then)
    assert events[0] == Text("all")
    assert isinstance(events[-1], Finished)


async def test_frames_without_a_word_do_not_hold_an_answer_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REST_SECONDS", 0.05)
    many = [delta("KeepAlive")] * 1000
    events = await asyncio.wait_for(heard([delta("answer", "all"), END, *many], pause=0.01), 5)
    assert isinstance(events[-1], Finished)
    assert Started not in map(type, events)
