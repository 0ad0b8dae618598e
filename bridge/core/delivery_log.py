"""Which messages show an answer, written down so that the next process finds them."""

from bridge.firmly import Firmly
from bridge.model import Turn
from bridge.ports import Reply
from bridge.store import Store


class DeliveryLog:
    """Of one turn, whose answer is shown through `reply`."""

    def __init__(self, store: Store, firmly: Firmly, turn: Turn, reply: Reply) -> None:
        self._store = store
        self._firmly = firmly
        self._turn = turn
        self._reply = reply

    async def remember(self, place: int, message: str | None) -> None:
        """See bridge.streaming.live_answer.Remember."""
        if message is None:
            await self._firmly(lambda: self._store.sending(self._turn, place))
        else:
            await self._firmly(lambda: self._store.show(self._turn, place, message))

    async def lost(self) -> str | None:
        """See LiveAnswer: the first message that may belong to the answer and to nothing else."""
        if self._turn.sending != len(self._turn.shown):
            return None
        below = await self._reply.sent()
        key = self._turn.key
        return await self._firmly(lambda: self._store.unknown(key, below))
