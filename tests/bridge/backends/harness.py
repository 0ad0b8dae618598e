"""A bridge over one backend, as its members see it."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from adapters.sandbox.qwen import ApiStandIn, StandIn
from bridge.backends.base import Backend
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey
from bridge.store import Store
from bridge.streaming.chunks import MORE
from tests.harness import FakeAdapter, FakeReply
from tests.waiting import eventually

KEY = ConversationKey("test", "here")
ANN = Author("a", "Ann")
NUMBERS = itertools.count(1)


class BackendHarness:
    """A bridge on one backend or two, and one reply in which its answers are shown."""

    def __init__(self, bridge: Bridge, store: Store, backend: Backend, web: StandIn, api: ApiStandIn) -> None:
        self.bridge, self.store, self.backend, self.web, self.api = bridge, store, backend, web, api
        self.reply = FakeReply()
        self.reply.limit = 10_000
        self.adapter = FakeAdapter(self.reply)

    async def ask(self, text: str, **more: object) -> None:
        await self.bridge.receive(Incoming(KEY, f"q{next(NUMBERS)}", ANN, text, **more))  # type: ignore[arg-type]

    async def hears(self, text: str) -> str:
        """Wait until the last message holds this and is whole; its id."""

        def heard() -> bool:
            shown = self.reply.now()
            return bool(shown) and text in shown[-1] and MORE.strip() not in shown[-1]

        try:
            await eventually(heard)
        except AssertionError:
            raise AssertionError(f"expected {text!r}, heard {self.reply.now()}") from None
        await eventually(lambda: self.bridge.idle)
        return list(self.reply.shown)[-1]

    def pace(self, seconds: float) -> None:
        self.web.pace = self.api.pace = seconds

    def fail(self, name: str, times: int = 1) -> None:
        self.web.fault(name, times=times)
        self.api.fault(name, times=times)


@asynccontextmanager
async def harness_of(
    store: Store, backend: Backend, server: ApiStandIn, web: StandIn | None = None, **more: Any
) -> AsyncIterator[BackendHarness]:
    bridge = Bridge(store, backend, Policy(**more))
    harness = BackendHarness(bridge, store, backend, web or StandIn(), server)
    await bridge.serve(harness.adapter)
    yield harness
    await bridge.stop(1)
