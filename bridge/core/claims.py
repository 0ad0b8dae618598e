"""Hold this process's claims on turns: renew them, and find out after a pause which are lost."""

import asyncio
import time
import uuid
from collections.abc import Iterable

from bridge.model import Turn
from bridge.store import Store

CLAIM_SECONDS = 6.0
"""How long a process owns the turns that it claimed, in seconds.

Another process takes over the turns of a killed one after that; a running one renews its claims three times as often.
"""

PAUSE_SECONDS = CLAIM_SECONDS / 2
"""How long this process must have stood still, in seconds, before it looks whether its claims still hold."""

LOOK_SECONDS = 1.0
"""How often it looks whether it stood still, in seconds."""


class Claims:
    """Claims turns for this process, which is known by a random name, `owner`.

    `paused_at`: when it was noticed last that the process had stood still (suspended, or a machine asleep), as
    time.monotonic() counts; -inf: never.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.owner = uuid.uuid4().hex
        self.paused_at = float("-inf")
        self._looked_at = time.monotonic()

    async def claim(self, conversation: int, *, beside: bool = False) -> Turn | float | None:
        """See Turns.claim."""
        return await self._store.turns.claim(conversation, self.owner, CLAIM_SECONDS, beside=beside)

    async def renew(self, turns: Iterable[Turn]) -> set[int]:
        """Extend all claims of this process; return the ids of those of `turns` that another one has claimed since."""
        return await self._store.turns.renew(self.owner, CLAIM_SECONDS, {turn.id: turn.claim for turn in turns})

    async def due(self) -> None:
        """Return when it is time to renew."""
        await asyncio.sleep(CLAIM_SECONDS / 3)

    async def release(self) -> None:
        """End all claims, so that the next process need not wait for them to expire."""
        await self._store.turns.release(self.owner)

    def look(self) -> None:
        """Note whether the process stood still since the last look."""
        now = time.monotonic()
        if now - self._looked_at > PAUSE_SECONDS:
            self.paused_at = now
        self._looked_at = now

    async def watch(self) -> None:
        """Look every LOOK_SECONDS, without end."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)
