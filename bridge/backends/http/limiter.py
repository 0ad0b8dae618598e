"""The limiter: how many questions are under way at once, and how many are asked in a minute."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from bridge.backends.http.circuit_breaker import Breaker
from bridge.errors import QwenError

GUEST_PARALLEL, GUEST_PER_MINUTE = 2, 15
"""Guests that ask faster meet a human check (qwen wire, guest mode)."""


class Limiter:
    """Lets questions through in the order in which they come; 0 means no limit. `clock` gives seconds."""

    def __init__(self, parallel: int = 0, per_minute: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._places: AbstractAsyncContextManager[object] = asyncio.Semaphore(parallel) if parallel else nullcontext()
        self._per_minute = per_minute
        self._clock = clock
        self._asked: deque[float] = deque()
        self._rate = asyncio.Lock()
        self.breaker = Breaker(clock)

    @asynccontextmanager
    async def question(self, judge: Callable[[QwenError], QwenError] = lambda error: error) -> AsyncIterator[None]:
        """Let one question and its answer through. Raises what the breaker knows, without asking.

        `judge` tells the breaker of an error that the question raises, and returns what is raised in its place.
        """
        async with self._places:
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
        """Wait until one more request is allowed in this minute; a question that is asked again is another one."""
        if not self._per_minute:
            return
        async with self._rate:
            if len(self._asked) == self._per_minute:
                await asyncio.sleep(max(0.0, self._asked.popleft() + 60 - self._clock()))
            self._asked.append(self._clock())
