"""The store: what is kept in the database, in groups of operations, each of which is one transaction."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from bridge.store.arrivals import Arrivals
from bridge.store.conversations import Conversations
from bridge.store.cursors import Cursors
from bridge.store.database import Database
from bridge.store.transcripts import Transcripts
from bridge.store.turns import Turns
from bridge.store.usage import QuestionUsage
from bridge.store.versions import Versions


class Store:
    """Turns and conversations that outlive the process; an operation that fails is tried again until it works.

    arrivals: messages as they become turns.
    turns: the life of a turn.
    conversations: places where people talk, and what they chose there.
    versions: answers written anew, questions edited and deleted.
    transcripts: what was said as a whole: read, moved, forgotten.
    usage: how often people asked.
    cursors: up to which message everything was looked at.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.arrivals = Arrivals(database)
        self.turns = Turns(database)
        self.conversations = Conversations(database)
        self.versions = Versions(database)
        self.transcripts = Transcripts(database)
        self.usage = QuestionUsage(database)
        self.cursors = Cursors(database)

    @classmethod
    async def open(cls, url: str, clock: Callable[[], float] = time.time) -> Self:
        """Open the database at `url` (sqlite:///path); `clock` gives seconds since 1970.

        Raises CannotStart where the file cannot be used.
        """
        return cls(await Database.open(url, clock))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.close()

    @property
    def kept(self) -> bool:
        """Tell whether the database outlives the process."""
        return self._database.kept

    def stop_retrying(self) -> None:
        """Give up what fails from now on, with StoreTrouble: the process leaves."""
        self._database.stop_retrying()
