"""Run one step at a time per conversation, in order, while conversations do not wait for each other."""

import asyncio
from collections.abc import Awaitable, Callable

Step = Callable[[int], Awaitable[bool]]
"""Performs the next step of a lane, named by its conversation's number; returns False if there was nothing to do."""


class Lanes:
    """Runs a task per conversation (a lane), which repeats its step while there is something to do, and then ends.

    Holds no work itself: a step looks up in the store what is next.
    """

    def __init__(self, step: Step) -> None:
        self._step = step
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._woken: set[int] = set()
        self._resting: dict[int, asyncio.Event] = {}
        self._arrivals: dict[int, asyncio.Event] = {}

    def wake(self, lane: int) -> None:
        """Let the lane look for work again: start its task, or end its rest."""
        self._woken.add(lane)
        if lane in self._resting:
            self._resting[lane].set()
        if arrival := self._arrivals.pop(lane, None):
            arrival.set()
        if lane not in self._tasks:
            self._tasks[lane] = asyncio.create_task(self._run(lane), name=f"lane {lane}")

    async def rest(self, lane: int, seconds: float) -> None:
        """Return after `seconds`, or as soon as the lane is woken; also if that happened since its step began.

        To be called by a step that finds its work not ready yet.
        """
        woken = self._resting[lane] = asyncio.Event()
        try:
            if lane not in self._woken:
                await asyncio.wait_for(woken.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            del self._resting[lane]
        self._woken.discard(lane)  # the step is repeated in any case

    def arrival(self, lane: int) -> asyncio.Event:
        """Return an event that is set when the lane is woken next. To be called by its step."""
        return self._arrivals.setdefault(lane, asyncio.Event())

    @property
    def busy(self) -> bool:
        """Tell whether any lane runs."""
        return bool(self._tasks)

    def resting(self, lane: int) -> bool:
        """Tell whether the lane rests, as its work is not ready yet."""
        return lane in self._resting

    async def idle(self, seconds: float) -> bool:
        """Wait at most `seconds` for all lanes to end; tell whether they did."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        return not self._tasks

    async def drain(self, seconds: float) -> None:
        """Wait at most `seconds` for all lanes to end, then cancel the others and wait until they have ended."""
        await self.idle(seconds)
        running = list(self._tasks.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, lane: int) -> None:
        try:
            while lane in self._woken:
                self._woken.discard(lane)
                while await self._step(lane):
                    pass
        finally:
            self._woken.discard(lane)
            self._arrivals.pop(lane, None)
            del self._tasks[lane]
