"""Questions while Qwen wants its operator: held, said once, and answered in order when they have renewed its access."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sandbox.qwen import StandIn
from bridge import Invocation
from bridge.access import Access
from bridge.backends.qwen import Credentials, QwenClient, client
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.errors import OperatorNeeded
from bridge.i18n import sentences
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey
from bridge.store import Store
from tests.conftest import GUEST
from tests.harness import FakeAdapter, FakeReply
from tests.waiting import eventually

KEY, ANN = ConversationKey("test", "here"), Author("a", "Ann")
HOUR = 3600.0


class Held:
    """A bridge on a wall, and the file in which its operator keeps credentials."""

    def __init__(
        self, adapter: FakeAdapter, bridge: Bridge, standin: StandIn, credentials_file: CredentialsFile
    ) -> None:
        self.adapter = adapter
        self.reply = adapter.reply
        self.bridge = bridge
        self.standin = standin
        self.credentials_file = credentials_file

    async def ask(self, number: int) -> None:
        await self.bridge.receive(Incoming(KEY, f"q{number}", ANN, f"echo answer {number}"))

    def renew(self) -> None:
        """The operator pastes fresh headers."""
        self.standin.schedule.clear()
        self.credentials_file.keep(Credentials(umidtoken="fresh-device"))


@pytest.fixture(params=[HOUR])
async def held(
    request: pytest.FixtureRequest, store: Store, standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Held]:
    monkeypatch.setattr(client, "LOOK_SECONDS", 0.01)
    file = tmp_path / "credentials.json"
    credentials_file = CredentialsFile(file, GUEST)
    async with QwenClient(standin.url, credentials_file.load(), credentials_file=credentials_file) as qwen:
        admins = frozenset({"test:user:7"})
        bridge = Bridge(store, qwen, Policy(access=Access(admins=admins), hold_seconds=request.param))
        adapter = FakeAdapter(FakeReply())
        adapter.reply.limit = 2000
        await bridge.serve(adapter)
        standin.fault("human_check", times=None)
        yield Held(adapter, bridge, standin, CredentialsFile(file, GUEST))
        await bridge.stop(1)


async def test_questions_are_kept_and_answered_in_order_when_the_access_is_renewed(held: Held) -> None:
    for number in (1, 2):
        await held.ask(number)
    await eventually(lambda: held.reply.now() == [sentences.HELD])
    asked = len(held.standin.requests)
    held.renew()
    await eventually(lambda: held.reply.now() == ["answer 1", "answer 2"])
    assert len(held.standin.requests) >= asked
    assert held.reply.shown["m0"].count(sentences.HELD) == 1, "said once"


async def test_admins_are_told_once_with_the_remedy(held: Held) -> None:
    for number in (1, 2):
        await held.ask(number)
    await eventually(lambda: held.adapter.told)
    held.renew()
    await eventually(lambda: held.reply.now() == ["answer 1", "answer 2"])
    ((user, text),) = held.adapter.told
    assert user == "7"
    assert "qwen-bridge login" in text
    held.standin.fault("human_check", times=None)
    await held.ask(3)
    await eventually(lambda: len(held.adapter.told) == 2)


async def test_a_process_that_leaves_keeps_what_it_holds(held: Held, store: Store) -> None:
    await held.ask(1)
    await eventually(lambda: held.reply.now() == [sentences.HELD])
    await held.bridge.stop(0.5)
    assert held.reply.now() == [sentences.HELD]
    assert await store.turns.unfinished("test") == [1]


async def test_a_question_that_is_held_can_be_stopped(held: Held, store: Store) -> None:
    await held.ask(1)
    await eventually(lambda: held.reply.now() == [sentences.HELD])
    await held.bridge.command(Invocation(KEY, ANN, "stop"))
    await eventually(lambda: held.reply.now() == [sentences.STOPPED])


@pytest.mark.parametrize("held", [0.0, 0.05], indirect=True)
async def test_a_question_that_is_not_kept_or_not_any_longer_is_refused(held: Held) -> None:
    await held.ask(1)
    await eventually(lambda: held.reply.now() == [OperatorNeeded.sentence])
