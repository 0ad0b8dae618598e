"""A stage: one running bridge on one platform, with the people in front of it. The contract plays on every stage."""

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from adapters.cli.serve import serve
from adapters.sandbox.qwen import StandIn
from bridge import Adapter
from bridge.access import Access, Limits
from bridge.backends.qwen import QwenClient
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.model import Options
from bridge.store import Store
from bridge.streaming.chunks import MORE
from tests.conftest import GUEST
from tests.waiting import eventually

DRAIN_SECONDS = 1.0


class Stage(ABC):
    """One place on one platform, in which a person talks to the bot."""

    options = Options()
    access = Access()
    limits = Limits()

    def __init__(self, standin: StandIn, database: str) -> None:
        self.standin = standin
        self._database = database
        self._leaving = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    @abstractmethod
    def adapter(self) -> Adapter:
        """A fresh adapter, as a new process has it."""

    @abstractmethod
    async def listening(self) -> None:
        """Returns when the adapter hears what is said."""

    @abstractmethod
    async def say(self, text: str) -> None:
        """A person says something that is meant for the bot, in the way that is usual here."""

    def asked(self, text: str) -> str:
        """A question of the usual person, as Qwen reads it here."""
        return text

    @abstractmethod
    def shown(self) -> list[str]:
        """The visible text of the bot's messages here, oldest first."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """A process starts on the same database."""
        self._leaving = asyncio.Event()
        self._serving = asyncio.create_task(self._serve())
        await self.listening()

    async def stop(self) -> None:
        """The process is asked to leave, and has left."""
        self._leaving.set()
        if self._serving:
            await self._serving
            self._serving = None

    async def restart(self, options: Options) -> None:
        """The process leaves, and another one starts, which asks in another way."""
        await self.stop()
        self.options = options
        await self.start()

    async def ended(self) -> None:
        """Returns when the process has ended by itself; raises what ended it."""
        serving, self._serving = self._serving, None
        if serving:
            await serving

    async def hears(self, *texts: str) -> list[str]:
        """Wait until the bot's messages here are so many, are whole, and hold these texts in turn; return them."""

        def heard() -> list[str]:
            shown = self.shown()
            as_told = len(shown) == len(texts) and all(text in it for text, it in zip(texts, shown, strict=True))
            return shown if as_told and not any(MORE.strip() in it for it in shown) else []

        try:
            return await eventually(heard)
        except AssertionError:
            raise AssertionError(f"expected {texts}, heard {self.shown()}") from None

    async def _serve(self) -> None:
        async with QwenClient(self.standin.url, GUEST) as qwen, await Store.open(self._database) as store:
            bridge = Bridge(store, qwen, Policy(self.options, access=self.access, limits=self.limits))
            await serve(bridge, [self.adapter()], DRAIN_SECONDS, self._leaving)
