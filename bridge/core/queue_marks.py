"""Questions that wait behind others: they are marked until their time has come."""

import asyncio
from collections.abc import Mapping

from bridge.errors import StoreTrouble
from bridge.model import Turn
from bridge.ports import Adapter
from bridge.store import Recorded, Store


class QueueMarks:
    """Marks the questions that wait. All of it is done beside the way of a question to Qwen, and may fail."""

    def __init__(self, store: Store, adapters: Mapping[str, Adapter]) -> None:
        self._store = store
        self._adapters = adapters
        self._at_once: set[int] = set()
        self._marking: dict[int, asyncio.Task[None]] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def recorded(self, recorded: Recorded) -> None:
        """A question was recorded; where it has to wait, it is marked."""
        if recorded.before:
            marking = self._marking[recorded.turn] = asyncio.create_task(self._mark(recorded.turn))
            marking.add_done_callback(lambda done: self._marked(recorded.turn, done))
            self._keep(marking)
        else:
            self._at_once.add(recorded.turn)

    def claimed(self, turn: Turn) -> None:
        """The turn's time has come. What an earlier process may have marked is unmarked as well."""
        marking = self._marking.pop(turn.id, None)
        if turn.id in self._at_once:
            self._at_once.discard(turn.id)
        elif marking or turn.state == "waiting":
            unmarking = asyncio.create_task(self._unmark(turn, marking))
            self._keep(unmarking)

    @property
    def pending(self) -> int:
        """How many marks are on their way, and remembered until they have come."""
        return len(self._marking)

    async def end(self, seconds: float) -> None:
        """What is on its way may end within so long; then the platforms close."""
        if tasks := list(self._under_way):
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _marked(self, turn: int, marking: asyncio.Task[None]) -> None:
        """Its time may never come: it may be edited, deleted or forgotten."""
        if self._marking.get(turn) is marking:
            del self._marking[turn]

    async def _mark(self, number: int) -> None:
        try:
            turn = await self._store.turns.get(number)
        except StoreTrouble:  # it is being left, perhaps: then nobody needs a mark
            return
        if turn.state == "waiting" and turn.key.platform in self._adapters:
            await self._adapters[turn.key.platform].open(turn).waiting(on=True)

    async def _unmark(self, turn: Turn, marking: asyncio.Task[None] | None) -> None:
        if marking:
            await asyncio.wait([marking])
        await self._adapters[turn.key.platform].open(turn).waiting(on=False)
