"""What people are told who may not talk, or have no question left."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.qwen import StandIn
from bridge.access import Access, Limits
from bridge.backends.qwen import QwenClient
from bridge.controls import Invocation, Press
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.i18n import sentences
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey
from bridge.store import Store
from tests.harness import Clock, FakeAdapter, FakeReply, rows
from tests.waiting import eventually

HOUR, DAY = 3600.0, 86400.0


EVERYBODY = Policy()


class AdmissionHarness:
    """A bridge with a policy, and one reply in which everything is shown."""

    def __init__(self, store: Store, qwen: QwenClient, standin: StandIn) -> None:
        self.store, self.qwen, self.standin = store, qwen, standin
        self.reply = FakeReply()
        self.reply.limit = 10_000
        self.count = 0
        self.bridge = Bridge(store, qwen)
        self.adapter = FakeAdapter(self.reply)

    async def serve(self, policy: Policy = EVERYBODY) -> None:
        self.bridge = Bridge(self.store, self.qwen, policy)
        await self.bridge.serve(self.adapter)

    async def say(self, author: Author, text: str, message: str = "", **more: object) -> bool:
        self.count += 1
        asked = Incoming(KEY, message or f"q{self.count}", author, text, **more)  # type: ignore[arg-type]
        return await self.bridge.receive(asked)

    async def shows(self, *texts: str) -> None:
        await eventually(lambda: self.reply.now() == list(texts) and self.bridge.idle)

    async def press(self, author: Author, message: str) -> str:
        turn = self.reply.controls[message].turn
        return (await self.bridge.press(Press(KEY, message, author, "again", turn))).text

    async def command(self, author: Author, name: str, argument: str = "") -> str:
        return (await self.bridge.command(Invocation(KEY, author, name, argument, shared=True))).text


KEY = ConversationKey("test", "here")
CLEO, DAN = Author("c", "Cleo", groups=("role:good",)), Author("d", "Dan")
ONLY_CLEO = Access(allow=frozenset({"test:role:good"}))


@pytest.fixture
async def harness(counted: Store, qwen: QwenClient, standin: StandIn) -> AsyncIterator[AdmissionHarness]:
    harness = AdmissionHarness(counted, qwen, standin)
    yield harness
    await harness.bridge.stop(1)


async def test_who_may_not_talk_is_told_so_once_an_hour_and_nothing_is_kept(
    harness: AdmissionHarness, clock: Clock, database: str
) -> None:
    await harness.serve(Policy(access=ONLY_CLEO))
    assert not await harness.say(DAN, "echo I am not called", addressed=False)
    assert await harness.say(DAN, "echo a secret", group="album:1")
    assert not await harness.say(DAN, "echo again", "again")
    assert not await harness.say(DAN, "", "q2"), "what was refused and comes again is not marked"
    await harness.say(CLEO, "echo welcome")
    await harness.shows(sentences.NOT_ALLOWED, "welcome")
    await eventually(lambda: harness.adapter.declined == [("again", "denied")])
    clock.now += HOUR + 1
    assert await harness.say(DAN, "echo please")
    await harness.shows(sentences.NOT_ALLOWED, "welcome", sentences.NOT_ALLOWED)
    assert [prompt for (prompt,) in rows(database, "SELECT prompt FROM turns")] == ["", "echo welcome", ""]
    assert len(harness.standin.chats) == 1


async def test_who_may_not_talk_may_not_press_type_or_edit(harness: AdmissionHarness) -> None:
    await harness.serve()
    await harness.say(DAN, "echo one", "mine")
    await harness.shows("one")
    await harness.bridge.stop(1)
    await harness.serve(Policy(access=ONLY_CLEO))
    assert await harness.press(DAN, "m0") == sentences.NOT_ALLOWED
    assert await harness.command(DAN, "status") == sentences.NOT_ALLOWED
    await harness.bridge.edited(Incoming(KEY, "mine", DAN, "echo two"))
    await harness.say(CLEO, "echo three")
    await harness.shows("one", "three")


async def test_the_admins_of_the_operator_are_admins_everywhere_and_have_no_budget(harness: AdmissionHarness) -> None:
    await harness.serve(Policy(access=replace(ONLY_CLEO, admins=frozenset({"test:user:d"})), limits=Limits(day=1)))
    await harness.say(CLEO, "echo one")
    await harness.shows("one")
    assert await harness.press(DAN, "m0") == ""
    assert await harness.command(CLEO, "think", "on") == sentences.ADMINS_ONLY
    assert await harness.command(DAN, "think", "on") == sentences.SWITCHED_ON.format(what=sentences.THINKING)
    for word in ("two", "three"):
        await harness.say(DAN, f"echo {word}")
    await harness.shows("one", "two", "three")


def spent(minutes: int) -> str:
    return sentences.BUDGET_SPENT.format(time=f"{minutes} min")


async def test_a_spent_budget_is_refused_with_the_time_once_an_hour(harness: AdmissionHarness, clock: Clock) -> None:
    await harness.serve(Policy(limits=Limits(hour=1)))
    await harness.say(DAN, "echo one", "q")
    await harness.shows("one")
    clock.now += 90
    assert not await harness.say(DAN, "echo one", "q"), "what comes again is neither counted nor refused"
    for number in range(3):
        await harness.say(DAN, "echo more", f"more{number}")
    await harness.say(CLEO, "echo mine")
    await harness.shows("one", spent(59), "mine")
    await eventually(lambda: harness.adapter.declined == [("more1", "spent"), ("more2", "spent")])
    clock.now += HOUR - 90
    await harness.say(DAN, "echo open")
    await harness.shows("one", spent(59), "mine", "open")
    await harness.say(DAN, "echo too much", "too much")
    await eventually(lambda: harness.adapter.declined[2:] == [("too much", "spent")])
    clock.now += 91
    await harness.say(DAN, "echo still too much")
    await harness.shows("one", spent(59), "mine", "open", spent(59))


async def test_each_place_and_each_reason_is_told_by_itself(harness: AdmissionHarness) -> None:
    await harness.serve(Policy(limits=Limits(day=1), most_waiting=0))
    await harness.say(DAN, "echo one")
    await harness.say(DAN, "echo two", "two")
    full = sentences.LINE_FULL.many.format(count=0)
    await harness.shows(full)
    await eventually(lambda: harness.adapter.declined == [("two", "full")])
    elsewhere = Incoming(replace(KEY, thread="elsewhere"), "three", DAN, "echo three")
    assert await harness.bridge.receive(elsewhere)
    await harness.shows(full, full)


async def test_a_flood_of_declined_messages_is_not_marked_whole(
    harness: AdmissionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.core.admission.MOST_TOLD", 1)
    monkeypatch.setattr("bridge.core.queue_marks.MOST_DECLINED", 2)
    harness.adapter.marks.clear()  # the platform does not answer
    await harness.serve(Policy(access=ONLY_CLEO))
    for number in range(5):
        await harness.say(DAN, "echo", f"d{number}")
    await harness.shows(sentences.NOT_ALLOWED)
    harness.adapter.marks.set()
    await eventually(lambda: harness.adapter.declined == [("d1", "denied"), ("d2", "denied")])
    await harness.say(DAN, "echo", "later")
    await eventually(lambda: harness.adapter.declined[2:] == [("later", "denied")])
    await harness.say(Author("e", "Eve"), "echo")
    await harness.say(DAN, "echo")
    await harness.shows(*[sentences.NOT_ALLOWED] * 3)


async def test_a_command_of_somebody_who_was_told_is_only_marked(harness: AdmissionHarness) -> None:
    await harness.serve(Policy(access=ONLY_CLEO))
    typed = Invocation(KEY, DAN, "status", message="typed")
    assert (await harness.bridge.command(typed)).text == sentences.NOT_ALLOWED
    assert (await harness.bridge.command(typed)).text == ""
    await eventually(lambda: harness.adapter.declined == [("typed", "denied")])


async def test_regenerating_and_editing_count_and_hints_do_not(harness: AdmissionHarness) -> None:
    await harness.serve(Policy(limits=Limits(day=3)))
    await harness.say(DAN, "", "empty")
    await harness.shows(sentences.NOTHING_ASKED)
    await harness.say(DAN, "echo one", "q")
    await harness.shows(sentences.NOTHING_ASKED, "one")
    assert await harness.press(DAN, "m1") == ""
    await eventually(lambda: len(harness.reply.shown["m1"]) > 1 and harness.bridge.idle)
    await harness.bridge.edited(Incoming(KEY, "q", DAN, "echo two"))
    await harness.shows(sentences.NOTHING_ASKED, "two")
    refused = sentences.BUDGET_SPENT.format(time="24 h")
    assert await harness.press(DAN, "m1") == refused
    assert await harness.command(DAN, "retry") == refused
    for words in ("echo three", "echo four"):  # the second time, a reaction says it
        await harness.bridge.edited(Incoming(KEY, "q", DAN, words))
    await harness.shows(sentences.NOTHING_ASKED, "two", refused)
    await eventually(lambda: harness.adapter.declined == [("q", "spent")])


async def test_a_question_that_finds_the_line_full_does_not_count(harness: AdmissionHarness) -> None:
    full = sentences.LINE_FULL.many.format(count=0)
    await harness.serve(Policy(limits=Limits(day=1), most_waiting=0))
    await harness.say(DAN, "echo one")
    await harness.shows(full)
    await harness.bridge.stop(1)
    await harness.serve(Policy(limits=Limits(day=1)))
    await harness.say(DAN, "echo two")
    await harness.shows(full, "two")


async def test_the_pieces_of_one_question_count_once(harness: AdmissionHarness) -> None:
    await harness.serve(Policy(limits=Limits(chat_day=1)))
    await harness.say(DAN, "echo one", group="paste", wait=1.0)
    await harness.say(DAN, "and more", group="paste")
    await harness.shows("one\nand more")
    await harness.say(CLEO, "echo no")
    await harness.shows("one\nand more", sentences.CHAT_BUDGET_SPENT.format(time="24 h"))


async def test_a_database_that_fails_between_two_steps_counts_a_question_once(
    harness: AdmissionHarness, database: str
) -> None:
    await harness.serve(Policy(limits=Limits(day=5)))
    await harness.say(CLEO, "echo one")
    await harness.shows("one")
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as other, capture_logs() as logs:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON turns BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        pressing = asyncio.create_task(harness.press(CLEO, "m0"))
        await eventually(lambda: any("does not work" in line["event"] for line in logs))
        other.execute("DROP TRIGGER full")
        assert await pressing == ""
    await eventually(lambda: harness.reply.controls["m0"].versions == (1, 2))
    assert len(rows(database, "SELECT * FROM visits WHERE what = 'asked'")) == 2
