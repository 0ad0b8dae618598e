"""An answer that stands still while other questions wait behind it is ended; alone it may take its time."""

import time

import pytest

from adapters.sandbox.qwen import StandIn
from bridge.backends.http.limiter import Limiter
from bridge.backends.qwen import Credentials, QwenClient
from bridge.core import patience
from bridge.core.bridge import Bridge
from bridge.errors import StoodStill
from bridge.incoming import Incoming
from bridge.model import ConversationKey, Turn
from bridge.store import Store
from tests.conftest import GUEST
from tests.harness import ANN, KEY, THERE, FakeAdapter, FakeReply, Harness
from tests.waiting import eventually

ACCOUNT = Credentials(token="account-token")
STILL = 0.3
LONG = "echo " + "word " * 40


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "STILL_SECONDS", STILL)


async def stood_still(seconds: float = 3 * STILL) -> None:
    """Let an answer stand still for longer than others would wait."""
    until = time.monotonic() + seconds
    await eventually(lambda: time.monotonic() > until)


@pytest.mark.parametrize(("fault", "credentials"), [("stall", ACCOUNT), ("stall", GUEST), ("silence", ACCOUNT)])
async def test_the_question_behind_an_answer_that_stands_still_is_answered(
    store: Store, standin: StandIn, fault: str, credentials: Credentials
) -> None:
    stopped = (fault, credentials) == ("stall", ACCOUNT)
    async with QwenClient(standin.url, credentials) as qwen:
        harness = Harness(store, qwen, standin)
        await harness.begin()
        await harness.ask("one", shared=True)
        await harness.hears("no earlier turns")
        standin.fault(fault, said="word")
        await harness.ask(LONG, shared=True)
        await harness.ask("three", shared=True)
        await harness.hears("1 earlier turn; your last question was “Ann: one”" if stopped else "User: Ann: one", 2)
        told = harness.reply.now()[1]
        assert StoodStill.sentence in told
        assert ("word" in told) == (fault == "stall"), "what came is kept"
        assert not harness.reply.controls[list(harness.reply.shown)[1]].running, "Regenerate stands below it"
        await harness.ask("four", shared=True)
        await harness.hears("your last question was “", 3)
        assert len(standin.chats) == (1 if stopped else 2), "what nobody could stop blocks its chat"
        await harness.bridge.stop(1)


async def test_what_was_ended_is_asked_again_on_request(harness: Harness) -> None:
    harness.standin.fault("stall", said="word")
    await harness.ask(LONG, shared=True)
    await harness.ask("echo two", shared=True)
    await harness.hears("two", 1)
    first = next(iter(harness.reply.shown))
    turn = await harness.shown_turn(first)
    assert not await harness.press(first, "again", turn.id)
    await eventually(lambda: harness.reply.now()[0].count("word") == 40)


async def test_a_question_that_comes_during_a_stall_ends_it(harness: Harness) -> None:
    harness.standin.fault("stall", said="word")
    await harness.ask(LONG, shared=True)
    await eventually(lambda: harness.reply.shown)
    await stood_still()
    assert not harness.bridge.idle, "alone it may take its time"
    await harness.ask("echo two", shared=True)
    await harness.hears("two", 1)
    assert StoodStill.sentence in harness.reply.now()[0]


async def test_an_answer_that_goes_on_or_that_nobody_waits_behind_is_left_alone(harness: Harness) -> None:
    harness.standin.hold_after = 2
    await harness.ask(LONG, shared=True)
    await eventually(lambda: harness.standin.held)
    await stood_still()
    harness.standin.hold_after = None
    harness.standin.release()
    await harness.hears("word", 0)
    await harness.ask("slow 1", shared=True)
    await harness.ask("echo three", shared=True)
    await harness.hears("three", 2)
    assert StoodStill.sentence not in "".join(harness.reply.now())


async def test_where_one_person_talks_nothing_is_ended(harness: Harness) -> None:
    harness.standin.hold_after = 2
    await harness.ask(LONG)
    await eventually(lambda: harness.standin.held)
    await harness.ask("echo two")
    await stood_still()
    harness.standin.hold_after = None
    harness.standin.release()
    await harness.hears("two", 1)
    assert StoodStill.sentence not in harness.reply.now()[0]


class Places(FakeAdapter):
    """Shows the answers of each conversation in a reply of its own."""

    def __init__(self) -> None:
        super().__init__(FakeReply())
        self.replies: dict[ConversationKey, FakeReply] = {}

    def open(self, turn: Turn) -> FakeReply:
        return self.replies.setdefault(turn.key, FakeReply())


async def test_waiting_for_a_place_is_no_standing_still(store: Store, standin: StandIn) -> None:
    async with QwenClient(standin.url, GUEST, limiter=Limiter(parallel=1)) as qwen:
        bridge, places = Bridge(store, qwen), Places()
        await bridge.serve(places)
        standin.hold_after = 2
        await bridge.receive(Incoming(THERE, "q0", ANN, LONG, shared=True))
        await eventually(lambda: standin.held)
        for message, text in (("q1", "echo two"), ("q2", "echo three")):
            await bridge.receive(Incoming(KEY, message, ANN, text, shared=True))
        await stood_still()
        standin.hold_after = None
        standin.release()
        await eventually(lambda: bridge.idle and places.replies[KEY].now() == ["two", "three"])
        await bridge.stop(1)
