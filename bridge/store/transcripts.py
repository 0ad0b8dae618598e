"""What was said, as a whole: read, moved to another place, forgotten."""

from bridge.model import ConversationKey, Exchange
from bridge.store import conversations
from bridge.store.database import Database, Sql, identity

_CHAIN = """
WITH RECURSIVE chain (id, parent, depth) AS (
    SELECT id, parent, 1 FROM turns WHERE id = $1
    UNION ALL
    SELECT t.id, t.parent, depth + 1 FROM turns t JOIN chain ON t.id = chain.parent WHERE depth < $2
)
SELECT t.prompt, t.answer, t.author_name, t.asked_at FROM chain JOIN turns t USING (id) ORDER BY depth DESC
"""

_MINE = "(SELECT id FROM turns WHERE conversation = $1)"

# A platform may tell again what the bot missed: that is not to bring back what is forgotten.
_FORGOTTEN = f"""
INSERT INTO cursors (platform, channel, message)
SELECT platform, channel, max(CAST(message AS INTEGER)) FROM messages WHERE turn IN {_MINE} GROUP BY platform, channel
ON CONFLICT (platform, channel) DO UPDATE SET message = max(message, excluded.message)
"""

_FORGET = (
    _FORGOTTEN,
    f"UPDATE turns SET parent = NULL WHERE parent IN {_MINE}",
    f"DELETE FROM files WHERE turn IN {_MINE}",
    f"DELETE FROM messages WHERE turn IN {_MINE}",
    "DELETE FROM moves WHERE conversation = $1",
    f"UPDATE turns SET replaced_by = NULL WHERE replaced_by IN {_MINE}",
    f"UPDATE conversations SET head = NULL WHERE head IN {_MINE}",
    "UPDATE forgotten SET turn = max(turn, (SELECT coalesce(max(id), 0) FROM turns))",
    "DELETE FROM turns WHERE conversation = $1",
    "UPDATE conversations SET model = '', thinking = NULL, search = NULL, system = '', trouble = '' WHERE id = $1",
)
"""What is deleted of a conversation, in an order that leaves nothing pointing at what is gone."""


class Transcripts(Database):
    """Conversations as wholes."""

    async def transcript(self, key: ConversationKey, most: int = 10_000) -> list[Exchange]:
        """What was asked and answered up to the head of the conversation, oldest first."""
        rows = await self._change(lambda sql: sql.all(_CHAIN, conversations.conversation(sql, key).head, most))
        return [Exchange(row["prompt"], row["answer"], row["author_name"], row["asked_at"]) for row in rows]

    async def forget(self, key: ConversationKey) -> list[str]:
        """Delete everything that was said in this conversation, and its choices; returns the chats at Qwen."""

        def work(sql: Sql) -> list[str]:
            conversation, _ = conversations.conversation_at(sql, key)
            chats = sql.all(
                "SELECT chat_id FROM turns WHERE conversation = $1 AND chat_id IS NOT NULL UNION "
                "SELECT asked_chat FROM turns WHERE conversation = $1 AND asked_chat IS NOT NULL",
                conversation,
            )
            conversations.anew(sql, conversation)
            for statement in _FORGET:
                sql.run(statement, conversation)
            return [str(row["chat_id"]) for row in chats]

        return await self._change(work)

    async def offer_move(self, key: ConversationKey, code: str, seconds: float) -> None:
        """Whoever knows `code` (a hash of it) may go on with this conversation elsewhere, once, for so long."""

        def work(sql: Sql) -> None:
            conversation, _ = conversations.conversation_at(sql, key)
            now = self._clock()
            sql.run("DELETE FROM moves WHERE conversation = $1 OR until < $2", conversation, now)
            sql.run(
                "INSERT INTO moves (code, conversation, until) VALUES ($1, $2, $3)", code, conversation, now + seconds
            )

        await self._change(work)

    async def move(self, code: str, key: ConversationKey) -> bool:
        """Go on here with the conversation that `code` stands for; there a new one begins. False for no such code."""

        def work(sql: Sql) -> bool:
            row = sql.one(
                "DELETE FROM moves WHERE code = $1 AND until >= $2 RETURNING conversation AS id", code, self._clock()
            )
            new, epoch = conversations.conversation_at(sql, key)
            if row is None or new == identity(row):
                return False
            conversations.move(sql, identity(row), new, epoch)
            return True

        return await self._change(work)

    async def forget_words(self, before: float) -> int:
        """Delete what was said in turns that were asked before a moment (seconds since 1970); returns how many.

        Where they stand in Qwen's tree is kept, so that conversations go on from them.
        """

        def work(sql: Sql) -> int:
            gone = sql.all(
                "UPDATE turns SET prompt = '', answer = '', thought = '', quote = '', notice = '' "
                "WHERE asked_at < $1 AND state = 'shown' AND prompt || answer || thought || quote || notice <> '' "
                "RETURNING id",
                before,
            )
            return len(gone)

        return await self._change(work)
