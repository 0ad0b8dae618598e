"""End an answer that stands still while other questions wait behind it in the same line."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bridge.backends.base import Moves, nothing
from bridge.errors import StoodStill
from bridge.model import Turn
from bridge.store import Store

STILL_SECONDS = 15.0
"""How long an answer may take to begin or to go on while other questions wait behind it, in seconds."""

Arrival = Callable[[int], asyncio.Event]
"""Returns the event of the next arrival in a conversation: see Lanes.arrival."""


@asynccontextmanager
async def patience(store: Store, arrival: Arrival, turn: Turn) -> AsyncIterator[Moves]:
    """Surround the reading of one answer; enter with what is to be called when it is let in, begins or goes on.

    Where several people talk, cancels the reading and raises StoodStill if that was not called for STILL_SECONDS and
    others wait by then, or as soon as one does. The time counts from the first call.
    """
    if not turn.shared:
        yield nothing
        return
    still_at, watching, now = math.inf, None, asyncio.get_running_loop().time

    def moves() -> None:
        nonlocal still_at, watching
        still_at = now() + STILL_SECONDS
        watching = watching or asyncio.create_task(watch())

    async def watch() -> None:
        while True:
            if (left := still_at - now()) > 0:
                await asyncio.sleep(left)
                continue
            arrived = arrival(turn.conversation)  # before looking: what comes meanwhile sets it
            if await store.turns.queued(turn.conversation):
                break
            await arrived.wait()
        timeout.reschedule(now())

    timeout = asyncio.timeout(None)
    try:
        async with timeout:
            try:
                yield moves
            finally:
                if watching:
                    watching.cancel()
    except TimeoutError:
        if timeout.expired():
            raise StoodStill from None
        raise
