"""The stage of the contract tests: a running bridge on one platform, and what people there do and see."""

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
"""How long a stopped bridge lets running answers go on."""


class Stage(ABC):
    """Runs a bridge on one platform, and acts for a person who talks to the bot in one chat of it.

    `options`, `access`, `limits`, `hold_seconds` and `notice` are the settings of the next start; `pretended`: the
    bridge knows that a stand-in answers.
    """

    options = Options()
    access = Access()
    limits = Limits()
    hold_seconds = 0.0
    notice = ""
    pretended = False

    def __init__(self, standin: StandIn, database: str) -> None:
        self.standin = standin
        self._database = database
        self._leaving = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    @abstractmethod
    def adapter(self) -> Adapter:
        """Make a new adapter, as each process has its own."""

    @abstractmethod
    async def listening(self) -> None:
        """Wait until the adapter receives the platform's messages."""

    @abstractmethod
    async def say(self, text: str) -> None:
        """Send `text` to the bot as the usual person, addressed as is usual in this chat."""

    def asked(self, text: str) -> str:
        """Return the prompt that Qwen gets where the usual person says `text`."""
        return text

    @abstractmethod
    def shown(self) -> list[str]:
        """Return the visible texts of the bot's messages in this chat, oldest first."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start a bridge on the database, and wait until its adapter listens."""
        self._leaving = asyncio.Event()
        self._serving = asyncio.create_task(self._serve())
        await self.listening()

    async def stop(self) -> None:
        """Ask the bridge to end, as SIGTERM does, and wait until it has."""
        self._leaving.set()
        if self._serving:
            await self._serving
            self._serving = None

    async def restart(self, options: Options) -> None:
        """Stop the bridge, and start another one that asks with `options`."""
        await self.stop()
        self.options = options
        await self.start()

    async def ended(self) -> None:
        """Wait until the bridge ends without being asked to. Raises the error that ended it."""
        serving, self._serving = self._serving, None
        if serving:
            await serving

    async def hears(self, *texts: str) -> list[str]:
        """Wait until the bot has sent one message for each of `texts`, complete and containing it; return them.

        Raises AssertionError where they do not come.
        """

        def heard() -> list[str]:
            shown = self.shown()
            as_told = len(shown) == len(texts) and all(text in it for text, it in zip(texts, shown, strict=True))
            return shown if as_told and not any(MORE.strip() in it for it in shown) else []

        try:
            return await eventually(heard)
        except AssertionError:
            raise AssertionError(f"expected {texts}, heard {self.shown()}") from None

    async def _serve(self) -> None:
        qwen = QwenClient(self.standin.url, GUEST, pretended=self.pretended)
        async with qwen, await Store.open(self._database) as store:
            policy = Policy(
                self.options,
                access=self.access,
                limits=self.limits,
                hold_seconds=self.hold_seconds,
                notice=self.notice,
            )
            bridge = Bridge(store, qwen, policy)
            await serve(bridge, [self.adapter()], DRAIN_SECONDS, self._leaving)
