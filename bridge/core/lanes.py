"""Lanes: one thing at a time per conversation, in its order; conversations do not wait for each other."""

import asyncio
from collections.abc import Awaitable, Callable

Step = Callable[[int], Awaitable[bool]]
"""Does the next thing in a lane; False when there is nothing left to do."""


class Lanes:
    """A lane is a task that lives while its conversation has something to do. What is to be done stands elsewhere."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._woken: set[int] = set()
        self._resting: dict[int, asyncio.Event] = {}

    def wake(self, lane: int) -> None:
        """There is something to do in this lane."""
        self._woken.add(lane)
        if lane in self._resting:
            self._resting[lane].set()
        if lane not in self._tasks:
            self._tasks[lane] = asyncio.create_task(self._run(lane), name=f"lane {lane}")

    async def rest(self, lane: int, seconds: float) -> None:
        """For a step that comes too early: returns after so long, or when the lane is woken (also during the step)."""
        woken = self._resting[lane] = asyncio.Event()
        try:
            if lane not in self._woken:
                await asyncio.wait_for(woken.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            del self._resting[lane]
        self._woken.discard(lane)  # the step is repeated in any case

    @property
    def busy(self) -> bool:
        """Tell whether anything is done or to be done in any lane."""
        return bool(self._tasks)

    def resting(self, lane: int) -> bool:
        """Tell whether the lane's step came too early, and rests."""
        return lane in self._resting

    async def idle(self, seconds: float) -> bool:
        """Whether the lanes come to their end within so long."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        return not self._tasks

    async def drain(self, seconds: float) -> None:
        """Let the lanes come to their end for so long, then cancel what still runs and wait until it has ended."""
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
            del self._tasks[lane]
