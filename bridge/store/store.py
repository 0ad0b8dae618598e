"""Group the operations of the store; each is one transaction."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from bridge.store.arrivals import Arrivals
from bridge.store.conversations import Conversations
from bridge.store.cursors import Cursors
from bridge.store.database import Database
from bridge.store.learnt import Learnt
from bridge.store.passed_over import PassedOvers
from bridge.store.transcripts import Transcripts
from bridge.store.turns import Turns
from bridge.store.usage import QuestionUsage
from bridge.store.versions import Versions


class Store:
    """Stores turns and conversations across restarts; an operation that fails is retried until it works.

    arrivals: messages as they become turns.
    turns: the life of a turn.
    conversations: conversations, and the options that people chose for them.
    versions: other versions of answers, edited and deleted questions.
    transcripts: conversations as a whole: read, moved, deleted.
    usage: how many questions people asked.
    cursors: up to which message each platform was read.
    learnt: what was learnt of the servers that answer.
    passed_over: what platforms sent and could not be read or handled.
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
        self.learnt = Learnt(database)
        self.passed_over = PassedOvers(database)

    @classmethod
    async def open(cls, url: str, clock: Callable[[], float] = time.time) -> Self:
        """Open the database at `url` (sqlite:///path); `clock` returns the time in seconds since 1970.

        Raises CannotStart where the database cannot be used.
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
        """Tell whether the database survives a restart."""
        return self._database.kept

    def stop_retrying(self) -> None:
        """See Database.stop_retrying."""
        self._database.stop_retrying()
