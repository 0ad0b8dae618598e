"""Whichever backend answers, people see the same: one contract on chat.qwen.ai, on an API, and on both together."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.qwen import ApiStandIn, StandIn
from adapters.sandbox.qwen.api import MODEL
from bridge.answer_events import Text
from bridge.backends.base import Backend
from bridge.backends.fallback import Fallback
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import QwenClient
from bridge.controls import Invocation, Press
from bridge.core.bridge import Bridge
from bridge.errors import (
    Busy,
    Moderated,
    StoodStill,
)
from bridge.i18n import sentences
from bridge.model import Attachment, Options
from bridge.store import Store
from tests.bridge.backends.harness import ANN, KEY, BackendHarness
from tests.bridge.backends.openai.asking import told
from tests.conftest import GUEST
from tests.harness import FakeAdapter
from tests.waiting import eventually

USUAL = Options()


@pytest.fixture
async def api() -> AsyncIterator[ApiStandIn]:
    async with ApiStandIn(key="right") as standin:
        yield standin


@pytest.fixture(params=["web", "api", "auto"])
async def harness(
    request: pytest.FixtureRequest, store: Store, standin: StandIn, api: ApiStandIn
) -> AsyncIterator[BackendHarness]:
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(QwenClient(standin.url, GUEST, alone=request.param == "web"))
        official = await stack.enter_async_context(OpenAIClient(api.url, "right"))
        backends: dict[str, Backend] = {"web": web, "api": official, "auto": Fallback(web, official)}
        backend = backends[request.param]
        bridge = Bridge(store, backend)
        harness = BackendHarness(bridge, store, backend, standin, api)
        await bridge.serve(FakeAdapter(harness.reply))
        yield harness
        await bridge.stop(1)


async def test_questions_hang_on_the_last_answer(harness: BackendHarness) -> None:
    await harness.ask("one")
    await harness.hears("I see no earlier turns")
    await harness.ask("two")
    await harness.hears("I see 1 earlier turn; your last question was “one”, my last answer began “I see no")
    await harness.ask("three")
    await harness.hears("I see 2 earlier turns; your last question was “two”")


async def test_a_reply_to_an_earlier_answer_branches(harness: BackendHarness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("two")
    await harness.hears("1 earlier turn")
    await harness.ask("three", replied=first)
    await harness.hears("1 earlier turn; your last question was “one”")
    await harness.ask("four")
    await harness.hears("2 earlier turns; your last question was “three”")


async def test_versions_are_siblings_and_the_chosen_one_goes_on(harness: BackendHarness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.ask("two")
    message = await harness.hears("1 earlier turn")
    await harness.bridge.press(Press(KEY, message, ANN, "again", 2))
    await eventually(lambda: harness.reply.controls[message].versions == (2, 3))
    await harness.bridge.press(Press(KEY, message, ANN, "show", 2))
    await eventually(lambda: harness.reply.controls[message].number == 1)
    await harness.hears("1 earlier turn")
    await harness.ask("three")
    await harness.hears("2 earlier turns; your last question was “two”")


async def test_an_answer_can_be_stopped_and_the_next_hangs_above_it(harness: BackendHarness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    harness.pace(0.05)
    await harness.ask("lorem 3000")
    await eventually(lambda: len(harness.reply.now()) == 2)
    await harness.bridge.command(Invocation(KEY, ANN, "stop"))
    await harness.hears(sentences.STOPPED)
    harness.pace(0)
    await harness.ask("three")
    await harness.hears("I see 1 earlier turn; your last question was “one”")


async def test_a_passing_fault_is_tried_again(harness: BackendHarness) -> None:
    harness.fail("busy")
    await harness.ask("echo hello")
    await harness.hears("hello")
    assert harness.reply.now() == ["hello"]


async def test_faults_that_do_not_follow_each_other_are_no_outage(harness: BackendHarness) -> None:
    for number in range(4):
        harness.fail("busy", times=3)
        await harness.ask("one")
        await harness.hears(Busy.sentence)
        await harness.ask(f"echo {number}")
        await harness.hears(str(number))
    assert harness.backend.trouble is None


async def test_what_cannot_be_asked_is_said_in_one_sentence(harness: BackendHarness) -> None:
    harness.fail("moderation")
    await harness.ask("one")
    await harness.hears(Moderated.sentence)
    await harness.ask("two")
    await harness.hears("I see no earlier turns")


async def test_a_standing_instruction_reaches_the_model(harness: BackendHarness) -> None:
    await harness.bridge.command(Invocation(KEY, ANN, "system", "Speak like a pirate."))
    for number, word in enumerate(("one", "two")):
        await harness.ask(word)
        await harness.hears(f"{number} earlier turn" if number else "no earlier turns")
    bodies = [str(each.body) for each in harness.web.requests] + [str(body) for body in harness.api.bodies]
    assert any("Speak like a pirate." in body for body in bodies)
    if isinstance(harness.backend, OpenAIClient):
        assert "Speak like a pirate." in str(harness.api.bodies[-1]), "nothing is remembered there"


async def test_a_picture_is_shown(harness: BackendHarness) -> None:
    picture = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    await harness.ask("what is this?", files=(picture,))
    await harness.hears("I see no earlier turns")
    if isinstance(harness.backend, OpenAIClient):
        assert "data:image/png;base64," in str(harness.api.bodies[-1])
    await harness.ask("", files=(picture,))
    await harness.hears("I see 1 earlier turn")
    await harness.ask("and?")
    await harness.hears("I see 2 earlier turns")


async def test_giving_up_ends_the_request(harness: BackendHarness) -> None:
    harness.pace(0.05)
    async with aclosing(harness.backend.ask("lorem 3000", None)) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    await eventually(lambda: not [task for task in asyncio.all_tasks() if "_stream" in repr(task)])


@pytest.fixture
async def both(store: Store, standin: StandIn, api: ApiStandIn) -> AsyncIterator[BackendHarness]:
    async with QwenClient(standin.url, GUEST, alone=False) as web, OpenAIClient(api.url, "right") as official:
        backend = Fallback(web, official)
        bridge = Bridge(store, backend)
        harness = BackendHarness(bridge, store, backend, standin, api)
        await bridge.serve(FakeAdapter(harness.reply))
        yield harness
        await bridge.stop(1)


@pytest.mark.parametrize(
    "fault", ["quota", "guest_limit", "busy", "human_check", "unauthorized", "stale", "http_503", "drop", "waf_html"]
)
async def test_what_the_web_refuses_the_api_answers_at_once(both: BackendHarness, fault: str) -> None:
    await both.ask("one")
    await both.hears("no earlier turns")
    both.web.fault(fault, times=None)
    with capture_logs() as logs:
        await both.ask("two")
        await both.hears("I see 1 earlier turn; your last question was “one”")
        assert len([each for each in both.web.requests if each.fault]) == 1, "it is not asked again first"
        await both.ask("three")
        await both.hears("I see 2 earlier turns; your last question was “two”")
    assert [line["event"] for line in logs if "answers in place of" in line["event"]]
    status = (await both.bridge.command(Invocation(KEY, ANN, "status"))).text
    assert f"**{sentences.QUOTA}:** {sentences.AS_API}" in status
    assert f"`{MODEL}`" in status


async def test_questions_that_the_web_refuses_alone_keep_it_from_no_other(
    both: BackendHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.fallback.PAUSE_SECONDS", 0.0)
    both.web.fault("http_403", times=None, said="BAD")
    for number in range(2):
        assert await told(both.backend, f"echo BAD {number}") == f"BAD {number}"
    assert both.backend.need is not None
    assert len(both.api.bodies) == 2
    assert await told(both.backend, "echo good") == "good"
    assert len(both.api.bodies) == 2
    assert both.backend.trouble is None


async def test_a_web_that_takes_no_connection_is_given_up_soon(
    store: Store, api: ApiStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.qwen.session.HASTY_CONNECT_SECONDS", 0.2)
    with socket.socket() as full:  # nobody accepts, and one waits already
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            web = QwenClient(f"http://127.0.0.1:{port}", GUEST, alone=False)
            async with web, OpenAIClient(api.url, "right") as official:
                began = time.monotonic()
                events = [event async for event in Fallback(web, official).ask("echo on", None)]
    assert "on" in "".join(event.text for event in events if isinstance(event, Text))
    assert time.monotonic() - began < 3


async def test_when_the_web_works_again_the_conversation_is_carried_over(
    both: BackendHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.fallback.PAUSE_SECONDS", 0.0)
    both.web.fault("http_503")
    await both.ask("one")
    await both.hears("I see no earlier turns")
    assert len(both.api.bodies) == 1
    await both.ask("two")
    await both.hears("I see no earlier turns")
    assert "User: one" in str(both.web.requests[-1].body)
    await both.ask("three")
    await both.hears("I see 1 earlier turn")
    assert len(both.api.bodies) == 1
    assert (
        f"**{sentences.QUOTA}:** {sentences.AS_GUEST}"
        in (await both.bridge.command(Invocation(KEY, ANN, "status"))).text
    )


async def test_the_api_answers_what_stood_still_on_the_web_while_others_waited(
    harness: BackendHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not isinstance(harness.backend, Fallback):
        return
    monkeypatch.setattr("bridge.core.patience.STILL_SECONDS", 0.3)
    await harness.ask("echo one", shared=True)
    await harness.hears("one")
    harness.web.fault("silence", times=None)
    await harness.ask("two", shared=True)
    await harness.ask("echo three", shared=True)
    await harness.hears("three")
    assert StoodStill.sentence not in harness.reply.now()[1]
    assert "your last question was “Ann: echo one”" in harness.reply.now()[1]
    assert harness.api.requests
