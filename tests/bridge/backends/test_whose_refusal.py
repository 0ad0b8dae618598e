"""One person's refusal is one person's: the core on both clients, over sockets, with a server that says no word."""

import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.qwen import ApiStandIn, StandIn
from bridge.access import Access
from bridge.backends.http.unclear_refusals import MOST_REFUSALS
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import Credentials, QwenClient
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.controls import Invocation
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.errors import Moderated, Unexplained
from bridge.i18n import sentences
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey, Turn
from bridge.store import Store
from tests.conftest import GUEST
from tests.harness import FakeAdapter, FakeReply
from tests.waiting import eventually

ANN = Author("a", "Ann")
LOOK = ("bridge.backends.openai.client.LOOK_SECONDS", "bridge.backends.qwen.client.PROBE_SECONDS")


def roomy() -> FakeReply:
    """A reply with room for everything in one message."""
    reply = FakeReply()
    reply.limit = 10_000
    return reply


class Places(FakeAdapter):
    """A platform on which each conversation has a reply of its own."""

    def __init__(self) -> None:
        super().__init__(FakeReply())
        self.replies: defaultdict[str, FakeReply] = defaultdict(roomy)

    def open(self, turn: Turn) -> FakeReply:
        return self.replies[turn.key.channel]


class People:
    """A bridge on one backend, and people who ask in conversations that are named by a letter."""

    def __init__(self, bridge: Bridge, server: StandIn | ApiStandIn, renew: Callable[[], object]) -> None:
        self.bridge, self.server, self.renew = bridge, server, renew
        self.adapter = Places()
        self._messages = itertools.count()

    async def ask(self, text: str, place: str) -> None:
        await self.bridge.receive(Incoming(ConversationKey("test", place), f"q{next(self._messages)}", ANN, text))

    async def hears(self, place: str, *texts: str) -> None:
        """Wait until the messages in a conversation are these."""
        reply = self.adapter.replies[place]
        try:
            await eventually(lambda: reply.now() == list(texts))
        except AssertionError:
            raise AssertionError(f"expected {texts}, heard {reply.now()}") from None

    def refuse(self, said: str = "") -> None:
        """Let the server refuse from now on what holds this, with a bare 403."""
        self.server.fault("http_403", times=None, said=said)

    @property
    def asked(self) -> int:
        """How many questions have reached the server."""
        if isinstance(self.server, ApiStandIn):
            return len(self.server.bodies)
        return sum(request.path.endswith("/completions") for request in self.server.requests)


@pytest.fixture
def hold_seconds() -> float:
    return 3600.0


@pytest.fixture(params=["web", "api"])
async def people(
    request: pytest.FixtureRequest, store: Store, standin: StandIn, tmp_path: Path, hold_seconds: float
) -> AsyncIterator[People]:
    policy = Policy(access=Access(admins=frozenset({"test:user:7"})), hold_seconds=hold_seconds)
    async with AsyncExitStack() as stack:
        if request.param == "web":
            file = tmp_path / "credentials.json"
            kept = CredentialsFile(file, GUEST)
            web = await stack.enter_async_context(QwenClient(standin.url, GUEST, credentials_file=kept))
            bridge = Bridge(store, web, policy)
            people = People(bridge, standin, lambda: CredentialsFile(file, GUEST).keep(Credentials(umidtoken="fresh")))
        else:
            server = await stack.enter_async_context(ApiStandIn(key="right"))
            api = await stack.enter_async_context(OpenAIClient(server.url, "right"))
            bridge = Bridge(store, api, policy)
            people = People(bridge, server, lambda: None)
        await bridge.serve(people.adapter)
        yield people
        await bridge.stop(1)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused questions are tried again soon."""
    for name in LOOK:
        monkeypatch.setattr(name, 0.2)
    monkeypatch.setattr("bridge.backends.qwen.client.LOOK_SECONDS", 0.05)


async def test_the_next_other_question_is_answered_at_once_and_decides(people: People) -> None:
    people.refuse("BAD")
    await people.ask("echo BAD", "a")
    await people.hears("a", sentences.HELD_UNCLEAR)
    await people.ask("echo good", "b")
    await people.hears("b", "good")
    await people.hears("a", sentences.REFUSED_ALONE)
    assert people.asked == 3
    assert not people.adapter.told, "there is nothing for the operator to do"
    await people.ask("echo BAD", "c")
    await people.hears("c", sentences.REFUSED_ALONE)


async def test_it_does_not_hold_up_those_behind_it(people: People) -> None:
    people.refuse("BAD")
    await people.ask("echo BAD", "a")
    await people.hears("a", sentences.HELD_UNCLEAR)
    await people.ask("echo good", "a")
    await people.hears("a", Unexplained.sentence, "good")


async def test_two_bad_questions_close_it_to_no_good_one(people: People) -> None:
    people.refuse("BAD")
    with capture_logs() as logs:
        await people.ask("echo BAD one", "a")
        await people.hears("a", sentences.HELD_UNCLEAR)
        await people.ask("echo BAD two", "b")
        await people.hears("b", sentences.HELD)
        await people.ask("echo good", "c")
        await people.hears("c", "good")
        for place in "ab":
            await people.hears(place, sentences.REFUSED_ALONE)
    assert "BAD" not in str(logs)
    assert "Qwen answers again." in [line["event"] for line in logs]


@pytest.mark.usefixtures("quick")
async def test_with_a_bad_key_all_are_held_and_answered_when_it_works_again(people: People) -> None:
    people.refuse()
    for place in "abc":
        await people.ask(f"echo {place}", place)
    await eventually(lambda: people.adapter.told)
    await people.ask("echo d", "d")
    for place in "abcd":
        await eventually(lambda place=place: people.adapter.replies[place].now())  # type: ignore[misc]
    people.server.schedule.clear()
    people.renew()
    for place in "abcd":
        await people.hears(place, place)
    assert len(people.adapter.told) == 1


@pytest.mark.usefixtures("quick")
async def test_alone_it_is_asked_some_times_and_told_and_so_is_the_operator(people: People) -> None:
    people.refuse()
    await people.ask("echo hello", "a")
    await people.hears("a", Unexplained.sentence)
    assert people.asked == MOST_REFUSALS
    await eventually(lambda: people.adapter.told)


@pytest.mark.parametrize("hold_seconds", [0.0])
async def test_where_nothing_is_held_it_is_told_at_once(people: People) -> None:
    people.refuse("BAD")
    for text in ("one", "BAD", "two"):
        await people.ask(f"echo {text}", "a")
    await people.hears("a", "one", Unexplained.sentence, "two")


@pytest.mark.usefixtures("quick")
async def test_what_is_certain_closes_it_at_once(people: People) -> None:
    is_web = isinstance(people.server, StandIn)
    people.server.fault("human_check" if is_web else "unauthorized", times=None)
    for place in "ab":
        await people.ask(f"echo {place}", place)
        await people.hears(place, sentences.HELD)
    if is_web:
        assert people.asked == 1, "a human check is not asked again"
    people.server.schedule.clear()
    people.renew()
    for place in "ab":
        await people.hears(place, place)


async def test_a_model_that_is_refused_is_dropped_and_nobody_is_held(people: People) -> None:
    model = (await people.bridge.models())[-1]
    await people.bridge.command(Invocation(ConversationKey("test", "a"), ANN, "model", model))
    people.server.fault("http_403")
    await people.ask("echo one", "a")
    await people.hears("a", f"one\n\n⚠️ {sentences.MODEL_GONE}")
    assert people.asked == 2


async def test_a_question_that_is_refused_in_clear_words_decides_as_well(people: People) -> None:
    people.refuse("BAD")
    people.server.fault("moderation", said="RUDE")
    await people.ask("echo BAD", "a")
    await people.hears("a", sentences.HELD_UNCLEAR)
    await people.ask("echo RUDE", "b")
    await people.hears("b", Moderated.sentence)
    await people.hears("a", sentences.REFUSED_ALONE)
