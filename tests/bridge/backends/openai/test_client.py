"""The client of an API over real sockets: what a refusal means, how a server is spoken to, how much it takes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.qwen import FAULTS, ApiStandIn, StandIn, api
from adapters.sandbox.qwen.fault_kinds import StreamFault
from bridge import errors
from bridge.backends.base import Backend
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import QwenClient
from bridge.controls import Invocation
from bridge.core.bridge import Bridge
from bridge.errors import (
    AskLater,
    ModelUnknown,
    OperatorNeeded,
    QwenError,
    Refused,
    TooLong,
    Unreachable,
)
from bridge.i18n import sentences
from bridge.model import Event, Options, Thought
from bridge.store import Store
from tests.bridge.backends.servers import text_of
from tests.bridge.backends.test_fallback import ANN, KEY, Room
from tests.bridge.core.test_bridge import FaultyAdapter
from tests.conftest import GUEST
from tests.waiting import eventually

KIND = (Refused, AskLater, OperatorNeeded, ModelUnknown)
"""What may happen next."""

REFUSED = {
    "quota": "Busy",
    "busy": "Busy",
    "burst": "Busy",
    "too_many": "Busy",
    "unauthorized": "KeyRefused",
    "forbidden": "KeyRefused",
    "no_funds": "NoFunds",
    "model_not_found": "ModelUnknown",
    "model_not_pulled": "ModelUnknown",
    "moderation": "Moderated",
    "too_long": "TooLong",
    "too_long_vllm": "TooLong",
    "token_limit": "TooLong",
    "invalid_parameter": "Refused",
    "internal_error": "Fault",
    "server_error": "Fault",
    "loading": "Busy",
    "error_string": "Fault",
    "details_list": "ApiMisled",
    "wrong_path": "ApiMisled",
    "html": "ApiMisled",
    "http_401": "KeyRefused",
    "http_403": "KeyRefused",
    "http_429": "Busy",
    "http_500": "Fault",
    "http_502": "Busy",
    "http_503": "Busy",
    "empty_body": "ApiMisled",
    "not_json": "ApiMisled",
    "hang": "Stalled",
    "drop": "CutOff",
    "moderation_frame": "Moderated",
    "error_object_frame": "Busy",
    "error_string_frame": "Fault",
    "unauthorized_frame": "KeyRefused",
    "internal_error_frame": "Fault",
    "zero_bytes": "CutOff",
    "created_only": "CutOff",
    "done_only": "Empty",
    "reasoning_only": "CutOff",
    "silence": "Stalled",
    "stall": "Stalled",
    "disconnect": "CutOff",
    "unfinished": "CutOff",
}
"""What each fault of the stand-in means; the others are borne."""


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is noticed soon."""
    monkeypatch.setattr("bridge.backends.openai.session.SILENCE_SECONDS", 0.3)
    monkeypatch.setattr("bridge.backends.qwen.session.SILENCE_SECONDS", 0.3)


@pytest.fixture
async def server() -> AsyncIterator[ApiStandIn]:
    async with ApiStandIn(key="right") as standin:
        yield standin


async def events_of(backend: Backend, prompt: str, options: Options | None = None) -> list[Event]:
    return [event async for event in backend.ask(prompt, None, options or Options())]


async def told(backend: Backend, prompt: str, options: Options | None = None) -> str:
    return text_of(await events_of(backend, prompt, options))


# Failures


@pytest.mark.parametrize("fault", list(api.MENU.faults))
async def test_what_the_api_refuses_is_named_by_what_happens_next(server: ApiStandIn, fault: str) -> None:
    server.fault(fault, times=None, seconds=0.05)
    async with OpenAIClient(server.url, "right") as official:
        if fault not in REFUSED:
            assert await told(official, "echo and on and on") == "and on and on"
            return
        with pytest.raises(getattr(errors, REFUSED[fault])) as raised:
            await told(official, "echo and on and on")
        assert type(raised.value).__name__ == REFUSED[fault]
        assert "QWEN_MODEL" not in raised.value.remedy, "that is the web's"
        assert "QWEN_TOKEN" not in raised.value.remedy, "that is the web's"
        server.clear_faults()
        if not isinstance(raised.value, OperatorNeeded):
            assert await told(official, "echo and on") == "and on"


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() & api.MENU.faults.keys()))
async def test_a_fault_that_both_doors_know_has_the_same_consequence(
    server: ApiStandIn, standin: StandIn, fault: str
) -> None:
    async with OpenAIClient(server.url, "right") as official, QwenClient(standin.url, GUEST) as web:
        kinds: list[type[BaseException] | None] = []
        for backend, pretended in ((official, server), (web, standin)):
            pretended.fault(fault, times=None, seconds=0.05)
            try:
                await told(backend, "hello")
            except QwenError as error:
                kinds.append(next((kind for kind in KIND if isinstance(error, kind)), type(error)))
            else:
                kinds.append(None)
    assert kinds[0] is kinds[1]


async def test_a_wrong_key_of_whatever_region_is_named_with_its_remedy(server: ApiStandIn) -> None:
    with capture_logs() as logs:
        async with OpenAIClient(server.url, "of another region") as official:
            for _ in range(2):
                with pytest.raises(errors.KeyRefused, match="let me in"):
                    await told(official, "one")
    assert not server.bodies[1:], "it is not asked again"
    (said,) = [line["event"] for line in logs if line["log_level"] == "error"]
    assert "QWEN_API_KEY" in said
    assert "region" in said


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9/v1", "nobody listens there"),
        ("http://no-such-host.invalid/v1", "no such host is known"),
        ("https://{host}/v1", "it does not speak TLS"),
    ],
)
async def test_a_server_out_of_reach_is_named_with_its_variable_and_why(server: ApiStandIn, url: str, why: str) -> None:
    async with (
        OpenAIClient(url.format(host=server.host)) as official,
        QwenClient(url.format(host=server.host), GUEST) as web,
    ):
        for backend, variable in ((official, "QWEN_API_URL"), (web, "QWEN_URL")):
            with pytest.raises(Unreachable) as raised:
                await told(backend, "one")
            assert raised.value.remedy.startswith(why)
            assert f" {variable} " in raised.value.remedy


async def test_a_server_of_another_kind_is_named_with_its_variable(standin: StandIn) -> None:
    async with OpenAIClient(f"{standin.url}/api", wanted="any") as official:
        with pytest.raises(errors.ApiMisled) as raised:
            await told(official, "one")
        assert "QWEN_API_URL" in raised.value.remedy


async def test_a_list_of_models_that_fails_in_passing_is_asked_for_again(server: ApiStandIn) -> None:
    server.fault("busy", on="models", times=2)
    async with OpenAIClient(server.url, "right") as official:
        assert await told(official, "echo on") == "on"


async def test_a_server_without_a_list_of_models_wants_its_model_named(server: ApiStandIn) -> None:
    server.fault("wrong_path", on="models", times=None)
    async with OpenAIClient(server.url, "right") as official:
        with pytest.raises(errors.ApiMisled) as raised:
            await told(official, "echo on")
        assert "QWEN_API_MODEL" in raised.value.remedy
    async with OpenAIClient(server.url, "right", wanted=api.MODEL) as official:
        assert await told(official, "echo on") == "on"


async def test_a_server_that_lists_nothing_wants_its_model_named(server: ApiStandIn) -> None:
    server.lists = False
    async with OpenAIClient(server.url, "right") as official:
        with pytest.raises(ModelUnknown) as raised:
            await told(official, "echo on")
        assert raised.value.remedy == "the server lists no models: set QWEN_API_MODEL"
    async with OpenAIClient(server.url, "right", wanted=api.MODEL) as official:
        assert await told(official, "echo on") == "on"


async def test_a_key_that_works_again_lets_the_questions_in(
    store: Store, server: ApiStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.openai.client.LOOK_SECONDS", 0.1)
    server.fault("no_funds", times=3)
    async with OpenAIClient(server.url, "right") as official:
        bridge = Bridge(store, official, hold_seconds=60)
        room = Room(bridge, store, official, StandIn(), server)
        await bridge.serve(FaultyAdapter(room.wall))
        await room.ask("echo one")
        await eventually(lambda: room.wall.now() == [sentences.HELD])
        await room.hears("one")
        assert room.wall.now() == ["one"]
        await bridge.stop(1)


# Delivery


@pytest.mark.parametrize("chunk", [1, 3, 50])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("thinks", ["", "field", "tags"])
async def test_answers_are_whole_wherever_the_bytes_are_cut(
    server: ApiStandIn, chunk: int, newline: str, thinks: str
) -> None:
    server.chunk, server.newline, server.thinks = chunk, newline, thinks
    async with OpenAIClient(server.url, "right") as official:
        answer = await told(official, "echo 你好 👨‍👩‍👧 “data: x”\nsecond line", Options(thinking=True))
    assert answer.strip() == "你好 👨‍👩‍👧 “data: x”\nsecond line"


async def test_keep_alive_comments_are_no_part_of_an_answer(server: ApiStandIn) -> None:
    server.first_byte, server.keep_alive = 0.2, 0.02
    async with OpenAIClient(server.url, "right") as official:
        assert await told(official, "echo on") == "on"


async def test_who_is_not_heard_any_more_is_not_written_for(server: ApiStandIn) -> None:
    server.hold_after = 2
    async with OpenAIClient(server.url, "right") as official:
        asking = asyncio.create_task(told(official, "lorem 500"))
        await eventually(lambda: server.held)
        asking.cancel()
        await eventually(lambda: not server.held)


async def test_an_answer_that_is_as_long_as_it_may_be_says_that_it_could_go_on(
    store: Store, server: ApiStandIn
) -> None:
    server.longest = 3
    async with OpenAIClient(server.url, "right") as official:
        bridge = Bridge(store, official)
        room = Room(bridge, store, official, StandIn(), server)
        await bridge.serve(FaultyAdapter(room.wall))
        await room.ask("echo so many words that they find no end")
        await room.hears(sentences.CUT_SHORT)
        assert room.wall.now()[-1].startswith("so many word")
        server.longest = None
        await room.ask("go on")
        await room.hears("I see 1 earlier turn")
        await bridge.stop(1)


# Thinking


@pytest.mark.parametrize("thinks", ["field", "reasoning", "tags"])
async def test_thinking_is_told_apart_wherever_it_stands(server: ApiStandIn, thinks: str) -> None:
    server.thinks = thinks
    async with OpenAIClient(server.url, "right") as official:
        events = await events_of(official, "echo hello", Options(thinking=True))
    assert text_of(events).strip() == "hello"
    assert "Let me think." in "".join(event.text for event in events if isinstance(event, Thought))


async def test_thinking_without_a_beginning_is_learnt_from_the_first_answer(server: ApiStandIn) -> None:
    server.thinks = "tail"
    async with OpenAIClient(server.url, "right") as official:
        await told(official, "echo one", Options(thinking=True))
        assert (await told(official, "echo two", Options(thinking=True))).strip() == "two"
        assert (await told(official, "echo three", Options(thinking=True))).strip() == "three"
        assert (await told(official, "echo four")).strip() == "four"


async def test_a_budget_says_for_how_long_it_may_think(server: ApiStandIn) -> None:
    server.thinks = "field"
    thinking = Options(thinking=True, thinking_budget=2)
    async with OpenAIClient(server.url, "right") as official:
        events = await events_of(official, "echo hello", thinking)
        assert "".join(event.text for event in events if isinstance(event, Thought)) == "Let me t"
        await told(official, "echo hello", Options(thinking_budget=2))
    assert [body.get("thinking_budget") for body in server.bodies] == [2, None], "it has none where it does not think"


async def test_the_web_has_the_same_budget(standin: StandIn) -> None:
    async with QwenClient(standin.url, GUEST) as web:
        await told(web, "hello", Options(thinking=True, thinking_budget=2048))
        await told(web, "hello", Options(thinking_budget=2048))
    asked = [each.body["messages"][0]["feature_config"] for each in standin.requests if "messages" in each.body]
    assert [features.get("thinking_budget") for features in asked] == [2048, None]


# How a server is to be spoken to


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("knows", ["enable_thinking", "chat_template_kwargs", "reasoning_effort"])
async def test_each_server_is_told_not_to_think_in_the_words_that_it_knows(
    server: ApiStandIn, knows: str, strict: bool
) -> None:
    server.knows, server.strict, server.thinks = knows, strict, "reasoning"
    async with OpenAIClient(server.url, "right") as official:
        for _ in range(4):
            assert await told(official, "echo one") == "one"
        events = await events_of(official, "echo two")
        assert not [event for event in events if isinstance(event, Thought)], "it is learnt"
        asked = len(server.bodies)
        await told(official, "echo three")
    assert len(server.bodies) == asked + 1, "and remembered"


async def test_a_server_that_takes_no_such_word_is_asked_without(server: ApiStandIn) -> None:
    server.knows, server.strict = "", True
    async with OpenAIClient(server.url, "right") as official:
        assert await told(official, "echo one", Options(thinking=True, search=True)) == "one"
        assert set(server.bodies[-1]) == {"model", "messages", "stream", "stream_options"}


@pytest.mark.parametrize("unknown", ["thinking_budget", "enable_search"])
async def test_one_word_that_is_not_taken_costs_no_other(server: ApiStandIn, unknown: str) -> None:
    server.knows, server.strict = server.knows.replace(unknown, ""), True
    options = Options(thinking=True, thinking_budget=9, search=True)
    with capture_logs() as logs:
        async with OpenAIClient(server.url, "right") as official:
            await told(official, "echo one", options)
            await told(official, "echo two", options)
    kept = {"enable_thinking", "enable_search", "thinking_budget"} - {unknown}
    assert [kept <= set(body) and unknown not in body for body in server.bodies] == [False, True, True]
    assert [line["event"] for line in logs if unknown in line["event"]], "said once"


async def test_questions_at_once_learn_one_thing_together(server: ApiStandIn) -> None:
    server.knows, server.strict = "chat_template_kwargs", True
    async with OpenAIClient(server.url, "right", wanted=api.MODEL) as official:
        await asyncio.gather(*[told(official, f"echo {number}") for number in range(5)])
        await told(official, "echo on")
    assert "chat_template_kwargs" in server.bodies[-1], "nobody went on to the next way of saying it"


# How much a server takes


async def chat(store: Store, server: ApiStandIn, context: int, questions: list[str]) -> tuple[Room, Bridge]:
    """A room in which these questions were answered, within so many tokens."""
    official = OpenAIClient(server.url, "right", context=context)
    bridge = Bridge(store, official)
    room = Room(bridge, store, official, StandIn(), server)
    await bridge.serve(FaultyAdapter(room.wall))
    async with official:
        for number, question in enumerate(questions):
            await room.ask(f"echo {number} {question}")
            await room.hears(f"{number} {question[:4]}")
        await bridge.stop(1)
    return room, bridge


async def test_the_oldest_turns_give_way_and_that_is_said_once(
    store: Store, server: ApiStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.openai.wire.ANSWER_TOKENS", 100)
    room, bridge = await chat(store, server, 2000, ["word " * 200] * 8)
    counts = [len(body["messages"]) for body in server.bodies]
    first = next(number for number, count in enumerate(counts) if count < 2 * number + 1)
    assert counts[:first] == [2 * number + 1 for number in range(first)]
    assert "echo 7" in str(server.bodies[7]["messages"][-1])
    assert "echo 0" not in str(server.bodies[7])
    (said,) = [text for text in room.wall.now() if sentences.LEFT_OUT in text]
    assert said.startswith(f"{first} word"), "with the first answer that it is true for"
    assert not (await store.conversation(KEY)).trouble

    room, _ = await chat(store, server, 2000, ["word " * 200])
    assert sentences.LEFT_OUT not in str(room.wall.now()), "a new process does not say it again"
    await bridge.command(Invocation(KEY, ANN, "new"))
    room, _ = await chat(store, server, 2000, ["word " * 200] * 8)
    assert str(room.wall.now()).count(sentences.LEFT_OUT) == 1, "a new conversation does"


async def test_a_long_conversation_of_short_turns_comes_whole(store: Store, server: ApiStandIn) -> None:
    await chat(store, server, 30_000, ["word"] * 60)
    assert len(server.bodies[-1]["messages"]) == 119


@pytest.mark.parametrize("mute", [False, True])
async def test_a_server_that_takes_less_gets_less(store: Store, server: ApiStandIn, mute: bool) -> None:
    server.context, server.mute = 5000, mute
    room, _ = await chat(store, server, 30_000, ["word " * 400] * 10)
    assert str(room.wall.now()).count(sentences.LEFT_OUT) == 1
    asked = len(server.bodies)
    await chat(store, server, 30_000, ["word " * 400] * 3)
    assert len(server.bodies) - asked < 9, "it is remembered how much it takes"


async def test_a_question_that_is_too_long_by_itself_is_said_to_be(server: ApiStandIn) -> None:
    server.context = 500
    async with OpenAIClient(server.url, "right") as official:
        with pytest.raises(TooLong):
            await told(official, "echo " + "word " * 1000)


async def test_one_answer_that_breaks_off_makes_no_conversation_shorter(store: Store, server: ApiStandIn) -> None:
    await chat(store, server, 30_000, ["word " * 60] * 3)
    async with OpenAIClient(server.url, "right") as official:
        bridge = Bridge(store, official)
        room = Room(bridge, store, official, StandIn(), server)
        await bridge.serve(FaultyAdapter(room.wall))
        server.fault("disconnect", times=1, pieces=0)
        await room.ask("echo and on")
        await room.hears("and on")
        assert len(server.bodies[-1]["messages"]) == 7
        await bridge.stop(1)


def test_every_stream_of_the_stand_in_is_spoken_of() -> None:
    ends = {
        name
        for name, fault in api.MENU.faults.items()
        if isinstance(fault.effect, StreamFault) and fault.effect.then not in ("on", "wait")
    }
    assert ends <= set(REFUSED)
