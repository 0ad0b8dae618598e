"""Whichever door is open, people see the same: one contract on chat.qwen.ai, on an API, and on both together."""

import asyncio
import itertools
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.qwen import ApiStandIn, StandIn
from adapters.sandbox.qwen.api import MODEL
from bridge.backends.base import Backend
from bridge.backends.fallback import Fallback
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import QwenClient
from bridge.controls import Invocation, Press
from bridge.core.bridge import Bridge
from bridge.errors import (
    Busy,
    Moderated,
)
from bridge.i18n import sentences
from bridge.model import Attachment, Author, ConversationKey, Incoming, Options, Text
from bridge.store import Store
from bridge.streaming.chunks import MORE
from tests.bridge.core.test_bridge import FaultyAdapter
from tests.bridge.streaming.test_live_answer import Wall
from tests.conftest import GUEST
from tests.waiting import eventually

KEY = ConversationKey("test", "here")
ANN = Author("a", "Ann")
USUAL = Options()


NUMBERS = itertools.count(1)


class Room:
    """A bridge behind a door, and one wall on which its answers are shown."""

    def __init__(self, bridge: Bridge, store: Store, backend: Backend, web: StandIn, api: ApiStandIn) -> None:
        self.bridge, self.store, self.backend, self.web, self.api = bridge, store, backend, web, api
        self.wall = Wall()
        self.wall.limit = 10_000
        self.adapter = FaultyAdapter(self.wall)

    async def ask(self, text: str, **more: object) -> None:
        await self.bridge.receive(Incoming(KEY, f"q{next(NUMBERS)}", ANN, text, **more))  # type: ignore[arg-type]

    async def hears(self, text: str) -> str:
        """Wait until the last message holds this and is whole; its id."""

        def heard() -> bool:
            shown = self.wall.now()
            return bool(shown) and text in shown[-1] and MORE.strip() not in shown[-1]

        try:
            await eventually(heard)
        except AssertionError:
            raise AssertionError(f"expected {text!r}, heard {self.wall.now()}") from None
        await eventually(lambda: not self.bridge._lanes._tasks)
        return list(self.wall.shown)[-1]

    def pace(self, seconds: float) -> None:
        self.web.pace = self.api.pace = seconds

    def fail(self, name: str, times: int = 1) -> None:
        self.web.fault(name, times=times)
        self.api.fault(name, times=times)


@pytest.fixture
async def api() -> AsyncIterator[ApiStandIn]:
    async with ApiStandIn(key="right") as standin:
        yield standin


@pytest.fixture(params=["web", "api", "auto"])
async def room(request: pytest.FixtureRequest, store: Store, standin: StandIn, api: ApiStandIn) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(QwenClient(standin.url, GUEST, alone=request.param == "web"))
        official = await stack.enter_async_context(OpenAIClient(api.url, "right"))
        doors: dict[str, Backend] = {"web": web, "api": official, "auto": Fallback(web, official)}
        backend = doors[request.param]
        bridge = Bridge(store, backend)
        room = Room(bridge, store, backend, standin, api)
        await bridge.serve(FaultyAdapter(room.wall))
        yield room
        await bridge.stop(1)


async def test_questions_hang_on_the_last_answer(room: Room) -> None:
    await room.ask("one")
    await room.hears("I see no earlier turns")
    await room.ask("two")
    await room.hears("I see 1 earlier turn; your last question was “one”, my last answer began “I see no")
    await room.ask("three")
    await room.hears("I see 2 earlier turns; your last question was “two”")


async def test_a_reply_to_an_earlier_answer_branches(room: Room) -> None:
    await room.ask("one")
    first = await room.hears("no earlier turns")
    await room.ask("two")
    await room.hears("1 earlier turn")
    await room.ask("three", replied=first)
    await room.hears("1 earlier turn; your last question was “one”")
    await room.ask("four")
    await room.hears("2 earlier turns; your last question was “three”")


async def test_versions_are_siblings_and_the_chosen_one_goes_on(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    await room.ask("two")
    message = await room.hears("1 earlier turn")
    await room.bridge.press(Press(KEY, message, ANN, "again", 2))
    await eventually(lambda: room.wall.controls[message].versions == (2, 3))
    await room.bridge.press(Press(KEY, message, ANN, "show", 2))
    await eventually(lambda: room.wall.controls[message].number == 1)
    await room.hears("1 earlier turn")
    await room.ask("three")
    await room.hears("2 earlier turns; your last question was “two”")


async def test_an_answer_can_be_stopped_and_the_next_hangs_above_it(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    room.pace(0.05)
    await room.ask("lorem 3000")
    await eventually(lambda: len(room.wall.now()) == 2)
    await room.bridge.command(Invocation(KEY, ANN, "stop"))
    await room.hears(sentences.STOPPED)
    room.pace(0)
    await room.ask("three")
    await room.hears("I see 1 earlier turn; your last question was “one”")


async def test_a_passing_fault_is_tried_again(room: Room) -> None:
    room.fail("busy")
    await room.ask("echo hello")
    await room.hears("hello")
    assert room.wall.now() == ["hello"]


async def test_faults_that_do_not_follow_each_other_are_no_outage(room: Room) -> None:
    for number in range(4):
        room.fail("busy", times=3)
        await room.ask("one")
        await room.hears(Busy.sentence)
        await room.ask(f"echo {number}")
        await room.hears(str(number))
    assert room.backend.trouble is None


async def test_what_cannot_be_asked_is_said_in_one_sentence(room: Room) -> None:
    room.fail("moderation")
    await room.ask("one")
    await room.hears(Moderated.sentence)
    await room.ask("two")
    await room.hears("I see no earlier turns")


async def test_a_standing_instruction_reaches_the_model(room: Room) -> None:
    await room.bridge.command(Invocation(KEY, ANN, "system", "Speak like a pirate."))
    for number, word in enumerate(("one", "two")):
        await room.ask(word)
        await room.hears(f"{number} earlier turn" if number else "no earlier turns")
    bodies = [str(each.body) for each in room.web.requests] + [str(body) for body in room.api.bodies]
    assert any("Speak like a pirate." in body for body in bodies)
    if isinstance(room.backend, OpenAIClient):
        assert "Speak like a pirate." in str(room.api.bodies[-1]), "nothing is remembered there"


async def test_a_picture_is_shown(room: Room) -> None:
    picture = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    await room.ask("what is this?", files=(picture,))
    await room.hears("I see no earlier turns")
    if isinstance(room.backend, OpenAIClient):
        assert "data:image/png;base64," in str(room.api.bodies[-1])
    await room.ask("", files=(picture,))
    await room.hears("I see 1 earlier turn")
    await room.ask("and?")
    await room.hears("I see 2 earlier turns")


async def test_giving_up_ends_the_request(room: Room) -> None:
    room.pace(0.05)
    async with aclosing(room.backend.ask("lorem 3000", None)) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    await eventually(lambda: not [task for task in asyncio.all_tasks() if "_stream" in repr(task)])


# Both doors


@pytest.fixture
async def both(store: Store, standin: StandIn, api: ApiStandIn) -> AsyncIterator[Room]:
    async with QwenClient(standin.url, GUEST, alone=False) as web, OpenAIClient(api.url, "right") as official:
        backend = Fallback(web, official)
        bridge = Bridge(store, backend)
        room = Room(bridge, store, backend, standin, api)
        await bridge.serve(FaultyAdapter(room.wall))
        yield room
        await bridge.stop(1)


@pytest.mark.parametrize(
    "fault", ["quota", "guest_limit", "busy", "human_check", "unauthorized", "stale", "http_503", "drop", "waf_html"]
)
async def test_what_the_web_refuses_the_api_answers_at_once(both: Room, fault: str) -> None:
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
    assert f"**{sentences.ANSWERS_FROM}:** {sentences.THE_API}" in status
    assert f"`{MODEL}`" in status


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
    both: Room, monkeypatch: pytest.MonkeyPatch
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
        f"**{sentences.ANSWERS_FROM}:** chat.qwen.ai"
        in (await both.bridge.command(Invocation(KEY, ANN, "status"))).text
    )
