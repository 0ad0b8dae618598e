"""What a process leaves behind that is killed, and what the next one makes of it; without a platform."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from adapters.cli.process_lock import ProcessLock
from adapters.cli.serve import serve
from adapters.sandbox.qwen import StandIn
from bridge import Intake
from bridge.answer_events import Started
from bridge.backends.qwen import Credentials, QwenClient
from bridge.controls import Invocation, Press
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.i18n import sentences
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey, Head, Turn
from bridge.store import Store
from bridge.streaming.chunks import MORE
from tests.harness import FakeAdapter, FakeReply
from tests.waiting import eventually

KEY = ConversationKey("test", "here")
ANN = Author("a", "Ann")
ACCOUNT = Credentials(token="account-token")


@pytest.fixture
async def account(standin: StandIn) -> AsyncIterator[QwenClient]:
    async with QwenClient(standin.url, ACCOUNT) as qwen:
        yield qwen


@pytest.fixture
def reply() -> FakeReply:
    reply = FakeReply()
    reply.limit = 10_000
    return reply


async def left(database: str, text: str, *, age: float = 0.0, message: str = "q") -> Turn:
    """A turn as a process leaves it that is killed while it runs it, `age` seconds after it was asked."""
    async with await Store.open(database, lambda: time.time() - age) as store:
        recorded = await store.arrivals.record(Incoming(KEY, message, ANN, text))
        assert recorded
        turn = await store.turns.claim(recorded.conversation, "killed", 0)
        assert isinstance(turn, Turn)
        return turn


async def begun(qwen: QwenClient, turn: Turn, store: Store) -> Head:
    """Qwen is asked, and nobody listens any more."""
    async with aclosing(qwen.ask(turn.prompt, turn.head)) as events:
        async for event in events:
            if isinstance(event, Started):
                qwen.leave()
                head = Head(event.chat_id, event.response_id)
                await store.turns.begin(turn, head)
                return head
    raise AssertionError


async def served(store: Store, qwen: QwenClient, reply: FakeReply, text: str, **more: object) -> Bridge:
    """The next process, when it has shown an answer that holds a text as the last one."""
    bridge = Bridge(store, qwen, Policy(**more))  # type: ignore[arg-type]
    await bridge.serve(FakeAdapter(reply))
    await eventually(lambda: reply.now() and text in reply.now()[-1] and MORE.strip() not in reply.now()[-1])
    await eventually(lambda: bridge.idle)
    return bridge


def asked(standin: StandIn) -> int:
    """How often Qwen was asked."""
    return sum(request.path.endswith("/chat/completions") for request in standin.requests)


async def test_an_accounts_answer_is_read_and_not_asked_again(
    store: Store, database: str, standin: StandIn, account: QwenClient, reply: FakeReply
) -> None:
    standin.pace = 0.01
    turn = await left(database, "one")
    head = await begun(account, turn, store)
    bridge = await served(store, account, reply, "no earlier turns")
    assert reply.now() == [standin.chats[head.chat_id].messages[head.parent_id].text]
    assert asked(standin) == 1
    await bridge.receive(Incoming(KEY, "q2", ANN, "two"))
    await eventually(lambda: "1 earlier turn; your last question was “one”" in reply.now()[-1])
    await bridge.stop(1)


async def test_what_qwen_does_not_keep_is_asked_again(
    store: Store, database: str, standin: StandIn, account: QwenClient, reply: FakeReply
) -> None:
    turn = await left(database, "one")
    standin.forget((await begun(account, turn, store)).chat_id)
    bridge = await served(store, account, reply, "no earlier turns")
    assert asked(standin) == 2
    await bridge.stop(1)


async def test_a_guests_answer_is_asked_again_from_the_same_parent(
    store: Store, database: str, standin: StandIn, qwen: QwenClient, reply: FakeReply
) -> None:
    await left(database, "one")
    bridge = await served(store, qwen, reply, "no earlier turns")
    await bridge.stop(1)
    turn = await left(database, "two", message="q2")
    assert turn.head
    await begun(qwen, turn, store)
    bridge = await served(store, qwen, reply, "1 earlier turn; your last question was “one”")
    assert asked(standin) == 3
    await bridge.stop(1)


async def test_an_account_goes_on_where_an_orderly_stop_left(
    store: Store, standin: StandIn, reply: FakeReply, account: QwenClient
) -> None:
    standin.pace = 0.05
    async with QwenClient(standin.url, ACCOUNT) as qwen:
        bridge = Bridge(store, qwen)
        await bridge.serve(FakeAdapter(reply))
        await bridge.receive(Incoming(KEY, "q", ANN, "one"))
        await eventually(lambda: reply.shown)
        await bridge.stop(0.3)
    assert sentences.INTERRUPTED in reply.now()[0]
    bridge = await served(store, account, reply, "Things to try")
    assert len(reply.now()) == 1
    assert asked(standin) == 1
    await bridge.stop(1)


async def test_what_waited_too_long_is_answered_when_somebody_presses(
    store: Store, database: str, standin: StandIn, qwen: QwenClient, reply: FakeReply
) -> None:
    turn = await left(database, "one", age=7300)
    await store.turns.show(turn, 0, "m0")
    reply.shown = {"m0": ["a beginning"]}
    bridge = await served(store, qwen, reply, sentences.LEFT, resume_seconds=7200)
    assert asked(standin) == 0
    controls = reply.controls["m0"]
    assert controls.left
    await bridge.press(Press(KEY, "m0", ANN, "again", controls.turn))
    await eventually(lambda: reply.now() != [sentences.LEFT] and "Things to try" in reply.now()[0])
    await eventually(lambda: bridge.idle)
    assert not reply.controls["m0"].left
    await bridge.receive(Incoming(KEY, "q2", ANN, "two"))
    await eventually(lambda: "1 earlier turn; your last question was “one”" in reply.now()[-1])
    await bridge.stop(1)


async def test_what_waited_too_long_is_answered_by_retry_too(
    store: Store, database: str, standin: StandIn, qwen: QwenClient, reply: FakeReply
) -> None:
    await left(database, "one", age=7300)
    bridge = await served(store, qwen, reply, sentences.LEFT, resume_seconds=7200, buttons=False)
    assert reply.controls == {}
    await bridge.command(Invocation(KEY, ANN, "retry"))
    await eventually(lambda: "Things to try" in reply.now()[0])
    assert len(reply.now()) == 1
    await bridge.stop(1)


@pytest.mark.parametrize(("age", "resume_seconds"), [(7100, 7200), (10**6, 0)])
async def test_what_did_not_wait_so_long_is_answered(
    store: Store, database: str, qwen: QwenClient, reply: FakeReply, age: float, resume_seconds: float
) -> None:
    await left(database, "one", age=age)
    bridge = await served(store, qwen, reply, "no earlier turns", resume_seconds=resume_seconds)
    await bridge.stop(1)


async def test_what_comes_after_a_start_with_a_clock_that_ran_ahead_is_answered(
    store: Store, qwen: QwenClient, reply: FakeReply, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * 86400)
    bridge = Bridge(store, qwen, Policy(resume_seconds=7200))
    monkeypatch.undo()
    await bridge.serve(FakeAdapter(reply))
    await bridge.receive(Incoming(KEY, "q", ANN, "one"))
    await eventually(lambda: reply.shows("no earlier turns"))
    await bridge.stop(1)


async def test_a_message_that_was_sent_and_not_remembered_is_written_over(
    store: Store, database: str, qwen: QwenClient, reply: FakeReply
) -> None:
    turn = await left(database, "one")
    await store.turns.sending(turn, 0)
    reply.shown = {"m0": ["a beginning"]}
    reply.below = ["m0"]
    bridge = await served(store, qwen, reply, "no earlier turns")
    assert list(reply.shown) == ["m0"]
    await bridge.stop(1)


async def test_only_a_message_that_belongs_to_nothing_else_is_written_over(
    store: Store, database: str, qwen: QwenClient, reply: FakeReply
) -> None:
    await left(database, "one")
    await (await served(store, qwen, reply, "no earlier turns")).stop(1)
    turn = await left(database, "two", message="q2")
    await store.turns.sending(turn, 0)
    reply.below = list(reply.shown)
    bridge = await served(store, qwen, reply, "1 earlier turn")
    assert len(reply.now()) == 2
    await bridge.stop(1)


async def test_nothing_is_looked_for_where_nothing_was_being_sent(
    store: Store, database: str, qwen: QwenClient, reply: FakeReply
) -> None:
    await left(database, "one")
    reply.shown = {"m0": ["of somebody else's"]}
    reply.below = ["m0"]
    bridge = await served(store, qwen, reply, "no earlier turns")
    assert reply.now()[0] == "of somebody else's"
    assert len(reply.now()) == 2
    await bridge.stop(1)


async def test_forgetting_deletes_what_qwen_was_asked_and_did_not_finish(
    store: Store, standin: StandIn, account: QwenClient, reply: FakeReply
) -> None:
    standin.pace = 0.05
    bridge = Bridge(store, account)
    await bridge.serve(FakeAdapter(reply))
    await bridge.receive(Incoming(KEY, "q", ANN, "slow 60"))
    await eventually(lambda: reply.now() and standin.chats)
    said = await bridge.command(Invocation(KEY, ANN, "forget", "yes"))
    assert said.text == sentences.FORGOTTEN
    assert not standin.chats
    await eventually(lambda: bridge.idle)
    await bridge.stop(1)


async def test_forgetting_stops_the_answer_that_grows_and_unmarks_what_waits(
    store: Store, standin: StandIn, qwen: QwenClient, reply: FakeReply
) -> None:
    standin.pace = 0.05
    bridge = Bridge(store, qwen)
    await bridge.serve(FakeAdapter(reply))
    await bridge.receive(Incoming(KEY, "q", ANN, "slow 60"))
    await eventually(reply.now)
    await bridge.receive(Incoming(KEY, "q2", ANN, "never answered"))
    await eventually(lambda: reply.marks == [True])
    await bridge.command(Invocation(KEY, ANN, "forget", "yes"))
    await eventually(lambda: sentences.STOPPED in reply.now()[-1])
    assert reply.marks == [True, False]
    assert len(reply.now()) == 1
    await bridge.stop(1)


async def test_what_runs_stays_claimed_however_long_it_takes(
    store: Store, standin: StandIn, qwen: QwenClient, reply: FakeReply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.core.claims.CLAIM_SECONDS", 0.6)
    standin.hold_after = 1
    bridge = Bridge(store, qwen)
    await bridge.serve(FakeAdapter(reply))
    await bridge.receive(Incoming(KEY, "q", ANN, "one"))
    await eventually(lambda: standin.held)
    conversation = (await store.conversations.get(KEY)).id
    until = time.monotonic() + 2
    while time.monotonic() < until:
        assert not isinstance(await store.turns.claim(conversation, "another", 1), Turn)
        await asyncio.sleep(0.05)
    standin.release()
    await eventually(lambda: reply.now() and "Things to try" in reply.now()[0])
    await bridge.stop(1)


async def test_a_newcomer_listens_while_the_last_answers_end(
    store: Store, standin: StandIn, qwen: QwenClient, reply: FakeReply, tmp_path: Path
) -> None:
    class Listening(FakeAdapter):
        async def listen(self, intake: Intake) -> None:
            await intake.receive(Incoming(KEY, "q", ANN, "one"))
            await asyncio.Event().wait()

    standin.hold_after = 1
    leaving, database = asyncio.Event(), str(tmp_path / "bridge.db")
    serving = asyncio.create_task(serve(Bridge(store, qwen), [Listening(reply)], 20, leaving, database))
    await eventually(lambda: standin.held)
    leaving.set()
    newcomer = ProcessLock(database, "test")
    await asyncio.wait_for(newcomer.acquire(), 5)
    assert not serving.done(), "the answer goes on"
    standin.release()
    await serving
    assert "Things to try" in reply.now()[0]
    newcomer.release()
