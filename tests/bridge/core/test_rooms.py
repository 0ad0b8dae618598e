"""A room in which one person, or a hundred, ask more than can be answered at once."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from bridge.backends.qwen import QwenClient
from bridge.controls import Press
from bridge.core.admission import CROWD, MOST_SAID, SAID_SECONDS
from bridge.core.bridge import Bridge
from bridge.core.policy import MOST_WAITING, MOST_WAITING_EACH, Policy
from bridge.i18n import sentences
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey
from bridge.store import Store
from tests.harness import ANN, BOB, KEY, Clock, FakeAdapter, FakeReply, Harness
from tests.waiting import eventually

OWN_FULL = sentences.OWN_LINE_FULL.many.format(count=MOST_WAITING_EACH)


class Room:
    """A bridge, and people in one room of it; `clock` is the time of its store."""

    def __init__(self, store: Store, qwen: QwenClient, standin: StandIn, policy: Policy) -> None:
        self.store, self.backend, self.standin = store, qwen, standin
        self.reply = FakeReply()
        self.reply.limit = 10_000
        self.adapter = FakeAdapter(self.reply)
        self.bridge = Bridge(store, qwen, policy)
        self.count = 0

    async def say(self, who: Author, text: str, key: ConversationKey = KEY, **more: object) -> bool:
        self.count += 1
        asked = Incoming(key, f"q{self.count}", who, text, shared=True, **more)  # type: ignore[arg-type]
        return await self.bridge.receive(asked)

    async def begin(self) -> None:
        """Let the first question run, and keep its answer from ending."""
        self.standin.hold_after = 0
        await self.say(ANN, "echo a0")
        await eventually(lambda: self.standin.held)

    async def says(self, *notices: str) -> None:
        """Wait until just these notices are shown, before any answer."""
        await eventually(lambda: [text for text in self.reply.now() if text.strip()] == list(notices))

    async def shows(self, *texts: str) -> None:
        """Let the answers end, and wait until these texts are shown, in this order."""
        self.standin.hold_after = None
        self.standin.release()
        await eventually(lambda: len(self.reply.now()) == len(texts) and self.bridge.idle, 30)
        assert self.reply.now() == list(texts)

    def marked(self, why: str) -> int:
        return sum(reason == why for _, reason in self.adapter.declined)


@pytest.fixture
async def room(counted: Store, qwen: QwenClient, standin: StandIn, policy: Policy) -> AsyncIterator[Room]:
    room = Room(counted, qwen, standin, policy)
    await room.bridge.serve(room.adapter)
    yield room
    await room.bridge.stop(1)


@pytest.fixture(autouse=True)
def every_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages are declined at once, each is marked."""
    monkeypatch.setattr("bridge.core.queue_marks.MOST_DECLINED", 1000)


def people(count: int) -> list[Author]:
    return [Author(f"p{number}", f"Person {number}") for number in range(count)]


async def test_one_person_who_floods_is_told_once_and_the_next_one_is_answered_next(room: Room) -> None:
    await room.begin()
    for number in range(1, 30):
        await room.say(ANN, f"echo a{number}")
    await room.say(BOB, "echo b0")
    await room.says(OWN_FULL)
    answers = ["a0", "b0", *(f"a{number}" for number in range(1, MOST_WAITING_EACH))]
    await room.shows(OWN_FULL, *answers)
    assert room.marked("full") == 30 - MOST_WAITING_EACH - 1


async def test_of_a_hundred_people_who_flood_everybody_is_answered_once_and_few_are_refused_aloud(room: Room) -> None:
    await room.begin()
    crowd = people(100)
    for number in range(2):
        for person in crowd:
            await room.say(person, f"echo {person.name} {number}")
    await room.say(BOB, "echo b0")
    full = sentences.LINE_FULL.many.format(count=101)
    await room.says(*[full] * MOST_SAID)
    await room.shows(*[full] * MOST_SAID, "a0", *(f"{person.name} 0" for person in crowd), "b0")
    assert room.marked("full") == 100 - MOST_SAID


async def test_one_person_has_so_much_waiting_in_all_rooms_together(room: Room) -> None:
    room.standin.hold_after = 0
    rooms = [ConversationKey("test", f"room {number}") for number in range(MOST_WAITING // MOST_WAITING_EACH + 2)]
    for key in rooms:
        for number in range(MOST_WAITING_EACH):
            await room.say(BOB, f"echo {number}", key)
    await room.says(*[sentences.OWN_LINE_FULL.many.format(count=MOST_WAITING)] * 2)


@pytest.mark.parametrize("policy", [Policy(most_waiting=1)])
async def test_a_room_has_an_end_even_where_everybody_asks_once(room: Room) -> None:
    await room.begin()
    crowd = people(CROWD)
    for person in crowd:
        await room.say(person, f"echo {person.name}")
    full = sentences.LINE_FULL.many.format(count=CROWD)
    await room.says(full)
    await room.shows(full, "a0", *(person.name for person in crowd[:-1]))


@pytest.mark.parametrize("group", ["", "act"])
async def test_who_asks_nothing_is_told_once_an_hour_and_then_marked(room: Room, clock: Clock, group: str) -> None:
    for _ in range(4):
        await room.say(ANN, "", group=group)
        await eventually(lambda: room.bridge.idle)
    await room.say(ANN, "echo one")
    await room.shows(sentences.NOTHING_ASKED, "one")
    await eventually(lambda: room.marked("unasked") == 3)
    clock.now += 3601
    await room.say(ANN, "", group=group)
    await room.shows(sentences.NOTHING_ASKED, "one", sentences.NOTHING_ASKED)


async def test_notices_to_many_people_have_a_budget_in_each_room(room: Room, clock: Clock) -> None:
    for person in people(MOST_SAID + 3):
        await room.say(person, "")
    await room.say(ANN, "", ConversationKey("test", "there"))
    await room.shows(*[sentences.NOTHING_ASKED] * (MOST_SAID + 1))
    await eventually(lambda: room.marked("unasked") == 3)
    clock.now += SAID_SECONDS
    await room.say(people(MOST_SAID + 1)[-1], "")
    await room.shows(*[sentences.NOTHING_ASKED] * (MOST_SAID + 2))


async def test_nobody_waits_for_a_notice_that_the_platform_does_not_take(room: Room) -> None:
    room.reply.slow.clear()
    await room.say(BOB, "")
    await eventually(lambda: room.reply.putting)
    await room.say(ANN, "echo one")
    await eventually(lambda: any("one" in str(body) for body in room.standin.requests))
    room.reply.slow.set()
    await eventually(lambda: sentences.NOTHING_ASKED in room.reply.now())


async def test_a_notice_that_an_earlier_process_left_is_shown_and_keeps_nobody_waiting(room: Room) -> None:
    there = ConversationKey("test", "there")
    for number, text in enumerate(("", "", "echo one")):
        notice = "" if text else f"notice {number}"
        await room.store.arrivals.record(Incoming(there, f"left {number}", BOB, text, notice))
    await room.bridge.stop(1)
    room.reply.slow.clear()
    room.bridge = Bridge(room.store, room.backend)
    await room.bridge.serve(room.adapter)
    await eventually(lambda: any("one" in str(body) for body in room.standin.requests))
    room.reply.slow.set()
    await eventually(lambda: sorted(room.reply.now()) == ["notice 0", "notice 1", "one"] and room.bridge.idle)


async def test_answers_are_not_written_anew_without_end(harness: Harness) -> None:
    messages = []
    for number in range(MOST_WAITING_EACH + 1):
        await harness.ask(f"echo {number}", shared=True)
        messages.append(await harness.hears(str(number)))
    harness.standin.hold_after = 0
    said = []
    for number, message in enumerate(messages, start=1):
        said.append((await harness.bridge.press(Press(KEY, message, ANN, "again", number))).text)
    harness.standin.hold_after = None
    harness.standin.release()
    assert said == [""] * MOST_WAITING_EACH + [OWN_FULL]
