"""Who may talk, and how often: the words, the counting, and what people are told on one wall."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cli.settings import Settings
from adapters.sandbox.qwen import StandIn
from bridge.access import KINDS, Access, Limits, words
from bridge.backends.qwen import QwenClient
from bridge.controls import Invocation, Press
from bridge.core.bridge import EVERYBODY, MOST_WAITING, UNLIMITED, Bridge
from bridge.errors import CannotStart
from bridge.i18n import sentences
from bridge.model import Author, ConversationKey, Incoming
from bridge.store import Store
from bridge.store.connection import connect
from bridge.store.usage import Refusal
from tests.bridge.core.test_bridge import FaultyAdapter
from tests.bridge.streaming.test_live_answer import Wall
from tests.waiting import eventually

DISCORD, TELEGRAM = ConversationKey("discord", "1"), ConversationKey("telegram:77", "-100")
ANN = Author("123", "Ann", groups=("guild:456", "role:789", "channel:1"))
BOB = Author("5", "Bob", groups=("chat:-100",))
HOUR, DAY = 3600.0, 86400.0

# Who may talk


@pytest.mark.parametrize(
    ("allow", "deny", "admins", "may"),
    [
        ("", "", "", True),
        ("discord:user:123", "", "", True),
        ("discord:123", "", "", True),
        ("discord:guild:456", "", "", True),
        ("discord:user:9, discord:role:789", "", "", True),
        ("discord:channel:1", "", "", True),
        ("discord:channel:12", "", "", False),
        ("discord:guild:123", "", "", False),
        ("telegram:user:123", "", "", False),
        ("", "discord:user:123", "", False),
        ("", "discord:user:124", "", True),
        ("discord:user:123", "discord:guild:456", "", False),
        ("discord:user:9", "discord:user:123", "discord:role:789", True),
        ("discord:user:9", "", "discord:role:788", False),
    ],
)
def test_deny_wins_over_allow_and_admins_over_both(allow: str, deny: str, admins: str, may: bool) -> None:
    access = Access(words(allow), words(deny), words(admins))
    assert access.may_talk(ANN, DISCORD) == may
    assert access.is_admin(ANN, DISCORD) == ("role:789" in admins)


def test_a_platform_is_known_whatever_the_bot() -> None:
    assert Access(allow=words("telegram:-100")).may_talk(BOB, TELEGRAM)
    assert Access(allow=words("telegram:5")).may_talk(BOB, TELEGRAM)
    assert not Access(allow=words("telegram:6\n telegram:chat:100")).may_talk(BOB, TELEGRAM)
    assert not Access(deny=words("telegram:-100")).may_talk(BOB, TELEGRAM)


@pytest.mark.parametrize(
    "wrong",
    [
        "123",
        "discord",
        "discord:",
        "telegram:@ann",
        "telegram:role:1",
        "discord:user:a:1",
        "discord:user:-1",
        "discord:guild:",
        "slack:user:1",
        "discord:user:١",
    ],
)
@pytest.mark.parametrize("name", ["ALLOW", "DENY", "ADMINS"])
def test_a_wrong_word_is_named_with_an_example(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    monkeypatch.setenv(name, f"discord:user:1 {wrong}")
    with pytest.raises(CannotStart) as error:
        Settings.read()
    assert f"{name} holds “{wrong}”, which is none of discord:user:ID, " in error.value.sentence
    assert f" Example: {name}=discord:" in error.value.sentence


def test_the_settings_become_access_and_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings.read().access, Settings.read().limits) == (Access(), Limits())
    monkeypatch.setenv("ALLOW", "discord:1")
    monkeypatch.setenv("DENY", "discord:2,telegram:-3")
    monkeypatch.setenv("ADMINS", "discord:role:4")
    for number, name in enumerate(("QUESTIONS_PER_HOUR", "QUESTIONS_PER_DAY"), start=1):
        monkeypatch.setenv(name, str(number))
        monkeypatch.setenv(f"CHAT_{name}", str(number + 2))
    assert Settings.read().limits == Limits(1, 2, 3, 4)
    assert Settings.read().access == Access(
        frozenset({"discord:user:1"}), frozenset({"discord:user:2", "telegram:chat:-3"}), frozenset({"discord:role:4"})
    )


@given(st.lists(st.sampled_from([(p, k) for p, kinds in KINDS.items() for k in kinds]), max_size=5), st.data())
@settings(max_examples=50, deadline=None)
def test_what_is_written_out_is_read_as_it_stands(kinds: list[tuple[str, str]], data: st.DataObject) -> None:
    named = {f"{platform}:{kind}:{data.draw(st.integers(0, 2**63))}" for platform, kind in kinds}
    assert words(data.draw(st.sampled_from([" ", ",", " ,\n"])).join(named)) == named


# Counting


class Clock:
    """The time of a store, moved by hand."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def counted(database: str, clock: Clock) -> AsyncIterator[Store]:
    async with Store(await connect(database), clock) as store:
        yield store


async def test_a_budget_opens_again_when_its_oldest_question_is_old_enough(counted: Store, clock: Clock) -> None:
    limits = Limits(hour=2)
    assert await counted.count(DISCORD, "a", limits) is None
    clock.now += 600
    assert await counted.count(DISCORD, "a", limits) is None
    clock.now += 600
    assert await counted.count(DISCORD, "a", limits) == Refusal(HOUR - 1200, chat=False)
    assert await counted.count(DISCORD, "b", limits) is None, "each person has their own"
    assert await counted.count(replace(DISCORD, platform="telegram:77"), "a", limits) is None, "ids are a platform's"
    assert await counted.count(replace(DISCORD, channel="2"), "a", limits) == Refusal(HOUR - 1200, chat=False)
    clock.now += HOUR - 1200
    assert await counted.count(DISCORD, "a", limits) is None
    assert await counted.count(DISCORD, "a", limits) == Refusal(600, chat=False), "what was refused did not count"


async def test_the_chat_has_a_budget_for_all_and_the_longest_wait_is_told(counted: Store, clock: Clock) -> None:
    limits = Limits(hour=1, chat_hour=2, chat_day=2)
    assert await counted.count(DISCORD, "a", limits) is None
    assert await counted.count(replace(DISCORD, thread="t"), "b", limits) is None
    assert await counted.count(DISCORD, "c", limits) == Refusal(DAY, chat=True)
    assert await counted.count(DISCORD, "a", limits) == Refusal(DAY, chat=True)
    assert await counted.count(replace(DISCORD, channel="2"), "c", limits) is None
    clock.now += DAY
    assert await counted.count(DISCORD, "a", limits) is None


async def test_the_count_survives_restarts_and_forgetting_and_ends_after_a_day(database: str, clock: Clock) -> None:
    async with Store(await connect(database), clock) as store:
        await store.count(DISCORD, "a", Limits(day=1))
        await store.forget(DISCORD)
    async with Store(await connect(database), clock) as store:
        assert await store.count(DISCORD, "a", Limits(day=1)) == Refusal(DAY, chat=False)
        clock.now += DAY + 1
        assert await store.count(DISCORD, "b", Limits(day=1)) is None
        assert [row["author"] for row in await store._read(lambda sql: sql.all("SELECT author FROM visits"))] == ["b"]


# What people are told


class Door:
    """A bridge with a door, and one wall on which everything is shown."""

    def __init__(self, store: Store, qwen: QwenClient, standin: StandIn) -> None:
        self.store, self.qwen, self.standin = store, qwen, standin
        self.wall = Wall()
        self.wall.limit = 10_000
        self.count = 0
        self.bridge = Bridge(store, qwen)

    async def opens(self, access: Access = EVERYBODY, limits: Limits = UNLIMITED, most: int = MOST_WAITING) -> None:
        self.bridge = Bridge(self.store, self.qwen, access=access, limits=limits, most_waiting=most)
        await self.bridge.serve(FaultyAdapter(self.wall))

    async def say(self, author: Author, text: str, message: str = "", **more: object) -> bool:
        self.count += 1
        asked = Incoming(KEY, message or f"q{self.count}", author, text, **more)  # type: ignore[arg-type]
        return await self.bridge.receive(asked)

    async def shows(self, *texts: str) -> None:
        await eventually(lambda: self.wall.now() == list(texts) and not self.bridge._lanes._tasks)

    async def press(self, author: Author, message: str) -> str:
        turn = self.wall.controls[message].turn
        return (await self.bridge.press(Press(KEY, message, author, "again", turn))).text

    async def command(self, author: Author, name: str, argument: str = "") -> str:
        return (await self.bridge.command(Invocation(KEY, author, name, argument, shared=True))).text


KEY = ConversationKey("test", "here")
CLEO, DAN = Author("c", "Cleo", groups=("role:good",)), Author("d", "Dan")
ONLY_CLEO = Access(allow=frozenset({"test:role:good"}))


@pytest.fixture
async def door(counted: Store, qwen: QwenClient, standin: StandIn) -> AsyncIterator[Door]:
    door = Door(counted, qwen, standin)
    yield door
    await door.bridge.stop(1)


async def test_who_may_not_talk_is_told_so_once_an_hour_and_nothing_is_kept(door: Door, clock: Clock) -> None:
    await door.opens(ONLY_CLEO)
    assert not await door.say(DAN, "echo I am not called", addressed=False)
    assert await door.say(DAN, "echo a secret", group="album:1")
    assert not await door.say(DAN, "echo again")
    await door.say(CLEO, "echo welcome")
    await door.shows(sentences.NOT_ALLOWED, "welcome")
    clock.now += HOUR + 1
    assert await door.say(DAN, "echo please")
    await door.shows(sentences.NOT_ALLOWED, "welcome", sentences.NOT_ALLOWED)
    kept = await door.store._read(lambda sql: sql.all("SELECT prompt FROM turns"))
    assert [row["prompt"] for row in kept] == ["", "echo welcome", ""]
    assert len(door.standin.chats) == 1


async def test_who_may_not_talk_may_not_press_type_or_edit(door: Door) -> None:
    await door.opens()
    await door.say(DAN, "echo one", "mine")
    await door.shows("one")
    await door.bridge.stop(1)
    await door.opens(ONLY_CLEO)
    assert await door.press(DAN, "m0") == sentences.NOT_ALLOWED
    assert await door.command(DAN, "status") == sentences.NOT_ALLOWED
    await door.bridge.edited(Incoming(KEY, "mine", DAN, "echo two"))
    await door.say(CLEO, "echo three")
    await door.shows("one", "three")


async def test_the_admins_of_the_operator_are_admins_everywhere_and_have_no_budget(door: Door) -> None:
    await door.opens(replace(ONLY_CLEO, admins=frozenset({"test:user:d"})), Limits(day=1))
    await door.say(CLEO, "echo one")
    await door.shows("one")
    assert await door.press(DAN, "m0") == ""
    assert await door.command(CLEO, "think", "on") == sentences.ADMINS_ONLY
    assert await door.command(DAN, "think", "on") == sentences.SWITCHED_ON.format(what=sentences.THINKING)
    for word in ("two", "three"):
        await door.say(DAN, f"echo {word}")
    await door.shows("one", "two", "three")


def spent(minutes: int) -> str:
    return sentences.BUDGET_SPENT.format(time=f"{minutes} min")


async def test_a_spent_budget_is_refused_with_the_time_at_most_once_a_minute(door: Door, clock: Clock) -> None:
    await door.opens(limits=Limits(hour=1))
    await door.say(DAN, "echo one", "q")
    await door.shows("one")
    clock.now += 90
    assert not await door.say(DAN, "echo one", "q"), "what comes again is neither counted nor refused"
    for _ in range(5):
        await door.say(DAN, "echo more")
    await door.shows("one", spent(59))
    clock.now += 61
    await door.say(DAN, "echo more")
    await door.say(CLEO, "echo mine")
    await door.shows("one", spent(59), spent(58), "mine")
    clock.now += HOUR - 151
    await door.say(DAN, "echo open")
    await door.shows("one", spent(59), spent(58), "mine", "open")


async def test_regenerating_and_editing_count_and_hints_do_not(door: Door) -> None:
    await door.opens(limits=Limits(day=3))
    await door.say(DAN, "", "empty")
    await door.shows(sentences.NOTHING_ASKED)
    await door.say(DAN, "echo one", "q")
    await door.shows(sentences.NOTHING_ASKED, "one")
    assert await door.press(DAN, "m1") == ""
    await eventually(lambda: len(door.wall.shown["m1"]) > 1 and not door.bridge._lanes._tasks)
    await door.bridge.edited(Incoming(KEY, "q", DAN, "echo two"))
    await door.shows(sentences.NOTHING_ASKED, "two")
    refused = sentences.BUDGET_SPENT.format(time="24 h")
    assert await door.press(DAN, "m1") == refused
    assert await door.command(DAN, "retry") == refused
    await door.bridge.edited(Incoming(KEY, "q", DAN, "echo three"))
    await door.shows(sentences.NOTHING_ASKED, "two", refused)


async def test_a_question_that_finds_the_line_full_does_not_count(door: Door) -> None:
    full = sentences.LINE_FULL.many.format(count=0)
    await door.opens(limits=Limits(day=1), most=0)
    await door.say(DAN, "echo one")
    await door.shows(full)
    await door.bridge.stop(1)
    await door.opens(limits=Limits(day=1))
    await door.say(DAN, "echo two")
    await door.shows(full, "two")


async def test_the_pieces_of_one_question_count_once(door: Door) -> None:
    await door.opens(limits=Limits(chat_day=1))
    await door.say(DAN, "echo one", group="paste", wait=1.0)
    await door.say(DAN, "and more", group="paste")
    await door.shows("one\nand more")
    await door.say(CLEO, "echo no")
    await door.shows("one\nand more", sentences.CHAT_BUDGET_SPENT.format(time="24 h"))
