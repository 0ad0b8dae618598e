"""What people steer in the store: conversations and their choices, branches, versions, moves and forgetting."""

import sqlite3
from dataclasses import dataclass

from bridge.model import Choices, Conversation, ConversationKey, Exchange
from bridge.store.database import Database, Value, identity

_CHAIN = """
WITH RECURSIVE chain (id, parent, depth) AS (
    SELECT id, parent, 1 FROM turns WHERE id = $1
    UNION ALL
    SELECT t.id, t.parent, depth + 1 FROM turns t JOIN chain ON t.id = chain.parent WHERE depth < $2
)
SELECT t.prompt, t.answer, t.author_name, t.asked_at FROM chain JOIN turns t USING (id) ORDER BY depth DESC
"""

# A new version of an answer hangs where the old one hangs, and is shown in its messages.
_REDO = """
INSERT INTO turns (conversation, epoch, state, author_id, author_name, language, prompt, asked_at, parent, fixed,
    shared, quote, origin)
SELECT t.conversation, c.epoch, 'waiting', t.author_id, t.author_name, t.language, coalesce($2, t.prompt), $3, t.parent,
    1, t.shared, t.quote, CASE WHEN $2 IS NULL THEN t.origin END
FROM turns t JOIN conversations c ON c.id = t.conversation WHERE t.id = $1
RETURNING id
"""

_SAME = "(SELECT id FROM turns WHERE origin = (SELECT origin FROM turns WHERE id = $1))"
"""All versions of the answer of a turn."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a message of a platform is to us: a question, or a part of the answer that it shows now."""

    turn: int
    conversation: int
    is_answer: bool


class Steering(Database):
    """Conversations, and what is done to them by hand."""

    async def begin_anew(self, key: ConversationKey) -> None:
        """From now on the conversation has no head; turns of before do not move the new one."""
        async with self._transaction():
            conversation, _epoch = await self._conversation(key)
            await self._anew(conversation)

    async def conversation(self, key: ConversationKey) -> Conversation:
        """The conversation in this place, as it is; a new one where nobody has talked yet."""
        async with self._transaction():
            number, _epoch = await self._conversation(key)
        row = await self._one(
            "SELECT c.*, (SELECT count(*) FROM turns t WHERE t.conversation = c.id AND t.state <> 'shown') AS waiting "
            "FROM conversations c WHERE id = $1",
            number,
        )
        if row is None:
            raise LookupError("no conversation")
        return Conversation(number, key, row["head"], choices(row), row["system"], row["trouble"], row["waiting"])

    async def choose(self, key: ConversationKey, chosen: Choices) -> None:
        """What people chose for this conversation."""
        async with self._transaction():
            conversation, _epoch = await self._conversation(key)
            await self._write(
                "UPDATE conversations SET model = $1, thinking = $2, search = $3 WHERE id = $4",
                chosen.model,
                chosen.thinking,
                chosen.search,
                conversation,
            )

    async def instruct(self, key: ConversationKey, system: str) -> None:
        """The standing instruction of this conversation; Qwen is told with the next question."""
        async with self._transaction():
            conversation, _epoch = await self._conversation(key)
            await self._write(
                "UPDATE conversations SET system = $1, told = told + 1 WHERE id = $2", system, conversation
            )

    async def find(self, key: ConversationKey, message: str) -> Found | None:
        """What a message is: known by its platform and channel, whatever the thread."""
        row = await self._one(
            "SELECT t.id, t.conversation, m.role FROM messages m JOIN turns t ON t.id = m.turn "
            "WHERE m.platform = $1 AND m.channel = $2 AND m.message = $3",
            key.platform,
            key.channel,
            message,
        )
        return Found(row["id"], row["conversation"], row["role"] == "answer") if row else None

    async def is_last(self, turn: int) -> bool:
        """Whether nothing was asked after the question of this turn."""
        row = await self._one(
            "SELECT 1 FROM turns t JOIN turns later ON later.conversation = t.conversation AND later.origin > t.origin "
            "AND later.replaced_by IS NULL WHERE t.id = $1 LIMIT 1",
            turn,
        )
        return row is None

    async def current(self, turn: int) -> int:
        """The newest version of a turn's answer, or the turn in its place where its question was edited."""
        row = await self._one(
            "SELECT max(id) AS id FROM turns WHERE origin = (SELECT coalesce(h.origin, t.origin) "
            "FROM turns t LEFT JOIN turns h ON h.id = t.replaced_by WHERE t.id = $1)",
            turn,
        )
        return identity(row)

    async def versions(self, turn: int) -> tuple[int, ...]:
        """The turns that are whole versions of the same answer, oldest first."""
        rows = await self._all(
            "SELECT v.id FROM turns v JOIN turns t ON t.origin = v.origin "
            "WHERE t.id = $1 AND v.response_id IS NOT NULL ORDER BY v.id",
            turn,
        )
        return tuple(int(row["id"]) for row in rows)

    async def last_turn(self, conversation: int) -> int | None:
        """The newest turn of the epoch; None where nothing was asked since people began anew."""
        row = await self._one(
            "SELECT max(t.id) AS id FROM turns t JOIN conversations c ON c.id = t.conversation "
            "WHERE c.id = $1 AND t.epoch = c.epoch AND t.replaced_by IS NULL",
            conversation,
        )
        return int(row["id"]) if row and row["id"] is not None else None

    async def waiting(self, key: ConversationKey) -> int:
        """How many questions in this place are not answered yet."""
        row = await self._one(
            "SELECT count(*) AS n FROM turns t JOIN conversations c ON c.id = t.conversation "
            "WHERE c.platform = $1 AND c.channel = $2 AND c.thread = $3 AND t.state = 'waiting'",
            key.platform,
            key.channel,
            key.thread,
        )
        return int(row["n"]) if row else 0

    async def running(self, conversation: int) -> list[int]:
        """The turns of a conversation that wait for an answer and that somebody works on."""
        rows = await self._all(
            "SELECT id FROM turns WHERE conversation = $1 AND state = 'waiting' AND owner <> ''", conversation
        )
        return [int(row["id"]) for row in rows]

    async def redo(self, turn: int, prompt: str | None = None) -> int:
        """Ask again from the same parent, to be shown in the same messages; returns the new turn.

        None makes another version of the answer; an edited `prompt` takes the old one's place.
        """
        async with self._transaction():
            new = identity(await self._one(_REDO, turn, prompt, self._clock()))
            await self._write("UPDATE files SET turn = $1 WHERE turn = $2", new, turn)
            if prompt is None:
                await self._write("UPDATE messages SET turn = $1 WHERE turn = $2 AND role = 'answer'", new, turn)
            else:
                await self._write("UPDATE turns SET origin = id WHERE id = $1", new)
                await self._write(
                    "UPDATE messages SET turn = $1 WHERE turn IN "
                    "(SELECT v.id FROM turns v JOIN turns t ON t.origin = v.origin WHERE t.id = $2)",
                    new,
                    turn,
                )
                await self._write(
                    "UPDATE turns SET state = 'shown', replaced_by = $1 "
                    "WHERE origin = (SELECT origin FROM turns WHERE id = $2)",
                    new,
                    turn,
                )
        return new

    async def flip(self, turn: int) -> None:
        """Show this version, kept since it was answered; on the last question the conversation goes on from it."""
        async with self._transaction():
            await self._write(f"UPDATE messages SET turn = $1 WHERE role = 'answer' AND turn IN {_SAME}", turn)
            await self._write("UPDATE turns SET state = 'settled', notice = '' WHERE id = $1", turn)
            await self._write(f"UPDATE conversations SET head = $1 WHERE head IN {_SAME}", turn)

    async def hand_over(self, turn: int, version: int) -> None:
        """The messages of a turn show this version from now on."""
        async with self._transaction():
            await self._write("UPDATE messages SET turn = $1 WHERE turn = $2 AND role = 'answer'", version, turn)

    async def remove(self, turn: int) -> None:
        """The question is gone: nothing waits for its answer, and the conversation goes on from before it."""
        async with self._transaction():
            await self._write(
                f"UPDATE conversations SET head = (SELECT parent FROM turns WHERE id = $1) WHERE head IN {_SAME}", turn
            )
            await self._write(f"UPDATE turns SET state = 'shown', owner = '' WHERE id IN {_SAME}", turn)
            await self._write(f"DELETE FROM messages WHERE turn IN {_SAME} AND role = 'answer'", turn)
            await self._write(f"DELETE FROM files WHERE turn IN {_SAME}", turn)

    async def transcript(self, key: ConversationKey, most: int = 10_000) -> list[Exchange]:
        """What was asked and answered up to the head of the conversation, oldest first."""
        head = (await self.conversation(key)).head
        rows = await self._all(_CHAIN, head, most)
        return [Exchange(row["prompt"], row["answer"], row["author_name"], row["asked_at"]) for row in rows]

    async def forget(self, key: ConversationKey) -> list[str]:
        """Delete everything that was said in this conversation, and its choices; returns the chats at Qwen."""
        async with self._transaction():
            conversation, _epoch = await self._conversation(key)
            chats = await self._all(
                "SELECT DISTINCT chat_id FROM turns WHERE conversation = $1 AND chat_id IS NOT NULL", conversation
            )
            mine = "(SELECT id FROM turns WHERE conversation = $1)"
            await self._anew(conversation)
            for sql in (
                f"UPDATE turns SET parent = NULL WHERE parent IN {mine}",
                f"DELETE FROM files WHERE turn IN {mine}",
                f"DELETE FROM messages WHERE turn IN {mine}",
                "DELETE FROM moves WHERE conversation = $1",
                "UPDATE turns SET replaced_by = NULL WHERE conversation = $1",
                "DELETE FROM turns WHERE conversation = $1",
                "UPDATE conversations SET model = '', thinking = NULL, search = NULL, system = '', trouble = '' "
                "WHERE id = $1",
            ):
                await self._write(sql, conversation)
        return [str(row["chat_id"]) for row in chats]

    async def offer_move(self, key: ConversationKey, code: str, seconds: float) -> None:
        """Whoever knows `code` (a hash of it) may go on with this conversation elsewhere, once, for so long."""
        async with self._transaction():
            conversation, _epoch = await self._conversation(key)
            await self._write("DELETE FROM moves WHERE conversation = $1 OR until < $2", conversation, self._clock())
            await self._write(
                "INSERT INTO moves (code, conversation, until) VALUES ($1, $2, $3)",
                code,
                conversation,
                self._clock() + seconds,
            )

    async def move(self, code: str, key: ConversationKey) -> bool:
        """Go on here with the conversation that `code` stands for; there a new one begins. False for no such code."""
        async with self._transaction():
            row = await self._one(
                "DELETE FROM moves WHERE code = $1 AND until >= $2 RETURNING conversation AS id", code, self._clock()
            )
            if row is None:
                return False
            old = identity(row)
            new, epoch = await self._conversation(key)
            if new == old:
                return False
            await self._write(
                "UPDATE conversations SET (head, model, thinking, search, system, told, epoch) = "
                "(SELECT head, model, thinking, search, system, told, $1 FROM conversations WHERE id = $2) "
                "WHERE id = $3",
                epoch + 1,
                old,
                new,
            )
            await self._anew(old)
            await self._write(
                "UPDATE turns SET conversation = $1, epoch = $2 WHERE conversation = $3 AND state = 'shown'",
                new,
                epoch,
                old,
            )
        return True

    async def _anew(self, conversation: int) -> None:
        await self._write("UPDATE conversations SET epoch = epoch + 1, head = NULL WHERE id = $1", conversation)

    async def _conversation(self, key: ConversationKey) -> tuple[int, int]:
        where: tuple[Value, ...] = (key.platform, key.channel, key.thread)
        await self._write(
            "INSERT INTO conversations (platform, channel, thread) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", *where
        )
        row = await self._one(
            "SELECT id, epoch FROM conversations WHERE platform = $1 AND channel = $2 AND thread = $3", *where
        )
        return identity(row), row["epoch"] if row else 0

    async def _known(self, key: ConversationKey) -> int | None:
        row = await self._one(
            "SELECT id FROM conversations WHERE platform = $1 AND channel = $2 AND thread = $3",
            key.platform,
            key.channel,
            key.thread,
        )
        return identity(row) if row else None

    async def _answer_at(self, key: ConversationKey, message: str) -> int | None:
        found = await self.find(key, message)
        return found.turn if found and found.is_answer else None

    async def _begun_on(self, key: ConversationKey, begun_on: tuple[str, str]) -> int | None:
        """The turn whose question or answer a thread was begun on, for the first question in it."""
        channel, message = begun_on
        earlier = await self._one(
            "SELECT 1 FROM turns t JOIN conversations c ON c.id = t.conversation "
            "WHERE c.platform = $1 AND c.channel = $2 AND c.thread = $3 LIMIT 1",
            key.platform,
            key.channel,
            key.thread,
        )
        found = None if earlier else await self.find(ConversationKey(key.platform, channel), message)
        return await self.current(found.turn) if found else None


def choices(row: sqlite3.Row) -> Choices:
    """What people chose for the conversation in a row."""
    thinking, search = row["thinking"], row["search"]
    return Choices(row["model"], None if thinking is None else bool(thinking), None if search is None else bool(search))
