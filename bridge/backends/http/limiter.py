"""Limits how many questions are under way at once, and how many requests start in a minute."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from bridge.backends.http.circuit_breaker import Breaker
from bridge.errors import QwenError

GUEST_PARALLEL, GUEST_PER_MINUTE = 2, 15
"""Limit a guest: those that ask faster meet a human check (qwen wire, guest mode)."""


class Limiter:
    """Admits questions in the order in which they come, unless its `breaker` refuses them.

    `parallel`: how many at once, `per_minute`: how many requests start within 60 seconds; 0 means no limit. `clock`
    returns seconds.
    """

    def __init__(self, parallel: int = 0, per_minute: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._slots: AbstractAsyncContextManager[object] = asyncio.Semaphore(parallel) if parallel else nullcontext()
        self._per_minute = per_minute
        self._clock = clock
        self._started: deque[float] = deque()
        self._rate = asyncio.Lock()
        self.breaker = Breaker(clock)

    @asynccontextmanager
    async def question(self, judge: Callable[[QwenError], QwenError] = lambda error: error) -> AsyncIterator[None]:
        """Hold a slot for one question until its answer has ended. Raises QwenError where the breaker is open.

        `judge` is given a QwenError that the question raises: it records the error in the breaker, and returns the one
        to raise in its place.
        """
        async with self._slots:
            self.breaker.look()
            await self.wait_for_rate()
            self.breaker.check()
            try:
                yield
            except QwenError as error:
                judged = judge(error)
                if judged is error:
                    raise
                raise judged from error

    async def wait_for_rate(self) -> None:
        """Wait until one more request may start in this minute. A question that is asked again calls this again."""
        if not self._per_minute:
            return
        async with self._rate:
            if len(self._started) == self._per_minute:
                await asyncio.sleep(max(0.0, self._started.popleft() + 60 - self._clock()))
            self._started.append(self._clock())
