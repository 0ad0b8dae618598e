"""Five functions lie between the turn runner and a backend's HTTP session: a traceback is read at a glance."""

import asyncio
import traceback
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

from adapters.sandbox.qwen import ApiStandIn, StandIn
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import QwenClient
from bridge.core import asking
from bridge.core.admin_alert import AdminAlert
from bridge.core.asking import Asker
from bridge.core.policy import Policy
from bridge.errors import QwenError
from bridge.incoming import Incoming
from bridge.model import Turn
from bridge.store import Store
from bridge.streaming.answer_writer import AnswerWriter
from bridge.streaming.live_answer import LiveAnswer
from tests.conftest import GUEST
from tests.harness import ANN, KEY, FakeReply, forget


async def asked(store: Store, asker: Asker, message: str) -> None:
    """The next question of a conversation, asked without a bridge around it."""
    recorded = await store.arrivals.record(Incoming(KEY, message, ANN, "echo hello"))
    assert recorded
    turn = await store.turns.claim(recorded.conversation, "me", 60.0)
    assert isinstance(turn, Turn)
    async with LiveAnswer(FakeReply(), (), forget) as live:
        await store.turns.settle(turn, await asker.ask(turn, AnswerWriter(live)))
        await store.turns.finish(turn, ())


@pytest.mark.parametrize(
    ("kind", "client"),
    [
        (StandIn, lambda url: QwenClient(url, GUEST)),
        (ApiStandIn, OpenAIClient),
    ],
    ids=["chat.qwen.ai", "an API"],
)
async def test_five_functions_lie_between_the_turn_runner_and_the_session(
    store: Store,
    kind: type[StandIn] | type[ApiStandIn],
    client: Callable[[str], QwenClient | OpenAIClient],
) -> None:
    async with kind() as server, client(server.url) as backend:
        asker = Asker(store, backend, Policy(), AdminAlert(Policy().access, {}), lambda _: asyncio.Event())
        await asked(store, asker, "one")
        await server.__aexit__(None, None, None)
        with pytest.raises(QwenError) as raised:
            await asked(store, asker, "two")
    bridge = str(Path(asking.__file__).parent.parent)
    frames = [frame for frame in traceback.extract_tb(raised.tb) if frame.filename.startswith(bridge)]
    # A context manager that an error passes through has its function noted twice.
    names = [name for name, _ in groupby(frame.name for frame in frames)]
    assert names[: names.index("request") + 1] == ["ask", "_stream", "ask", "_answer", "request"]
