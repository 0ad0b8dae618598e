"""Who may talk, and how often: the words, the counting, and what people are told on one wall."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.cli.settings import Settings
from bridge.access import KINDS, Access, Limits, words
from bridge.backends.qwen import QwenClient
from bridge.controls import Invocation, Press
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.errors import CannotStart
from bridge.i18n import sentences
from bridge.model import Author, ConversationKey, Incoming
from bridge.standin import StandIn
from bridge.store import Store
from bridge.store.usage import Refusal
from tests.harness import FakeAdapter, FakeReply
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


def rows(database: str, statement: str) -> list[tuple[object, ...]]:
    """What stands in the database's file."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        return connection.execute(statement).fetchall()


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
    async with await Store.open(database, clock) as store:
        yield store


async def test_a_budget_opens_again_when_its_oldest_question_is_old_enough(counted: Store, clock: Clock) -> None:
    limits = Limits(hour=2)
    assert await counted.usage.count(DISCORD, "a", limits) is None
    clock.now += 600
    assert await counted.usage.count(DISCORD, "a", limits) is None
    clock.now += 600
    assert await counted.usage.count(DISCORD, "a", limits) == Refusal(HOUR - 1200, chat=False)
    assert await counted.usage.count(DISCORD, "b", limits) is None, "each person has their own"
    assert await counted.usage.count(replace(DISCORD, platform="telegram:77"), "a", limits) is None, (
        "ids are a platform's"
    )
    assert await counted.usage.count(replace(DISCORD, channel="2"), "a", limits) == Refusal(HOUR - 1200, chat=False)
    clock.now += HOUR - 1200
    assert await counted.usage.count(DISCORD, "a", limits) is None
    assert await counted.usage.count(DISCORD, "a", limits) == Refusal(600, chat=False), "what was refused did not count"


async def test_the_chat_has_a_budget_for_all_and_the_longest_wait_is_told(counted: Store, clock: Clock) -> None:
    limits = Limits(hour=1, chat_hour=2, chat_day=2)
    assert await counted.usage.count(DISCORD, "a", limits) is None
    assert await counted.usage.count(replace(DISCORD, thread="t"), "b", limits) is None
    assert await counted.usage.count(DISCORD, "c", limits) == Refusal(DAY, chat=True)
    assert await counted.usage.count(DISCORD, "a", limits) == Refusal(DAY, chat=True)
    assert await counted.usage.count(replace(DISCORD, channel="2"), "c", limits) is None
    clock.now += DAY
    assert await counted.usage.count(DISCORD, "a", limits) is None


async def test_the_count_survives_restarts_and_forgetting_and_ends_after_a_day(database: str, clock: Clock) -> None:
    async with await Store.open(database, clock) as store:
        await store.usage.count(DISCORD, "a", Limits(day=1))
        await store.transcripts.forget(DISCORD)
    async with await Store.open(database, clock) as store:
        assert await store.usage.count(DISCORD, "a", Limits(day=1)) == Refusal(DAY, chat=False)
        clock.now += DAY + 1
        assert await store.usage.count(DISCORD, "b", Limits(day=1)) is None
        assert [author for (author,) in rows(database, "SELECT author FROM visits")] == ["b"]


# What people are told


EVERYBODY = Policy()


class AdmissionHarness:
    """A bridge with a policy, and one reply in which everything is shown."""

    def __init__(self, store: Store, qwen: QwenClient, standin: StandIn) -> None:
        self.store, self.qwen, self.standin = store, qwen, standin
        self.reply = FakeReply()
        self.reply.limit = 10_000
        self.count = 0
        self.bridge = Bridge(store, qwen)

    async def serve(self, policy: Policy = EVERYBODY) -> None:
        self.bridge = Bridge(self.store, self.qwen, policy)
        await self.bridge.serve(FakeAdapter(self.reply))

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
    assert not await harness.say(DAN, "echo again")
    await harness.say(CLEO, "echo welcome")
    await harness.shows(sentences.NOT_ALLOWED, "welcome")
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


async def test_a_spent_budget_is_refused_with_the_time_at_most_once_a_minute(
    harness: AdmissionHarness, clock: Clock
) -> None:
    await harness.serve(Policy(limits=Limits(hour=1)))
    await harness.say(DAN, "echo one", "q")
    await harness.shows("one")
    clock.now += 90
    assert not await harness.say(DAN, "echo one", "q"), "what comes again is neither counted nor refused"
    for _ in range(5):
        await harness.say(DAN, "echo more")
    await harness.shows("one", spent(59))
    clock.now += 61
    await harness.say(DAN, "echo more")
    await harness.say(CLEO, "echo mine")
    await harness.shows("one", spent(59), spent(58), "mine")
    clock.now += HOUR - 151
    await harness.say(DAN, "echo open")
    await harness.shows("one", spent(59), spent(58), "mine", "open")


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
    await harness.bridge.edited(Incoming(KEY, "q", DAN, "echo three"))
    await harness.shows(sentences.NOTHING_ASKED, "two", refused)


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
