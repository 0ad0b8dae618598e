"""What is learnt of how a server is asked is on probation first, and can be unlearnt."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.qwen import ApiStandIn
from bridge.answer_events import Finished
from bridge.backends.openai import OpenAIClient
from bridge.backends.openai.dialects import LESSON_SECONDS, USUAL, Dialects
from bridge.backends.openai.wire import RequestDialect
from bridge.controls import Invocation
from bridge.errors import Empty, Moderated
from bridge.i18n import sentences
from bridge.model import Options
from bridge.store import Store
from tests.bridge.backends.harness import ANN, KEY, harness_of
from tests.bridge.backends.openai.asking import THINKING, events_of, frame, refusal, serving, stream, told

KWARGS, EFFORT, NOTHING = (RequestDialect(style) for style in (1, 2, 3))
HM = frame(reasoning_content="hm")
STOP = frame("stop")


def styles(bodies: list[dict[str, Any]]) -> list[str]:
    """The parameter by which each question was told whether to think."""
    names = ("enable_thinking", "chat_template_kwargs", "reasoning_effort")
    return [next((name for name in names if name in body), "") for body in bodies]


def unheeding() -> Dialects:
    """The dialects of a model that has thought unasked twice."""
    dialects = Dialects(lambda: 0.0)
    for _ in range(2):
        dialects.learn(USUAL, USUAL, thought=True)
    return dialects


def test_a_dialect_is_on_trial_for_those_who_do_not_want_thinking() -> None:
    dialects = unheeding()
    assert (dialects.first(thinking=False), dialects.first(thinking=True)) == (KWARGS, USUAL)
    assert dialects.lessons() == {}, "nothing is learnt yet"
    dialects.learn(KWARGS, KWARGS, thought=False)
    assert dialects.first(thinking=True) == dialects.usual == KWARGS
    assert dialects.lessons() == {"thinking": "chat_template_kwargs"}


def test_a_trial_that_fails_is_taken_back_and_the_next_one_begins_until_none_is_left() -> None:
    dialects = unheeding()
    for on_trial in (KWARGS, EFFORT, NOTHING, USUAL):
        assert dialects.first(thinking=False) == on_trial
        if dialects.is_trial(on_trial):
            dialects.take_back()
    for _ in range(9):
        dialects.learn(USUAL, USUAL, thought=True)
    assert dialects.first(thinking=False) == dialects.usual == USUAL


def test_what_was_learnt_is_tried_again_after_a_week() -> None:
    now = [0.0]
    dialects = Dialects(lambda: now[0])
    dialects.learn(USUAL, KWARGS, thought=None)
    assert dialects.first(thinking=True) == KWARGS
    now[0] = LESSON_SECONDS + 1
    assert dialects.first(thinking=True) == USUAL


DIALECTS = st.builds(
    RequestDialect,
    st.integers(0, 3),
    st.frozensets(st.sampled_from(["thinking_budget", "stream_options"])),
    st.booleans(),
)


@given(DIALECTS)
def test_what_is_kept_is_what_was_learnt(learnt: RequestDialect) -> None:
    before, after = Dialects(lambda: 0.0), Dialects(lambda: 0.0)
    before.learn(USUAL, learnt, thought=None)
    after.recall(before.lessons(), 0.0)
    assert after.usual == learnt


@given(st.dictionaries(st.sampled_from(["thinking", "without", "budget", "new"]), st.text(max_size=20)))
def test_whatever_was_kept_by_another_version_is_survived(kept: dict[str, str]) -> None:
    dialects = Dialects(lambda: 0.0)
    dialects.recall(kept, 0.0)
    assert dialects.first(thinking=True).style in range(4)


@pytest.mark.parametrize(
    "failing",
    [
        lambda: stream(STOP),
        lambda: refusal("something is wrong with this request"),
        lambda: refusal("Jinja Exception", 500),
        lambda: refusal("chat_template_kwargs is not supported"),
    ],
)
async def test_a_dialect_that_fails_on_trial_is_nobodys_failure(failing: Callable[[], web.Response]) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return failing() if "chat_template_kwargs" in body else stream(HM, frame(content="hi"), STOP)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        assert [await told(official, "hi") for _ in range(4)] == ["hi"] * 4
    asked = styles(bodies)
    assert asked[:4] == ["enable_thinking", "enable_thinking", "chat_template_kwargs", "enable_thinking"]
    assert asked.count("chat_template_kwargs") == 1, "it is not tried twice"


async def test_an_answer_among_the_thoughts_is_shown_and_ends_the_trial() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        if "chat_template_kwargs" in body:
            return stream(frame(reasoning_content="It is "), frame(reasoning_content="four."), STOP)
        return stream(HM, frame(content="four"), STOP)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        said = [await told(official, "2+2?") for _ in range(5)]
    assert said == ["four", "four", "It is four.", "four", "four"]
    assert styles(bodies).count("chat_template_kwargs") == 1


async def test_a_refused_question_does_not_end_a_trial() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        if number == 3:
            return refusal("DataInspectionFailed: inappropriate content")
        thinks = "chat_template_kwargs" not in body
        return stream(*[HM] * thinks, frame(content="hi"), STOP)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        for _ in range(2):
            await told(official, "hi")
        with pytest.raises(Moderated):
            await told(official, "bad")
        assert await told(official, "hi") == "hi"
    assert styles(bodies)[2:] == ["chat_template_kwargs"] * 2


async def test_what_was_learnt_is_unlearnt_where_the_server_has_changed() -> None:
    old = True

    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        if old:
            known = "chat_template_kwargs" in body
            return stream(frame(content="old"), STOP) if known else refusal("enable_thinking is not supported")
        return stream(frame(content="new"), STOP) if "enable_thinking" in body else stream(STOP)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        assert [await told(official, "hi") for _ in range(2)] == ["old", "old"]
        old = False
        assert [await told(official, "hi") for _ in range(2)] == ["new", "new"]
    assert styles(bodies)[-1] == styles(bodies)[-2] == "enable_thinking"


async def test_a_model_that_gives_no_words_in_any_dialect_is_told_so() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return stream(HM, frame(content="hi"), STOP) if number < 3 else stream(STOP)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        for _ in range(2):
            await told(official, "hi")
        with pytest.raises(Empty):
            await told(official, "hi")
    assert len(bodies) <= 6


async def test_a_server_that_wants_a_budget_gets_one() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        if body.get("enable_thinking") and not body.get("thinking_budget"):
            return refusal("The thinking_budget parameter must be a positive integer and not greater than 0")
        thinks = body.get("enable_thinking")
        return stream(*[HM] * bool(thinks), frame(content="hi"), STOP)

    async with serving(handle) as (url, bodies), OpenAIClient(url, wanted="m") as official:
        for options in (THINKING, THINKING, Options()):
            assert not await unthought(official, options)
    assert [body.get("thinking_budget", 0) > 0 for body in bodies] == [False, True, True, False]


async def unthought(official: OpenAIClient, options: Options) -> bool:
    """Tell whether thinking that was asked for did not come."""
    finished = (await events_of(official, "hi", options))[-1]
    assert isinstance(finished, Finished)
    return finished.unthought


@pytest.mark.parametrize("thinks", [True, False])
async def test_thinking_that_does_not_come_is_known(thinks: bool) -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        return stream(*[HM] * thinks, frame(content="hi"), STOP)

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        assert await unthought(official, THINKING) is not thinks
        assert not await unthought(official, Options())


async def test_thinking_that_only_the_usage_tells_of_has_come() -> None:
    async def handle(_: web.Request, body: dict[str, Any], number: int) -> web.StreamResponse:
        usage = {"completion_tokens_details": {"reasoning_tokens": 7}}
        return stream(frame(content="hi"), STOP, {"choices": [], "usage": usage})

    async with serving(handle) as (url, _), OpenAIClient(url, wanted="m") as official:
        assert not await unthought(official, THINKING)


async def test_that_a_model_shows_no_thinking_is_said_once(store: Store, server: ApiStandIn) -> None:
    async with OpenAIClient(server.url, "right") as official, harness_of(store, official, server) as harness:
        server.thinks = ""
        await harness.bridge.command(Invocation(KEY, ANN, "think", "on"))
        for number in range(3):
            await harness.ask(f"echo {number}")
            await harness.hears(str(number))
        assert [sentences.UNTHOUGHT in text for text in harness.reply.now()] == [True, False, False]
