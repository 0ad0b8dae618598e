"""Limits how many questions are under way at once, and how many requests start in a minute."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial

from bridge.backends.http.circuit_breaker import Breaker
from bridge.errors import QwenError
from bridge.model import Attachment

GUEST_PARALLEL, GUEST_PER_MINUTE = 2, 15
"""Limit a guest: those that ask faster meet a human check (qwen wire, guest mode)."""


def key_of(prompt: str, files: Sequence[Attachment]) -> int:
    """Return a number by which the circuit breaker knows a question again; it is of this process alone."""
    return hash((prompt, *(file.data for file in files)))


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
    async def question(
        self, question: int = 0, judge: Callable[[QwenError], QwenError] = lambda error: error
    ) -> AsyncIterator[Callable[[], None]]:
        """Hold a slot for one question, known by its key, until its answer has ended.

        Enters with what is to be called when the answer has begun. Raises QwenError where the breaker is open; `judge`
        is given one that the question raises, and returns what the breaker is to record in its place.
        """
        async with self._slots:
            self.breaker.look(question)
            await self.wait_for_rate()
            admission = await self.breaker.admit(question)
            try:
                yield partial(self.breaker.succeeded, admission)
            except QwenError as error:
                told = self.breaker.failed(judge(error), admission)
                if told is error:
                    raise
                raise told from error
            finally:
                self.breaker.ended(admission)

    async def wait_for_rate(self) -> None:
        """Wait until one more request may start in this minute. A question that is asked again calls this again."""
        if not self._per_minute:
            return
        async with self._rate:
            if len(self._started) == self._per_minute:
                await asyncio.sleep(max(0.0, self._started.popleft() + 60 - self._clock()))
            self._started.append(self._clock())
