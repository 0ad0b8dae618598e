"""Record which platform messages show a turn, so that a restart edits them instead of sending new ones."""

from bridge.model import Turn
from bridge.ports import Reply
from bridge.store import Store


class DeliveryLog:
    """Records the messages of one turn, which are shown through `reply`. LiveAnswer calls its methods."""

    def __init__(self, store: Store, turn: Turn, reply: Reply) -> None:
        self._store = store
        self._turn = turn
        self._reply = reply

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
