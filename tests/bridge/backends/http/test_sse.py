"""The decoder of server-sent events: bytes however they are cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.backends.http.sse import MAX_EVENT_BYTES, Decoder, Overflow


def decoded(*chunks: bytes) -> list[str]:
    decoder = Decoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + list(decoder.end())


def framed(events: list[str], newline: str) -> bytes:
    """Events as a server writes them, several lines of data each where they hold line feeds."""
    lines = [f"data: {line}" for event in events for line in [*event.split("\n"), "\0"]]
    return newline.join("" if line == "data: \0" else line for line in [*lines, ""]).encode()


text = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30)
event = st.lists(text, min_size=1, max_size=3).map("\n".join)


@given(st.lists(event, max_size=6), st.sampled_from(["\n", "\r\n"]), st.data())
def test_events_are_the_same_wherever_the_bytes_are_cut(events: list[str], newline: str, data: st.DataObject) -> None:
    stream = framed(events, newline)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    bounds = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(bounds)]
    assert decoded(*chunks) == events


@given(st.lists(event, max_size=4), st.sampled_from(["\n", "\r\n"]))
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
