"""The store: each state change of a turn is one transaction here, and nowhere else is there SQL."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import TracebackType
from typing import Self

import aiosqlite

from bridge.errors import StoreTrouble
from bridge.model import Attachment, Author, ConversationKey, Exchange, Head, Incoming, Outcome, Turn
from bridge.store.schema import MEMORY, connect

Value = str | int | float | bytes | None

_TURN = """
SELECT t.*, c.platform, c.channel, c.thread, q.message AS question, p.chat_id AS head_chat, p.response_id AS head_parent
FROM turns t
JOIN conversations c ON c.id = t.conversation
JOIN messages q ON q.turn = t.id AND q.role = 'question' AND q.place = 0
LEFT JOIN turns p ON p.id = t.parent
WHERE t.id = $1
"""

# A waiting turn hangs on the head of its conversation, as it is when the turn's time has come. A turn from before
# people began anew finds no head of its own epoch, and opens a chat for itself.
_CLAIM = """
UPDATE turns SET owner = $1, owned_until = $2,
    parent = CASE WHEN state <> 'waiting' THEN parent
        ELSE (SELECT head FROM conversations WHERE id = turns.conversation AND epoch = turns.epoch) END
WHERE id = (SELECT min(id) FROM turns WHERE conversation = $3 AND state <> 'shown')
    AND (owner = '' OR owner = $1 OR owned_until < $4)
RETURNING id
"""

_CHAIN = """
WITH RECURSIVE chain (id, parent, prompt, answer, depth) AS (
    SELECT id, parent, prompt, answer, 1 FROM turns WHERE id = $1
    UNION ALL
    SELECT t.id, t.parent, t.prompt, t.answer, depth + 1 FROM turns t JOIN chain ON t.id = chain.parent WHERE depth < $2
)
SELECT prompt, answer FROM chain ORDER BY depth DESC
"""


class Store:
    """One connection, one writer. `clock` gives seconds since 1970; `kept`: whether the database outlives it."""

    def __init__(
        self, connection: aiosqlite.Connection, clock: Callable[[], float] = time.time, *, kept: bool = True
    ) -> None:
        self._db = connection
        self.kept = kept
        self._clock = clock
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open `url` (sqlite:///path). Raises CannotStart where that cannot be."""
        return cls(await connect(url), kept=url != MEMORY)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error):
            await self._db.execute("PRAGMA optimize")
        await self._db.close()

    async def record(self, incoming: Incoming) -> int | None:
        """Record a message as a turn; returns its conversation, or None when the message was recorded before."""
        key = incoming.key
        async with self._transaction():
            if await self._one(
                "SELECT 1 FROM messages WHERE platform = $1 AND channel = $2 AND message = $3",
                key.platform,
                key.channel,
                incoming.message,
            ):
                return None
            conversation, epoch = await self._conversation(key)
            turn = await self._one(
                "INSERT INTO turns (conversation, epoch, state, author_id, author_name, prompt, notice, asked_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
                conversation,
                epoch,
                "settled" if incoming.notice else "waiting",
                incoming.author.id,
                incoming.author.name,
                incoming.text,
                incoming.notice,
                self._clock(),
            )
            await self._attach(key, incoming.message, _id(turn), "question", 0)
            for place, file in enumerate(incoming.files):
                await self._write(
                    "INSERT INTO files (turn, place, name, content_type, data) VALUES ($1, $2, $3, $4, $5)",
                    _id(turn),
                    place,
                    file.name,
                    file.content_type,
                    file.data,
                )
        return conversation

    async def claim(self, conversation: int, owner: str, seconds: float) -> Turn | float | None:
        """Take the oldest unfinished turn of a conversation for `owner`.

        None: there is none. A number: somebody else runs it, and has it for that many seconds at least.
        """
        now = self._clock()
        async with self._transaction():
            row = await self._one(_CLAIM, owner, now + seconds, conversation, now)
        if row:
            return await self.turn(_id(row))
        foreign = await self._one(
            "SELECT owned_until FROM turns WHERE conversation = $1 AND state <> 'shown' ORDER BY id LIMIT 1",
            conversation,
        )
        return max(0.0, float(foreign["owned_until"]) - now) if foreign else None

    async def renew(self, owner: str, seconds: float) -> None:
        """Keep what `owner` has claimed for another while."""
        async with self._transaction():
            await self._write(
                "UPDATE turns SET owned_until = $1 WHERE owner = $2 AND state <> 'shown'",
                self._clock() + seconds,
                owner,
            )

    async def release(self, owner: str) -> None:
        """Give back what `owner` has claimed, so that the next process need not wait."""
        async with self._transaction():
            await self._write("UPDATE turns SET owner = '', owned_until = 0 WHERE owner = $1", owner)

    async def show(self, turn: Turn, place: int, message: str) -> None:
        """Remember that `message` shows the piece number `place` of the turn's answer, and no other does."""
        async with self._transaction():
            await self._write("DELETE FROM messages WHERE turn = $1 AND role = 'answer' AND place = $2", turn.id, place)
            await self._attach(turn.key, message, turn.id, "answer", place)

    async def settle(self, turn: Turn, outcome: Outcome) -> None:
        """The outcome is known; a finished answer becomes the conversation's head, unless people began anew."""
        head = outcome.head
        async with self._transaction():
            await self._write(
                "UPDATE turns SET state = 'settled', answer = $2, notice = $3, chat_id = $4, response_id = $5, "
                "thought = $6 WHERE id = $1",
                turn.id,
                outcome.answer,
                outcome.notice,
                head.chat_id if head else None,
                head.parent_id if head else None,
                outcome.thought,
            )
            await self._write("DELETE FROM files WHERE turn = $1", turn.id)
            if head:
                await self._write(
                    "UPDATE conversations SET head = $1 WHERE id = $2 AND epoch = $3",
                    turn.id,
                    turn.conversation,
                    turn.epoch,
                )

    async def finish(self, turn: Turn, messages: Iterable[str]) -> None:
        """The person has seen the outcome whole, in `messages`; others that showed it are gone."""
        kept = set(messages)
        async with self._transaction():
            await self._write("UPDATE turns SET state = 'shown', owner = '' WHERE id = $1", turn.id)
            for message in set(turn.shown) - kept:
                await self._write(
                    "DELETE FROM messages WHERE platform = $1 AND channel = $2 AND message = $3",
                    turn.key.platform,
                    turn.key.channel,
                    message,
                )

    async def begin_anew(self, key: ConversationKey) -> None:
        """From now on the conversation has no head; turns of before do not move the new one."""
        async with self._transaction():
            conversation, _epoch = await self._conversation(key)
            await self._write("UPDATE conversations SET epoch = epoch + 1, head = NULL WHERE id = $1", conversation)

    async def turn(self, turn: int) -> Turn:
        """The turn with this id. Raises LookupError."""
        row = await self._one(_TURN, turn)
        if row is None:
            raise LookupError(f"no turn {turn}")
        shown = await self._all(
            "SELECT message FROM messages WHERE turn = $1 AND role = 'answer' ORDER BY place", row["id"]
        )
        files = await self._all("SELECT name, content_type, data FROM files WHERE turn = $1 ORDER BY place", row["id"])
        return _turn(
            row,
            tuple(str(message["message"]) for message in shown),
            tuple(Attachment(file["name"], file["content_type"], file["data"]) for file in files),
        )

    async def unfinished(self, platform: str) -> list[int]:
        """The conversations of a platform in which turns wait to be answered or shown, longest waiting first."""
        rows = await self._all(
            "SELECT t.conversation FROM turns t JOIN conversations c ON c.id = t.conversation "
            "WHERE c.platform = $1 AND t.state <> 'shown' GROUP BY t.conversation ORDER BY min(t.id)",
            platform,
        )
        return [int(row["conversation"]) for row in rows]

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation in this place."""
        row = await self._one(
            "SELECT 1 FROM conversations WHERE platform = $1 AND channel = $2 AND thread = $3",
            key.platform,
            key.channel,
            key.thread,
        )
        return row is not None

    async def chain(self, turn: int | None, most: int = 50) -> list[Exchange]:
        """The exchanges that lead up to and include `turn`, oldest first, at most `most` of them."""
        rows = await self._all(_CHAIN, turn, most)
        return [Exchange(row["prompt"], row["answer"]) for row in rows]

    async def _conversation(self, key: ConversationKey) -> tuple[int, int]:
        where = (key.platform, key.channel, key.thread)
        await self._write(
            "INSERT INTO conversations (platform, channel, thread) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", *where
        )
        row = await self._one(
            "SELECT id, epoch FROM conversations WHERE platform = $1 AND channel = $2 AND thread = $3", *where
        )
        return _id(row), row["epoch"] if row else 0

    async def _attach(self, key: ConversationKey, message: str, turn: int, role: str, place: int) -> None:
        await self._write(
            "INSERT INTO messages (platform, channel, message, turn, role, place) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            key.platform,
            key.channel,
            message,
            turn,
            role,
            place,
        )

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        async with self._writing:
            try:
                with _translated():
                    await self._db.execute("BEGIN IMMEDIATE")
                yield
                with _translated():
                    await self._db.commit()
            except BaseException:
                with suppress(sqlite3.Error):
                    await self._db.rollback()
                raise

    async def _write(self, sql: str, *values: Value) -> None:
        with _translated():
            await self._db.execute(sql, _bound(values))

    async def _one(self, sql: str, *values: Value) -> sqlite3.Row | None:
        with _translated():
            async with self._db.execute(sql, _bound(values)) as cursor:
                return await cursor.fetchone()

    async def _all(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        with _translated():
            async with self._db.execute(sql, _bound(values)) as cursor:
                return list(await cursor.fetchall())


@contextmanager
def _translated() -> Iterator[None]:
    """The edge where the database's errors become ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreTrouble(str(error)) from error


def _bound(values: Iterable[Value]) -> dict[str, Value]:
    """The parameters $1, $2, … as sqlite3 wants them, which the PostgreSQL drivers call the same."""
    return {str(number): value for number, value in enumerate(values, start=1)}


def _id(row: sqlite3.Row | None) -> int:
    if row is None:
        raise LookupError("the database returned no row")
    return int(row["id"])


def _turn(row: sqlite3.Row, shown: tuple[str, ...], files: tuple[Attachment, ...]) -> Turn:
    head = Head(row["head_chat"], row["head_parent"]) if row["head_chat"] and row["head_parent"] else None
    return Turn(
        id=row["id"],
        conversation=row["conversation"],
        key=ConversationKey(row["platform"], row["channel"], row["thread"]),
        epoch=row["epoch"],
        state=row["state"],
        question=row["question"],
        author=Author(row["author_id"], row["author_name"]),
        prompt=row["prompt"],
        parent=row["parent"],
        head=head,
        answer=row["answer"],
        notice=row["notice"],
        thought=row["thought"],
        shown=shown,
        files=files,
    )
