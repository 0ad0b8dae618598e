"""A recorded answer, cut anywhere: the same events, or a named end."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer_events import Event, Finished, Text, Usage
from bridge.backends.http.sse import Decoder, Mark, parsed
from bridge.backends.qwen import wire
from bridge.backends.qwen.stream import QwenStream
from bridge.errors import CutOff, Empty, Fault, Moderated, QwenError
from bridge.model import Head
from tests.bridge.backends.servers import text_of


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


def frames_of(*chunks: bytes) -> Iterator[object]:
    decoder = Decoder()
    for chunk in (*chunks, None):
        for data in decoder.end() if chunk is None else decoder.feed(chunk):
            yield from parsed(data)


def read(*chunks: bytes) -> list[Event]:
    """All events; raises what the client would."""
    reader = QwenStream("c")
    events = [event for frame in frames_of(*chunks) for event in reader.events(frame)]
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


ENDS: list[object] = [Mark.DONE, {"done": True}, {"chunk.done": {}}, {"response_id": "r", "done": True, "choices": []}]


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
    *("web_search_info", "summary_thought", "error_code", "errorCode", "detail", "message", "metadata", "url", "title"),
    *(
        "id",
        "name",
        "info",
        "sources",
        "tool_result",
        "docs",
        "used_id",
        "response.stopped",
        "role",
        "queries",
        "output_tokens",
        "type",
    ),
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
)


@pytest.mark.parametrize("name", NAMES)
def test_no_depth_of_a_frame_makes_it_fail_unnamed(name: str) -> None:
    deep: object = orjson.loads(b"[" * 1000 + b"]" * 1000)
    around: tuple[Callable[[object], object], ...] = (
        lambda value: value,
        lambda value: {"error": value},
        lambda value: {"success": False, "data": value},
        lambda value: {"success": True, "data": value},
        lambda value: {"success": True, "data": {"choices": [{"message": {"content": "x"}}], **value}},  # type: ignore[dict-item]
        lambda value: {"response.created": value},
        lambda value: {"choices": [{"delta": value}]},
        lambda value: {"choices": [{"delta": {"extra": value}}]},
        lambda value: {"choices": [{"delta": {"extra": {"tool_result": value}}}]},
        lambda value: {"choices": [{"delta": {"extra": {"web_search_info": [{"url": "https://a.example", **value}]}}}]},  # type: ignore[dict-item]
        lambda value: {"choices": [{"delta": {"phase": "think", "extra": {"summary_thought": value}}}]},
    )
    call = {"name": "web_search", "arguments": '{"queries": ' + "[" * 1000 + "]" * 1000 + "}"}
    for frame in (*(build({name: deep}) for build in around), searching(call)):
        with suppress(QwenError):
            list(QwenStream("c").events(frame))
    with suppress(QwenError):
        wire.models({"data": [{"id": "m", name: deep}, {name: deep}]})


def searching(call: dict[str, str]) -> dict[str, object]:
    return {"choices": [{"delta": {"phase": "web_search", "function_call": call}}]}


@given(anything)
def test_no_frame_makes_it_fail_unnamed(frame: object) -> None:
    reader = QwenStream("c")
    try:
        for event in reader.events(frame):
            assert not isinstance(event, Text) or isinstance(event.text, str)
        assert isinstance(reader.end(), Finished)
    except QwenError:
        pass


def shown(response_id: str, *pieces: str, **end: object) -> list[dict[str, object]]:
    """The frames of an answer, from the first to its own end."""

    def of(**delta: object) -> dict[str, object]:
        return {"choices": [{"delta": {"role": "assistant", **delta}}], "response_id": response_id}

    index = {"r": "0"}.get(response_id, "1")
    search = [{"url": f"https://example.org/{response_id}"}]
    return [
        {"response.created": {"chat_id": "c", "parent_id": "u", "response_id": response_id, "response_index": index}},
        {"response.info": {"action": "keep_alive", "chat_id": "c", "response_id": response_id}},
        of(phase="think", content=f"{response_id} thinks", status="finished"),
        of(phase="web_search", role="function", content="", extra={"web_search_info": search}, status="finished"),
        *(of(phase="answer", content=piece, status="typing") for piece in pieces),
        {"usage": {"output_tokens": len(pieces)}, "response_id": response_id, "choices": []},
        of(phase="answer", content="", status="finished") if not end else end | {"response_id": response_id},
    ]


def framed(frames: list[dict[str, object]]) -> bytes:
    return b"".join(b"data: " + orjson.dumps(frame) + b"\n\n" for frame in frames)


FIRST = shown("r", "Seven ", "bridges ", "over the ", "Pregel.")
LAST: list[dict[str, object]] = [
    {},
    {"done": True},
    {"chunk.done": {}},
    {"response.stopped": {"response_id": "other"}},
    {"error": {"code": "data_inspection_failed"}},
    {"choices": [{"delta": {"phase": "answer", "status": "error", "content": "Internal error!"}}]},
    {"choices": [{"delta": {"phase": "answer", "status": "abort", "content": ""}}]},
]


@given(
    st.sampled_from(LAST),
    st.lists(st.sampled_from(["No ", "one ", "[[1]] "]), max_size=4),
    st.data(),
    st.lists(st.floats(0, 1), max_size=8).map(sorted),
)
def test_of_two_answers_in_one_stream_the_first_is_read_as_if_it_were_alone(
    end: dict[str, object], pieces: list[str], data: st.DataObject, cuts: list[float]
) -> None:
    """However their frames are mixed, and wherever the stream is cut; whatever becomes of the other one."""
    one, other = [*FIRST[1:]], shown("other", *pieces, **end)
    frames = [FIRST[0]]
    while one or other:
        from_one = bool(one) and (not other or data.draw(st.booleans()))
        frames.append((one if from_one else other).pop(0))
    sent = framed(frames)
    bounds = [0, *(int(cut * len(sent)) for cut in cuts), len(sent)]
    events = read(*(sent[start:end] for start, end in pairwise(bounds)))
    assert events == read(framed(FIRST))
    assert events[-1] == Finished(Head("c", "r"), Usage(output_tokens=4))


def test_an_answer_that_only_the_other_one_ends_is_cut_off() -> None:
    reader = QwenStream("c")
    for frame in [*FIRST[:-1], *shown("other", "Whole.")]:
        list(reader.events(frame))
    assert (reader.finished, reader.others) == (False, True)
    with pytest.raises(CutOff):
        reader.end()


def test_where_nothing_came_of_the_first_answer_the_other_one_may_say_why() -> None:
    reader = QwenStream("c")
    for frame in (FIRST[0], {"error": {"code": "data_inspection_failed"}, "response_id": "other"}):
        list(reader.events(frame))
    with pytest.raises(Moderated):
        reader.end()


def answering(status: object, content: str = "", **more: object) -> dict[str, object]:
    return {
        "choices": [{"delta": {"phase": "answer", "status": status, "content": content, **more}}],
        "response_id": "r",
    }


BREAKS = (
    "abort",
    "aborted",
    "ABORTED",
    "stopped",
    "cancelled",
    "interrupted",
    "failed",
    "incomplete",
    "timeout",
    "timed_out",
)


@pytest.mark.parametrize("end", [Mark.DONE, {"done": True}, answering("finished"), None])
@pytest.mark.parametrize("status", [*BREAKS, "response.stopped", "response.failed"])
def test_any_other_status_than_its_own_end_breaks_an_answer_off(status: str, end: object) -> None:
    reader = QwenStream("c")
    broken = {status: {"response_id": "r"}} if status.startswith("response.") else answering(status, "dges")
    events = [*chain.from_iterable(reader.events(frame) for frame in (answering("typing", "Seven bri"), broken))]
    assert text_of(events).startswith("Seven bri")
    assert reader.ended
    list(reader.events(end))
    with pytest.raises(CutOff):
        reader.end()


@pytest.mark.parametrize("status", ["typing", "running", None, "", "streaming", 1])
def test_a_status_that_nobody_knows_neither_ends_nor_breaks_an_answer(status: object) -> None:
    reader = QwenStream("c")
    list(reader.events(answering(status, "Seven bridges.")))
    assert not reader.ended
    with pytest.raises(CutOff):
        reader.end()
    list(reader.events(answering("finished")))
    assert reader.end().head == Head("c", "r")


FAILED_TOOL = {"phase": "web_search", "role": "function", "status": "error", "content": ""}


@pytest.mark.parametrize("why", [{"error": "tool call timeout"}, {"error": {"code": "internal_error"}}, {}])
def test_a_tool_that_fails_does_not_break_the_answer(why: dict[str, object]) -> None:
    reader = QwenStream("c")
    list(reader.events({"choices": [{"delta": FAILED_TOOL | {"extra": why}}], "response_id": "r"}))
    with pytest.raises(Fault):  # where nothing else comes
        reader.end()
    assert text_of([*reader.events(answering("typing", "Without the web: four."))]) == "Without the web: four."
    list(reader.events(answering("finished")))
    assert reader.end().head == Head("c", "r")


def test_the_failure_of_a_tool_says_why_there_is_no_answer() -> None:
    reader = QwenStream("c")
    why = {"error_code": "data_inspection_failed", "details": "x"}
    list(reader.events({"choices": [{"delta": FAILED_TOOL | {"extra": why}}], "response_id": "r"}))
    with pytest.raises(Moderated):
        reader.end()


@pytest.mark.parametrize("more", ["", " \n"])
def test_an_answer_that_only_says_that_a_tool_is_missing_is_a_failure(more: str) -> None:
    reader = QwenStream("c")
    for frame in (
        answering("typing", "Tool web_sea"),
        answering("typing", f"rch does not exists.{more}"),
        answering("finished"),
    ):
        list(reader.events(frame))
    with pytest.raises(Fault):
        reader.end()
    reader = QwenStream("c")
    for frame in (answering("typing", "Tool web_search does not exists. So I answer without."), answering("finished")):
        list(reader.events(frame))
    assert reader.end()


FRAMES = RECORDED.split(b"\n\n")
GARBLED = b'data: {"choices": [{"delta"\n\n'


@given(st.integers(0, len(FRAMES) - 1), st.sampled_from([GARBLED, b"data: nonsense\n\n", b'ta: {"choices": []}\n\n']))
def test_a_frame_that_cannot_be_read_in_the_middle_of_an_answer_is_noticed(at: int, garbled: bytes) -> None:
    whole = [frame + b"\n\n" for frame in FRAMES[:-1]]
    reader = QwenStream("c")
    sent = b"".join([*whole[:at], garbled, *whole[at:]])
    events = [*chain.from_iterable(reader.events(frame) for frame in frames_of(sent))]
    assert events == WHOLE[:-1]
    assert reader.damaged == (0 < at < len(whole))


@pytest.mark.parametrize(
    "harmless", [b"data:\n\n", b"data: null\n\n", b"data: []\n\n", b": comment\n\n", b"event: ping\n\n"]
)
def test_what_says_nothing_is_no_damage(harmless: bytes) -> None:
    reader = QwenStream("c")
    sent = RECORDED.replace(b"\n\n", b"\n\n" + harmless)
    assert [*chain.from_iterable(reader.events(frame) for frame in frames_of(sent))] == WHOLE[:-1]
    assert not reader.damaged
