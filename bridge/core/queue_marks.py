"""Mark on the platform questions that wait behind others, and messages that are declined."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from bridge.errors import StoreTrouble
from bridge.model import ConversationKey, Turn
from bridge.ports import Adapter, Declined
from bridge.store import Recorded, Store

MOST_DECLINED = 10
"""How many declined messages of one conversation are being marked at once; in a flood, further ones get no mark."""


class QueueMarks:
    """Marks waiting questions in tasks of its own, so that no question waits for a mark, and none fails with one.

    The store remembers which questions carry a mark, so that a restart takes off what is there, and nothing else.
    """

    def __init__(self, store: Store, adapters: Mapping[str, Adapter]) -> None:
        self._store = store
        self._adapters = adapters
        self._mark_tasks: dict[int, asyncio.Task[None]] = {}
        self._ended = False
        self._unmarking: set[tuple[ConversationKey, str]] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._declining: Counter[ConversationKey] = Counter()

    def recorded(self, recorded: Recorded) -> None:
        """Mark a recorded question if others are before it."""
        if recorded.before:
            marking = self._mark_tasks[recorded.turn] = asyncio.create_task(self._mark(recorded.turn))
            marking.add_done_callback(lambda done: self._drop_finished(recorded.turn, done))
            self._track(marking)

    def claimed(self, turn: Turn) -> None:
        """Unmark a turn that is about to run, where its question is marked or being marked."""
        marking = self._mark_tasks.pop(turn.id, None)
        question = (turn.key, turn.question)  # by the question, not by the turn: an edit makes another turn of it
        if (marking or turn.marked) and question not in self._unmarking:
            self._unmarking.add(question)
            unmarking = asyncio.create_task(self._unmark(turn, marking))
            unmarking.add_done_callback(lambda _: self._unmarking.discard(question))
            self._track(unmarking)

    def declined(self, key: ConversationKey, message: str, why: Declined) -> None:
        """Mark a message that gets no answer, and whose author was told why before."""
        if key.platform in self._adapters and self._declining[key] < MOST_DECLINED:
            self._declining[key] += 1
            self._track(asyncio.create_task(self._decline(key, message, why)))

    @property
    def pending(self) -> int:
        """Return how many marks are being made."""
        return len(self._mark_tasks)

    async def end(self, seconds: float) -> None:
        """Wait at most `seconds` for marks that are being made or removed, then cancel them, and begin no other.

        Called before the platforms are closed.
        """
        self._ended = True
        if tasks := list(self._under_way):
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    def _track(self, task: asyncio.Task[None]) -> None:
        if self._ended:
            task.cancel()
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _drop_finished(self, turn: int, marking: asyncio.Task[None]) -> None:
        """Drop the finished task: a question that is edited, deleted or forgotten is never claimed."""
        if self._mark_tasks.get(turn) is marking:
            del self._mark_tasks[turn]

    async def _decline(self, key: ConversationKey, message: str, why: Declined) -> None:
        try:
            await self._adapters[key.platform].decline(key, message, why)
        finally:
            self._declining[key] -= 1
            self._declining += Counter()  # drops what is at zero

    async def _mark(self, number: int) -> None:
        with suppress(StoreTrouble, LookupError):  # the store is being left, or the question is forgotten
            turn = await self._store.turns.get(number)
            if turn.state == "waiting" and turn.key.platform in self._adapters:
                await self._store.turns.mark(turn, on=True)  # first: a process may be killed in between
                # Afterwards again: to be marked, the question may have been said in another message.
                marked = await self._adapters[turn.key.platform].open(turn).waiting(on=True)
                await self._store.turns.mark(turn, on=marked)

    async def _unmark(self, turn: Turn, marking: asyncio.Task[None] | None) -> None:
        with suppress(StoreTrouble, LookupError):
            if marking:
                await asyncio.wait([marking])
            turn = await self._store.turns.get(turn.id)  # the mark may have been made or taken off meanwhile
            if turn.marked:
                await self._adapters[turn.key.platform].open(turn).waiting(on=False)
                await self._store.turns.mark(turn, on=False)
