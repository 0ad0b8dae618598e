"""Every way in which Qwen says no, over real sockets: named by what happens next, whatever its shape and status."""

import gzip
import json
import time
import zlib

import brotli
import orjson
import pytest
from aiohttp import web

from bridge import errors
from bridge.backends.http import sse
from bridge.backends.qwen import QwenClient, failures
from bridge.backends.qwen.stream import QwenStream
from bridge.errors import QwenError
from tests.bridge.backends.qwen.failure_samples import BAXIA, FAILURES, GUEST_LIMIT, IMAGES, LIMIT, WAF
from tests.bridge.backends.servers import (
    CREATED,
    HALF,
    THOUGHT,
    WHOLE,
    answering,
    answering_in_turn,
    ask,
    envelope,
    frame,
    response_of,
    saying,
    serving,
)
from tests.conftest import GUEST

pytestmark = pytest.mark.usefixtures("impatient_with_chats")


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(("body", "expected", "status"), FAILURES)
async def test_every_answer_that_is_none_is_named(
    body: object, expected: type[QwenError], status: int, real: bool
) -> None:
    """For the list of models and for an answer, with the status that Qwen mostly sends and with a real one."""
    status = status if real else 200
    async with saying(body, status) as url, QwenClient(url, GUEST, wanted="m") as qwen:
        with pytest.raises(QwenError) as models:
            await qwen.models()
    async with answering(body, status) as url, QwenClient(url, GUEST) as qwen:
        with pytest.raises(QwenError) as answer:
            await ask(qwen, "hello")
    assert type(models.value) is expected
    # A chat that stays in progress is given up.
    assert type(answer.value) is (errors.ChatGone if expected is errors.InProgress else expected)
    for raised in (models, answer):
        assert "SECRET" not in str(raised.value) + raised.value.remedy


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        (envelope("RateLimited", LIMIT, num=4), 4),
        (envelope("RateLimited", LIMIT, num="6"), 6),
        (envelope("RateLimited", LIMIT, num=9.5), 10),
        (envelope("RateLimited", GUEST_LIMIT), None),
        (envelope("RateLimited", LIMIT, num=0), None),
        (envelope("RateLimited", LIMIT, num=True), None),
        (envelope("RateLimited", LIMIT, num="soon"), None),
        (envelope("RateLimited", LIMIT, num=10**9), None),
        (envelope("RateLimited", IMAGES, num=24), None),  # of pictures only: text is still answered
        (envelope("quotaLimited", "", num=10), 10),
        ({"code": "RateLimited", "detail": LIMIT, "num": 4}, 4),
    ],
)
def test_the_hours_of_a_quota(said: dict[str, object], hours: int | None) -> None:
    failure = failures.in_frame(said)
    assert isinstance(failure, errors.QuotaSpent)
    assert failure.hours == hours
    assert (f"in about {hours} hours" if hours else "later") in failure.sentence


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "data": {"code": None, "id": "chat"}},
        {"choices": [], "code": 0},
        {"code": 0, "data": {"id": "chat"}},
        {"code": "200", "data": {"code": "Success", "id": "chat"}},
        {"success": True, "data": {"errorCode": "", "error_code": 0, "url": "https://example.org/picture.png"}},
    ],
)
def test_a_code_that_says_success_is_no_failure(body: dict[str, object]) -> None:
    assert failures.in_frame(body) is None


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize(("body", "expected"), [row[:2] for row in FAILURES if isinstance(row[0], dict)])
def test_every_failure_is_named_inside_a_stream_too(body: object, expected: type[QwenError], framed: bool) -> None:
    """Also where it has no frame around it."""
    decoder, reader = sse.Decoder(), QwenStream("chat")
    bare = orjson.dumps(body)
    stream = CREATED.encode() + (b"data: " + bare + b"\n\n" if framed else bare)

    def read() -> None:
        for data in [*decoder.feed(stream), *decoder.end()]:
            list(reader.events(orjson.loads(data)))

    with pytest.raises(QwenError) as raised:
        read()
    assert type(raised.value) is expected


def erring(**more: object) -> str:
    return frame({"choices": [{"delta": {"role": "assistant", "phase": "answer", "status": "error", **more}}]})


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (CREATED, errors.Empty),
        ("data: [DONE]\n\n", errors.Empty),
        (THOUGHT, errors.Empty),
        (
            CREATED + 'data: {"choices":[{"delta":{"content":"","phase":"answer","status":"finished"}}]}\n\n',
            errors.Empty,
        ),
        (": only a comment\n\n", errors.Empty),
        (HALF, errors.CutOff),
        (HALF + erring(extra={"error": "x"}), errors.Fault),
        (HALF + erring(extra={"error": {"code": "quota_limit", "details": LIMIT}}), errors.QuotaSpent),
        (HALF + erring(extra={"error": "data_inspection_failed"}), errors.Moderated),
        (HALF + erring(content="Token has expired"), errors.SignedOut),
        (HALF + erring(content="Internal error!"), errors.Fault),
        (HALF + erring(), errors.Fault),
        (json.dumps(BAXIA), errors.HumanCheck),
        (CREATED + json.dumps(BAXIA), errors.HumanCheck),
        (CREATED + "data: " + json.dumps(BAXIA) + "\n\n", errors.HumanCheck),
        ("data: {garbled\n\n" + HALF, errors.CutOff),
    ],
)
async def test_streams_that_are_no_whole_answer(stream: str, expected: type[QwenError]) -> None:
    async with answering(stream) as url, QwenClient(url, GUEST) as qwen:
        with pytest.raises(expected):
            await ask(qwen, "hello")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, errors.SignedOut),
        (403, errors.Flagged),
        (302, errors.NotUnderstood),
        (413, errors.TooLong),
        (429, errors.Busy),
        (500, errors.Busy),
        (502, errors.Busy),
        (503, errors.Busy),
    ],
)
async def test_a_status_counts_where_the_body_says_nothing(status: int, expected: type[QwenError]) -> None:
    bodies: tuple[object, ...] = ("<html>nginx</html>", "", {})
    for body in bodies:
        async with answering(body, status) as url, QwenClient(url, GUEST) as qwen:
            with pytest.raises(expected):
                await ask(qwen, "hello")


@pytest.mark.parametrize("body", ["", "<html></html>", envelope("Something_New"), {}])
async def test_the_status_that_qwen_names_in_a_header_counts_likewise(body: object) -> None:
    async def complete(_: web.Request) -> web.StreamResponse:
        response = response_of(body)
        response.headers["x-actual-status-code"] = "401"
        return response

    async with serving(complete) as url, QwenClient(url, GUEST) as qwen:
        with pytest.raises(errors.SignedOut):
            await ask(qwen, "hello")


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (envelope("ParallelLimited"), 3),
        (envelope("internal_error"), 2),
        (CREATED, 2),
        (envelope("RateLimited", "limit", num=4), 1),
        (envelope("Unauthorized"), 1),
        (envelope("data_inspection_failed"), 1),
        (BAXIA, 1),
        (WAF, 1),
        (envelope("FAIL_SYS_USER_VALIDATE"), 1),
        (envelope("Forbidden", url="https://chat.qwen.ai/_____tmd_____/punish?x5secdata=SECRET"), 1),
        (CREATED + frame({"error": {"error_code": "data_inspection_failed"}, "response_id": "r"}), 1),
    ],
)
async def test_questions_are_asked_again_only_as_often_as_it_may_help(failure: object, tries: int) -> None:
    async with answering_in_turn(failure) as (url, asked), QwenClient(url, GUEST) as qwen:
        with pytest.raises(QwenError):
            await ask(qwen, "hello")
    assert len(asked) == tries


@pytest.mark.parametrize(
    "body", ["<html>nginx</html>", envelope("Too_Many_Requests"), CREATED + frame({"error": {"code": 503}})]
)
async def test_qwen_is_asked_again_when_it_says(body: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.backends.http.retries.FIRST_SECONDS", 0.0)
    asked: list[float] = []

    async def complete(_: web.Request) -> web.StreamResponse:
        asked.append(time.monotonic())
        if len(asked) > 1:
            return response_of(WHOLE)
        response = response_of(body, 503 if body == "<html>nginx</html>" else 200)
        response.headers["Retry-After"] = "0.3"
        return response

    async with serving(complete) as url, QwenClient(url, GUEST) as qwen:
        assert (await ask(qwen, "hello"))[0] == "half"
    assert asked[1] - asked[0] >= 0.3


async def test_a_passing_fault_is_not_seen() -> None:
    async with (
        answering_in_turn(envelope("ParallelLimited"), envelope("RateLimited"), WHOLE) as (url, asked),
        QwenClient(url, GUEST) as qwen,
    ):
        assert (await ask(qwen, "hello"))[0] == "half"
    assert len(asked) == 3


async def test_nothing_is_asked_again_once_text_was_seen() -> None:
    async with answering_in_turn(HALF, WHOLE) as (url, asked), QwenClient(url, GUEST) as qwen:
        with pytest.raises(errors.CutOff):
            await ask(qwen, "hello")
    assert len(asked) == 1


async def test_after_a_human_check_nothing_is_asked_at_all() -> None:
    async with answering_in_turn(BAXIA) as (url, asked), QwenClient(url, GUEST) as qwen:
        for _ in range(3):
            with pytest.raises(errors.HumanCheck):
                await ask(qwen, "hello")
    assert len(asked) == 1


PACKERS = {"br": brotli.compress, "gzip": gzip.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("coding", PACKERS)
async def test_bytes_that_cannot_be_unpacked_are_a_named_end(coding: str) -> None:
    """Wherever the bytes end or break, the answer is whole, or ends with a named error."""
    packed = PACKERS[coding](WHOLE.encode())
    bodies = [packed, b"no such thing at all", WHOLE.encode(), *(packed[:end] for end in range(0, len(packed), 9))]
    now = iter(bodies)
    headers = {"Content-Encoding": coding, "Content-Type": "text/event-stream"}

    async def complete(_: web.Request) -> web.StreamResponse:
        return web.Response(body=next(now, packed), headers=headers)

    async with serving(complete) as url, QwenClient(url, GUEST) as qwen:
        assert (await ask(qwen, "hello"))[0] == "half"
        for _ in bodies[1:]:
            try:
                assert (await ask(qwen, "hello"))[0] == "half"
            except (errors.Empty, errors.CutOff, errors.NotUnderstood):
                continue
