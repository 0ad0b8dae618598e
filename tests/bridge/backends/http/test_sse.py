"""The reader of server-sent events: bytes however they are cut."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.backends.http.sse import MAX_EVENT_BYTES, Decoder, Frame, Mark, Overflow, Whole, frames, parsed
from bridge.backends.qwen.stream import QwenStream


def decoded(*chunks: bytes) -> list[str]:
    decoder = Decoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + list(decoder.end())


def framed(events: list[str], newline: str) -> bytes:
    """Events as a server writes them, several lines of data each where they hold line feeds."""
    lines = [f"data: {line}" for event in events for line in [*event.split("\n"), "\0"]]
    return newline.join("" if line == "data: \0" else line for line in [*lines, ""]).encode()


def read(*chunks: bytes) -> list[Frame]:
    async def received() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def all_of() -> list[Frame]:
        return [frame async for frame in frames(received(), QwenStream(""))]

    return asyncio.run(all_of())


def cut(stream: bytes, data: st.DataObject) -> list[bytes]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    return [stream[start:end] for start, end in itertools.pairwise([0, *cuts, len(stream)])]


text = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30)
event = st.lists(text, min_size=1, max_size=3).map("\n".join)


@given(st.lists(event, max_size=6), st.sampled_from(["\n", "\r\n", "\r"]), st.data())
def test_events_are_the_same_wherever_the_bytes_are_cut(events: list[str], newline: str, data: st.DataObject) -> None:
    stream = framed(events, newline)
    assert decoded(*cut(stream, data)) == events


@given(st.lists(event, max_size=4), st.sampled_from(["\n", "\r\n", "\r"]))
def test_events_are_the_same_byte_by_byte(events: list[str], newline: str) -> None:
    stream = framed(events, newline)
    assert decoded(*(stream[at : at + 1] for at in range(len(stream)))) == events


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(garbage: bytes) -> None:
    decoded(garbage)
    decoded(b"data: ", garbage, b"\n\n")


def test_qwens_own_frames() -> None:
    stream = 'data: {"response.created":{"response_id":"é"}} \n\ndata:{"a":1}\n\n: comment\nid: 1\n\n'.encode()
    assert decoded(stream) == ['{"response.created":{"response_id":"é"}} ', '{"a":1}']


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
def test_a_json_object_without_a_frame_counts(end: bytes) -> None:
    assert decoded(b'data: {"a":1}\n\n{"ret":["FAIL_SYS_USER_VALIDATE"]}' + end) == [
        '{"a":1}',
        '{"ret":["FAIL_SYS_USER_VALIDATE"]}',
    ]


def test_a_last_event_without_its_blank_line_counts() -> None:
    assert decoded(b"data: [DONE]") == ["[DONE]"]


def test_an_event_without_end_is_given_up() -> None:
    decoder = Decoder()
    for _ in range(MAX_EVENT_BYTES // 1000):
        list(decoder.feed(b"x" * 1000))
    with pytest.raises(Overflow):
        list(decoder.feed(b"x" * 1000))


def test_large_events_in_small_chunks_cost_little() -> None:
    """Linear: the searched part is not searched again (a quadratic decoder needs minutes here)."""
    event = b"data: " + b"x" * 900_000 + b"\n\n"
    assert len(decoded(*(event[at : at + 9] for at in range(0, len(event), 9)))[0]) == 900_000


LINES = st.sampled_from(
    [b"data: {}", b'data:{"a":1}', b"data: [DONE]", b": comment", b"event: error", b"id: 1", b"", b"", b"da", b"\xff",
     b'data: {"b"', b"data:", b"data", b'{"c":1}', b"<p>", b"\xef\xbb\xbfdata: 1", b"  "]
)  # fmt: skip


@given(st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])), max_size=12), st.data())
def test_any_cutting_of_any_lines_gives_the_same_frames(lines: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    stream = b"".join(line + end for line, end in lines)
    assert read(*cut(stream, data)) == read(stream)


@given(st.binary(max_size=60), st.data())
def test_any_cutting_of_any_bytes_gives_the_same_frames(stream: bytes, data: st.DataObject) -> None:
    assert read(*cut(stream, data)) == read(stream)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b": hello\n\n", b"\r\n\r\n", b"id: 1\nretry: 2\nevent: x\n"])
def test_a_stream_is_known_by_its_first_bytes(before: bytes, end: bytes) -> None:
    stream = before + b'data: {"a":1}' + end + end + b"data: [DONE]" + end + end
    assert read(stream) == [{"a": 1}, Mark.DONE]


@pytest.mark.parametrize("body", [b'{"a": 1}', b"[1]", b"<html>", b'{"a"'])
def test_what_is_no_stream_comes_whole(body: bytes) -> None:
    assert read(b"\xef\xbb\xbf\n ", body[:2], body[2:]) == [Whole(body)]


def test_what_an_event_says_of_an_error_stands_under_error() -> None:
    assert read(b'event: error\ndata: {"code":"x"}\n\ndata: {"code":"y"}\n\n') == [
        {"error": {"code": "x"}},
        {"code": "y"},
    ]
    assert read(b'event: error\ndata: {"error":"x"}\n\n') == [{"error": "x"}]
    assert read(b"event: error\ndata: overloaded\n\n") == [{"error": "overloaded"}]


@pytest.mark.parametrize(
    "garbled", [b'data: {"b":\n\n', b'dat: {"b":2}\n\n', b"\x00\x01\n", b'data: {"b":2\ndata: "c"]\n\n']
)
def test_what_cannot_be_read_is_not_passed_over(garbled: bytes) -> None:
    assert read(b'data: {"a":1}\n\n' + garbled + b'data: {"c":3}\n\n') == [{"a": 1}, Mark.UNREADABLE, {"c": 3}]


def test_events_without_a_blank_line_between_are_told_apart() -> None:
    assert read(b'data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n') == [{"a": 1}, {"b": 2}, Mark.DONE]


@pytest.mark.parametrize("data", ["", " ", "null", "3", '"ping"', "[]"])
def test_what_holds_no_object_says_nothing(data: str) -> None:
    assert parsed(data) == []
