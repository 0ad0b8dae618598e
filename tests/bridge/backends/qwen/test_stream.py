"""A recorded answer, cut anywhere: the same events, or a named end."""

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer_events import Event, Finished, Text
from bridge.backends.http.sse import Decoder
from bridge.backends.qwen.stream import DONE, QwenStream
from bridge.errors import CutOff, Empty, QwenError


def line(**delta: object) -> str:
    return f"data: {orjson.dumps({'choices': [{'delta': delta}], 'response_id': 'r'}).decode()}\n\n"


def thought(*paragraphs: str) -> dict[str, object]:
    return {"summary_thought": {"content": paragraphs}}


RECORDED = "".join(
    [
        'data: {"response.created":{"chat_id": "c", "parent_id": "u", "response_id":"r"}} \n\n',
        'data: {"response.info": {"action": "keep_alive", "response_id": "r"}}\n\n',
        line(phase="thinking_summary", content="", status="typing", extra=thought("想一想")),
        line(phase="thinking_summary", content="", status="typing", extra=thought("想一想", "👍🏽")),
        line(phase="thinking_summary", content="", status="finished"),
        line(phase="web_search", function_call={"name": "web_search", "arguments": '{"queries": ["桥"]}'}),
        line(phase="web_search", role="function", extra={"web_search_info": [{"url": "https://e.example"}]}),
        line(phase="answer", content="Sieben Brücken ", status="typing"),
        line(phase="answer", content="über den Pregel 🌉", status="typing"),
        line(phase="answer", content="", status="finished"),
    ]
).encode()


def read(*chunks: bytes) -> list[Event]:
    """All events; raises what the client would."""
    decoder, reader = Decoder(), QwenStream("c")
    events: list[Event] = []
    for chunk in (*chunks, None):
        for data in decoder.end() if chunk is None else decoder.feed(chunk):
            try:
                frame = orjson.loads(data)
            except orjson.JSONDecodeError:
                frame = DONE if data == DONE else None
            events += reader.events(frame)
    return [*events, reader.end()]


WHOLE = read(RECORDED)


@given(st.lists(st.integers(0, len(RECORDED)), max_size=10).map(sorted))
def test_it_reads_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    bounds = [0, *cuts, len(RECORDED)]
    assert read(*(RECORDED[start:end] for start, end in pairwise(bounds))) == WHOLE


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_an_answer_that_stops_at_any_byte_is_a_part_or_a_named_end(newline: bytes) -> None:
    recorded = RECORDED.replace(b"\n", newline)
    for end in range(len(recorded)):
        try:
            events = read(recorded[:end])
        except (Empty, CutOff):
            continue
        assert events == WHOLE


ENDS: list[object] = [DONE, {"done": True}, {"chunk.done": {}}, {"response_id": "r", "done": True, "choices": []}]


@pytest.mark.parametrize("end", ENDS)
def test_other_ends_than_qwens_own_are_ends_too(end: object) -> None:
    reader = QwenStream("c")
    text = {"choices": [{"delta": {"phase": "answer", "content": "hi"}}], "response_id": "r", "done": False}
    assert [*reader.events(text)][-1] == Text("hi")
    with pytest.raises(CutOff):
        reader.end()
    assert not [*reader.events(end)]
    assert reader.end().head.parent_id == "r"


def test_an_answer_that_somebody_stopped_is_cut_off() -> None:
    reader = QwenStream("c")
    list(reader.events({"choices": [{"delta": {"phase": "answer", "content": "hi"}}], "response_id": "r"}))
    list(reader.events({"response.stopped": {"response_id": "r"}}))
    with pytest.raises(CutOff):
        reader.end()


NAMES = (
    *("choices", "delta", "data", "error", "code", "extra", "content", "phase", "status", "ret", "usage", "success"),
    *("message", "response.created", "response_id", "function_call", "arguments", "num", "details"),
    *("web_search_info", "summary_thought"),
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
)


@given(anything)
def test_no_frame_makes_it_fail_unnamed(frame: object) -> None:
    reader = QwenStream("c")
    try:
        for event in reader.events(frame):
            assert not isinstance(event, Text) or isinstance(event.text, str)
        assert isinstance(reader.end(), Finished)
    except QwenError:
        pass
