"""Records which platform messages show a turn, so that a restart edits them instead of sending others."""

from bridge.model import Turn
from bridge.ports import Reply
from bridge.store import Store


class DeliveryLog:
    """Of one turn, whose answer is shown through `reply`; its methods are what LiveAnswer calls."""

    def __init__(self, store: Store, turn: Turn, reply: Reply) -> None:
        self._store = store
        self._turn = turn
        self._reply = reply

    async def remember(self, place: int, message: str | None) -> None:
        """Record that chunk number `place` is about to be sent (None), or that it is shown by `message`."""
        if message is None:
            await self._store.turns.sending(self._turn, place)
        else:
            await self._store.turns.show(self._turn, place, message)

    async def find_lost(self) -> str | None:
        """Find the message that an earlier process sent and did not live to record.

        It is the first that may belong to the answer and belongs to nothing else. Raises ShowLater or CannotShow.
        """
        if self._turn.sending != len(self._turn.shown):
            return None
        below = await self._reply.sent()
        return await self._store.versions.first_unknown(self._turn.key, below)
