"""Every fault of the stand-in for Qwen: named by what happens next, or borne."""

from typing import Any

import pytest
from aiohttp import web

from adapters.sandbox.qwen import FAULTS, PIECE, ApiStandIn, StandIn
from bridge import errors
from bridge.answer_events import Finished
from bridge.backends.qwen import Credentials, QwenClient, session
from bridge.errors import QwenError
from bridge.i18n import sentences
from bridge.store import Store
from tests.bridge.backends.harness import harness_of
from tests.bridge.backends.qwen.test_client import ACCOUNT
from tests.bridge.backends.servers import CREATED, answering, ask, frame, response_of, serving, text_of
from tests.conftest import GUEST

pytestmark = pytest.mark.usefixtures("impatient_with_chats")

DAMAGED = "invalid_json_line"
BORNE = {DAMAGED, "two_answers", "search_failed", "late", "idle", "odd_frames", "keep_alives", "html_type"}
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
    errors.SignedOut: {"unauthorized", "expired", "unauthorized_frame", "http_401", "number_code"},
    errors.Flagged: {"forbidden", "http_403"},
    errors.Stale: {"stale", "false_success"},
    errors.ModelUnknown: {"model_not_found"},
    errors.NotUnderstood: {"invalid_request", "details_list", "not_json"},
    errors.Fault: {
        *("invalid_input", "invalid_file", "internal_error", "server_error", "error_object", "error_string"),
        *("error_string_frame", "internal_error_frame", "delta_error", "delta_error_text", "tool_missing"),
    },
    errors.Moderated: {"moderation", "moderation_frame", "moderation_error_code"},
    errors.TooLong: {"too_long", "token_limit"},
    errors.HumanCheck: {
        *("human_check", "human_check_flag", "human_check_frame", "human_check_body", "human_check_late", "waf_html"),
        *("human_check_code", "human_check_url"),
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
        "aborted",
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
            events = [event async for event in qwen.ask("echo " + "x" * 40, None)]
            assert text_of(events) == "x" * 40
            assert isinstance(events[-1], Finished)
            assert events[-1].damaged == (name == DAMAGED)
            return
        with pytest.raises(QwenError) as raised:
            await ask(qwen, "echo " + "x" * 40)
    assert type(raised.value) is EXPECTED[name]
    said = capsys.readouterr()
    assert "stand-in-secret" not in said.out + said.err + repr(raised.value), "the address of a human check"


async def test_an_answer_that_qwen_aborts_in_its_middle_is_cut_off(standin: StandIn) -> None:
    standin.fault("aborted", pieces=2)
    said = ""

    async def listen(qwen: QwenClient) -> None:
        nonlocal said
        async for event in qwen.ask("echo " + "x" * 80, None):
            said += text_of([event])

    async with QwenClient(standin.url, GUEST) as qwen:
        with pytest.raises(errors.CutOff):
            await listen(qwen)
    assert said == "x" * 2 * PIECE


async def test_a_frame_that_cannot_be_read_is_said_below_and_nobody_goes_on_from_it(
    standin: StandIn, store: Store
) -> None:
    standin.fault(DAMAGED, pieces=1)
    async with QwenClient(standin.url, GUEST) as qwen, harness_of(store, qwen, ApiStandIn(), standin) as room:
        await room.ask("echo Seven bridges over the Pregel")
        await room.hears(sentences.DAMAGED)
        assert room.reply.now()[-1] == f"Seven bridges over the Pregel\n\n⚠️ {sentences.DAMAGED}"
        await room.ask("and then?")
        await room.hears("no earlier turns")


async def test_what_an_account_s_chat_confirms_is_whole(standin: StandIn, store: Store) -> None:
    standin.fault(DAMAGED, pieces=1)
    async with QwenClient(standin.url, ACCOUNT) as qwen, harness_of(store, qwen, ApiStandIn(), standin) as room:
        await room.ask("echo Seven bridges over the Pregel")
        await room.hears("Seven bridges over the Pregel")
        assert sentences.DAMAGED not in room.reply.now()[-1]
        await room.ask("and then?")
        await room.hears("my last answer began “Seven bridges over")


SAID = ["You should ", "never ", "take both pills together."]

HOLES = [
    'data: {"choices":[{"delta":{"content":"nev\n\n',
    'data: {"choices":[{"delta":{"content":["never "],"phase":"answer","status":"typing"}}]}\n\n',
    'data: {"choices":[{"delta":["never "]}]}\n\n',
    'data: {"choices":{"delta":"never "}, "x": "\\ud83d"}\n\n',
]


def said_with(hole: str) -> str:
    """An answer in whose middle this stands."""
    first, _, last = (
        frame({"choices": [{"delta": {"content": text, "phase": "answer", "status": "typing"}}]}) for text in SAID
    )
    end = frame({"choices": [{"delta": {"content": "", "phase": "answer", "status": "finished"}}]})
    return f"{CREATED}{first}{hole}{last}{end}"


@pytest.mark.parametrize("hole", HOLES)
@pytest.mark.parametrize("login", [GUEST, ACCOUNT])
async def test_a_hole_is_never_taken_for_a_whole_answer(store: Store, login: Credentials, hole: str) -> None:
    kept = {"id": "r", "content": "".join(SAID), "done": True}
    detail = {"success": True, "data": {"id": "chat", "chat": {"history": {"messages": {"r": kept}}}}}
    asked: list[Any] = []

    async def complete(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return response_of(said_with(hole))

    async with (
        serving(complete, detail) as url,
        QwenClient(url, login) as qwen,
        harness_of(store, qwen, ApiStandIn()) as room,
    ):
        await room.ask("may I take both?")
        await room.hears(sentences.DAMAGED)
        await room.ask("and then?")
        await room.hears(sentences.DAMAGED)
    assert [body["parent_id"] for body in asked] == [None, None]


async def test_half_a_surrogate_pair_is_shown_as_a_mark_and_said_below(store: Store) -> None:
    hole = 'data: {"choices":[{"delta":{"content":"\\ud83d ","phase":"answer","status":"typing"}}]}\n\n'
    async with (
        answering(said_with(hole)) as url,
        QwenClient(url, GUEST) as qwen,
        harness_of(store, qwen, ApiStandIn()) as room,
    ):
        await room.ask("may I take both?")
        await room.hears(sentences.DAMAGED)
        assert room.reply.now()[-1].startswith("You should � take both")
