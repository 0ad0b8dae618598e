"""Every way in which Qwen says no, over real sockets: named by what happens next, whatever its shape and status."""

import gzip
import json
import zlib

import brotli
import orjson
import pytest
from aiohttp import web

from adapters.sandbox.qwen import FAULTS, StandIn
from bridge import errors
from bridge.backends.http import sse
from bridge.backends.qwen import QwenClient, client, failures, session
from bridge.backends.qwen.stream import QwenStream
from bridge.errors import QwenError
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

BAXIA = {
    "ret": ["FAIL_SYS_USER_VALIDATE", "RGV587_ERROR::SM::哎哟喂,被挤爆啦,请稍后重试"],
    "data": {
        "url": "https://chat.qwen.ai:443//api/v2/chat/completions/_____tmd_____/punish?x5secdata=SECRET&x5step=2"
        "&action=captcha&pureCaptcha="
    },
}
WAF = '<!doctypehtml><html><meta name="aliyun_waf_aa" content="x"></html>'
SLIDER = '<html><body><div id="nocaptcha"></div><script>location="/punish?x5secdata=SECRET"</script></body></html>'
LIMIT = "You've reached the upper limit for today's usage."
GUEST_LIMIT = "You've reached the guest chat limit for today's usage. Log in to continue."
WAIT = "You have reached the daily usage limit. Please wait {{num}} hours before trying again."
BUSY = "目前服务访问量较大，请稍后再试。"
IMAGES = "今日生图额度已用完，登录后可继续生图。"
UNSAFE = "内容安全警告：输入文本数据可能包含不当内容！"
NO_PARENT = "Invalid input chat parent_id 00000000-0000-4000-8000-000000000000 is not exist."
NO_CHAT = "Invalid input the chat 00000000-0000-4000-8000-000000000000 is not exist"
FIELD = "Field 'query -> chat_id': Field required"


def failed(error: object) -> dict[str, object]:
    return {"success": False, "request_id": "r", "error": error}


FAILURES: list[tuple[object, type[QwenError], int]] = [
    # Envelopes: code and details, what happens next, and a real HTTP status that may come with them.
    (envelope("RateLimited", LIMIT, template=WAIT, num=4), errors.QuotaSpent, 429),
    (envelope("RateLimited", GUEST_LIMIT), errors.QuotaSpent, 429),
    (envelope("RateLimited", "今日使用次数已达上限。"), errors.QuotaSpent, 429),
    (envelope("RateLimited", "Something in another language.", template=WAIT), errors.QuotaSpent, 429),
    (envelope("RateLimited", IMAGES, num=24), errors.QuotaSpent, 429),
    (envelope("RateLimited", BUSY), errors.Busy, 429),
    (envelope("RateLimited"), errors.Busy, 429),
    (envelope("ParallelLimited"), errors.Busy, 429),
    (envelope("quotaLimited"), errors.QuotaSpent, 429),
    (envelope("quota_limit"), errors.QuotaSpent, 429),
    (envelope("Too_Many_Requests"), errors.Busy, 429),
    (envelope("Bad_Request", "The chat is in progress!"), errors.InProgress, 400),
    (envelope("Bad_Request", NO_PARENT), errors.ChatGone, 400),
    (envelope("Bad_Request", NO_CHAT), errors.ChatGone, 400),
    (envelope("CHAT_NOT_FOUND", "Chat not found"), errors.ChatGone, 404),
    (envelope("Not_Found"), errors.ChatGone, 404),
    (envelope("Bad_Request", "first message must not assistant message"), errors.ChatGone, 400),
    (envelope("Bad_Request", "Invalid input too many messages."), errors.NotUnderstood, 400),
    (envelope("Bad_Request", "Internal error"), errors.Stale, 400),
    (envelope("Bad_Request", "Internal error, please try again later."), errors.Stale, 500),
    (envelope("Bad_Request"), errors.Stale, 400),
    (envelope("Bad_Request", FIELD), errors.NotUnderstood, 422),
    (envelope("Bad_Request", [FIELD]), errors.NotUnderstood, 422),
    (envelope("Bad_Request", "Field 'chat_id': Field required"), errors.NotUnderstood, 400),
    (envelope("Bad_Request", "Invalid file information!"), errors.Fault, 400),
    (envelope("RequestValidationError", f'["{FIELD}"]'), errors.NotUnderstood, 422),
    (envelope("Unauthorized", "401 Unauthorized"), errors.SignedOut, 401),
    (envelope("Unauthorized", "Token has expired"), errors.SignedOut, 401),
    (envelope("Not_Found", "Model not found"), errors.ModelUnknown, 404),
    (envelope("Forbidden"), errors.Flagged, 403),
    (envelope("internal_error", "Internal Error"), errors.Fault, 500),
    (envelope("Internal_Server_Error"), errors.Fault, 500),
    (envelope("invalid_input", "输入或附件无效。请检查后重试。"), errors.Fault, 400),
    (envelope("data_inspection_failed", UNSAFE), errors.Moderated, 400),
    (envelope("ContextLengthExceeded"), errors.TooLong, 400),
    (envelope("TokenLimit"), errors.TooLong, 413),
    (envelope("Something_New", "nobody knows"), errors.Fault, 400),
    (envelope("Bad_Request", "upstream says RGV587_ERROR::SM"), errors.HumanCheck, 400),
    # The same in other shapes.
    ({"code": "RateLimited", "detail": LIMIT, "num": 4}, errors.QuotaSpent, 429),
    ({"code": "unauthorized", "detail": "x"}, errors.SignedOut, 401),
    ({"code": "internal_error", "details": "Internal Error"}, errors.Fault, 500),
    ({"code": 401, "message": "Please sign in."}, errors.SignedOut, 401),
    ({"detail": "The chat is in progress!"}, errors.InProgress, 400),
    (failed({"code": "Unauthorized", "details": "Token has expired"}), errors.SignedOut, 401),
    (failed("Internal error!"), errors.Fault, 500),
    (failed("Unauthorized"), errors.SignedOut, 401),
    ({"error": "Internal error!"}, errors.Fault, 500),
    ({"error": {"message": NO_PARENT}}, errors.ChatGone, 400),
    ({"error": {"code": "quota_limit", "detail": "spent"}}, errors.QuotaSpent, 429),
    ({"error": {"code": "quota_limit", "details": LIMIT}}, errors.QuotaSpent, 429),
    ({"error": {"code": "unauthorized"}}, errors.SignedOut, 401),
    (
        {
            "error": {"code": "data_inspection_failed", "modality": ["text"], "stage": "input", "details": UNSAFE},
            "response_id": "r",
            "response_index": 0,
        },
        errors.Moderated,
        400,
    ),
    ({"success": True, "request_id": "r", "data": {"code": "Unauthorized"}}, errors.SignedOut, 401),
    ({"success": True, "data": {"code": "Bad_Request", "details": "Internal error"}}, errors.Stale, 400),
    ({"success": False, "data": "Token has expired"}, errors.SignedOut, 401),
    ({"success": False}, errors.Fault, 400),
    # What stands before Qwen, and what is no answer of Qwen's at all.
    (BAXIA, errors.HumanCheck, 403),
    ({"rgv587_flag": "sm", "url": "https://chat.qwen.ai/punish?x5secdata=SECRET"}, errors.HumanCheck, 403),
    (WAF, errors.HumanCheck, 405),
    (SLIDER, errors.HumanCheck, 503),
    ("<html>a proxy's own page</html>", errors.NotUnderstood, 404),
    ("", errors.Empty, 400),
    ([], errors.NotUnderstood, 400),
]


@pytest.fixture(autouse=True)
def impatient_with_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat that is in progress is asked again once, and then given up."""
    monkeypatch.setattr(client, "IN_PROGRESS_WAITS", (0.001,))
    monkeypatch.setattr(client, "IN_PROGRESS_SECONDS", 0.005)


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


@pytest.mark.parametrize("body", [{"success": True, "data": {"code": None, "id": "chat"}}, {"choices": [], "code": 0}])
def test_an_empty_code_is_no_failure(body: dict[str, object]) -> None:
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
    ],
)
async def test_questions_are_asked_again_only_as_often_as_it_may_help(failure: object, tries: int) -> None:
    async with answering_in_turn(failure) as (url, asked), QwenClient(url, GUEST) as qwen:
        with pytest.raises(QwenError):
            await ask(qwen, "hello")
    assert len(asked) == tries


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
    """Whether they are cut off anywhere, or nothing of the kind."""
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


BORNE = {"late", "idle", "invalid_json_line", "odd_frames", "keep_alives", "html_type"}
SLOW = {"hang", "stall", "silence"}
NAMED: dict[type[QwenError], set[str]] = {
    errors.QuotaSpent: {
        *("quota", "quota_bare", "quota_frame", "quota_limited", "guest_limit", "image_limit", "error_object_frame"),
    },
    errors.Busy: {"busy", "parallel", "too_many", "http_429", "http_500", "http_502", "http_503"},
    errors.ChatGone: {
        "in_progress",
        "http_400",
        "chat_gone",
        "chat_not_found",
        "not_found",
        "parent_gone",
        "broken_chain",
    },
    errors.SignedOut: {"unauthorized", "expired", "unauthorized_frame", "http_401"},
    errors.Flagged: {"forbidden", "http_403"},
    errors.Stale: {"stale", "false_success"},
    errors.ModelUnknown: {"model_not_found"},
    errors.NotUnderstood: {"invalid_request", "details_list", "not_json"},
    errors.Fault: {
        *("invalid_input", "invalid_file", "internal_error", "server_error", "error_object", "error_string"),
        *("error_string_frame", "internal_error_frame", "delta_error", "delta_error_text"),
    },
    errors.Moderated: {"moderation", "moderation_frame"},
    errors.TooLong: {"too_long", "token_limit"},
    errors.HumanCheck: {
        *("human_check", "human_check_flag", "human_check_frame", "human_check_body", "human_check_late", "waf_html"),
    },
    errors.Empty: {
        "drop",
        "parse_failed",
        "empty_body",
        "zero_bytes",
        "created_only",
        "done_only",
        "finished_only",
        "reasoning_only",
    },
    errors.CutOff: {"disconnect", "unfinished"},
    errors.Stalled: SLOW,
}


EXPECTED = {name: kind for kind, names in NAMED.items() for name in names}


@pytest.mark.parametrize("name", FAULTS)
async def test_every_fault_of_the_stand_in_is_named_or_borne(
    standin: StandIn, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.1)
    standin.fault(name, times=None, seconds=0.01)
    async with QwenClient(standin.url, GUEST) as qwen:
        if name in BORNE:
            assert (await ask(qwen, "echo " + "x" * 40))[0] == "x" * 40
            return
        with pytest.raises(QwenError) as raised:
            await ask(qwen, "echo " + "x" * 40)
    assert type(raised.value) is EXPECTED[name]
    said = capsys.readouterr()
    assert "stand-in-secret" not in said.out + said.err + repr(raised.value), "the address of a human check"
