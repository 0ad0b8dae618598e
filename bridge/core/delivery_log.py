"""Record which platform messages show a turn, so that a restart edits them instead of sending new ones."""

import time

from bridge.core.claims import Claims
from bridge.errors import TakenOver
from bridge.model import Turn
from bridge.ports import Reply
from bridge.store import Store


class DeliveryLog:
    """Records the messages of one turn, which are shown through `reply`. LiveAnswer calls its methods.

    All raise TakenOver where another process has claimed the turn.
    """

    def __init__(self, store: Store, claims: Claims, turn: Turn, reply: Reply) -> None:
        self._store = store
        self._claims = claims
        self._confirmed_at = time.monotonic()
        self._turn = turn
        self._reply = reply

    async def confirm(self) -> None:
        """Return if this process may still show the turn: where it has stood still, it looks whether it may."""
        self._claims.look()
        if self._claims.paused_at > self._confirmed_at:
            if await self._claims.renew([self._turn]):
                raise TakenOver
            self._confirmed_at = time.monotonic()

    async def remember(self, index: int, message: str | None) -> None:
        """Record which message shows the chunk with this index, from 0; None: a new one is about to be sent."""
        if message is None:
            await self._store.turns.sending(self._turn, index)
        else:
            await self._store.turns.show(self._turn, index, message)

    async def find_lost(self) -> str | None:
        """Find the message that an earlier process sent and was killed before it recorded; None if there is none.

        It is the first that the reply reports and that belongs to no turn. Raises ShowLater or CannotShow.
        """
        if self._turn.sending != len(self._turn.shown):
            return None
        below = await self._reply.sent()
        return await self._store.versions.first_unknown(self._turn.key, below)
