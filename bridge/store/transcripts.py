"""Read, move and delete conversations as a whole."""

from bridge.model import ConversationKey, Exchange
from bridge.store import conversation_rows
from bridge.store.database import Operations, Sql, identity, query, transaction

# A turn has a higher number than the one that it hangs on.
_TRANSCRIPT = f"""
WITH RECURSIVE chain (id, parent) AS (
    SELECT id, parent FROM turns WHERE id IN (SELECT head FROM conversations WHERE id IN {conversation_rows.HERE})
    UNION
    SELECT t.id, t.parent FROM turns t JOIN chain ON t.id = chain.parent
)
SELECT t.prompt, t.answer, t.author_name, t.asked_at FROM chain JOIN turns t USING (id) ORDER BY id DESC LIMIT $4
"""

_CHAIN = """
WITH RECURSIVE chain (id, parent, depth, size) AS (
    SELECT id, parent, 1, length(prompt) + length(answer) FROM turns WHERE id = $1
    UNION ALL
    SELECT t.id, t.parent, depth + 1, size + length(t.prompt) + length(t.answer)
    FROM turns t JOIN chain ON t.id = chain.parent WHERE size <= $2
)
SELECT CASE WHEN t.shared AND t.prompt <> '' THEN t.author_name || ': ' ELSE '' END || t.prompt AS prompt, t.answer,
    t.quote
FROM chain JOIN turns t USING (id) ORDER BY depth DESC
"""

_TURNS = "(SELECT id FROM turns WHERE conversation = $1)"

# A platform may tell again what the bot missed: that is not to bring back what is forgotten.
_KEEP_CURSOR = f"""
INSERT INTO cursors (platform, channel, message)
SELECT platform, channel, max(CAST(message AS INTEGER)) FROM messages WHERE turn IN {_TURNS} GROUP BY platform, channel
ON CONFLICT (platform, channel) DO UPDATE SET message = max(message, excluded.message)
"""

_FORGET = (
    _KEEP_CURSOR,
    f"UPDATE turns SET parent = NULL WHERE parent IN {_TURNS}",
    f"DELETE FROM files WHERE turn IN {_TURNS}",
    f"DELETE FROM messages WHERE turn IN {_TURNS}",
    "DELETE FROM moves WHERE conversation = $1",
    f"UPDATE turns SET replaced_by = NULL WHERE replaced_by IN {_TURNS}",
    f"UPDATE conversations SET head = NULL WHERE head IN {_TURNS}",
    "UPDATE forgotten SET turn = max(turn, (SELECT coalesce(max(id), 0) FROM turns))",
    "DELETE FROM turns WHERE conversation = $1",
    "UPDATE conversations SET model = '', thinking = NULL, search = NULL, system = '', trouble = '' WHERE id = $1",
)
"""The statements that delete a conversation's content, in an order that leaves no dangling references."""

_AT_ONCE = 200
"""How many turns lose their words in one transaction."""

_FORGET_WORDS = """
UPDATE turns SET author_name = '', prompt = '', answer = '', thought = '', quote = '', notice = '' WHERE id IN (
    SELECT id FROM turns WHERE asked_at < $1 AND state = 'shown'
    AND author_name || prompt || answer || thought || quote || notice <> '' LIMIT $2)
RETURNING id
"""

_FORGET_REST = (
    "DELETE FROM files WHERE turn IN (SELECT f.turn FROM files f CROSS JOIN turns t ON t.id = f.turn "
    "WHERE t.asked_at < $1 AND t.state = 'shown')",
    "UPDATE conversations SET system = '', trouble = '' WHERE system || trouble <> '' AND instructed_at < $1 "
    "AND NOT EXISTS (SELECT 1 FROM conversations o JOIN turns t ON t.conversation = o.id WHERE "
    "o.platform = conversations.platform AND o.channel = conversations.channel AND t.asked_at >= $1)",
)
"""The statements that delete the files and standing instructions from before the time $1."""


class Transcripts(Operations):
    """Operations on everything that was said in a conversation."""

    @query
    def chain(self, sql: Sql, turn: int | None, size: int = 100_000) -> list[Exchange]:
        """List the exchanges that lead to `turn`, and its own, oldest first, with prompts as Qwen got them.

        Only the newest ones, until their texts exceed `size` code points in all.
        """
        rows = sql.all(_CHAIN, turn, size)
        return [Exchange(row["prompt"], row["answer"], quote=row["quote"]) for row in rows]

    @query
    def transcript(self, sql: Sql, key: ConversationKey, most: int = 10_000) -> list[Exchange]:
        """List the exchanges that lead to the head of the conversation, oldest first: the newest `most` of them.

        Of a channel, also those of the conversations that questions began in it.
        """
        rows = sql.all(_TRANSCRIPT, key.platform, key.channel, key.thread, most)
        return [Exchange(row["prompt"], row["answer"], row["author_name"], row["asked_at"]) for row in reversed(rows)]

    async def forget(self, key: ConversationKey) -> list[str]:
        """Delete the turns, files and options of this conversation; return the ids of its chats at Qwen.

        Afterwards no word of them is in the database's files.
        """
        chats = await self._forget(key)
        await self.database.checkpoint()
        return chats

    async def forget_words(self, before: float) -> int:
        """Delete what people said, and the files they sent, before a time, in seconds since 1970; names, too.

        A standing instruction goes where nothing was said since. Returns the number of turns that lost something. Their
        position in Qwen's chats is kept, so that conversations can continue from them.
        """
        turns = 0
        while gone := await self._forget_words(before):
            turns += gone
        if turns:
            await self.database.checkpoint()
        return turns

    @transaction
    def _forget(self, sql: Sql, key: ConversationKey) -> list[str]:
        here = (key.platform, key.channel, key.thread)
        conversation_rows.conversation_at(sql, key)
        chats = sql.all(
            f"SELECT chat_id FROM turns WHERE conversation IN {conversation_rows.HERE} AND chat_id IS NOT NULL UNION "
            f"SELECT asked_chat FROM turns WHERE conversation IN {conversation_rows.HERE} AND asked_chat IS NOT NULL",
            *here,
        )
        for row in sql.all(f"SELECT id FROM {conversation_rows.HERE}", *here):
            conversation_rows.start_epoch(sql, identity(row))
            for statement in _FORGET:
                sql.run(statement, identity(row))
        return [str(row["chat_id"]) for row in chats]

    @transaction
    def offer_move(self, sql: Sql, key: ConversationKey, code: str, seconds: float) -> None:
        """Let `move` continue this conversation under another key, once, within `seconds`.

        code: a hash of the code that the person types there.
        """
        conversation, _ = conversation_rows.conversation_at(sql, key)
        now = self.clock()
        sql.run("DELETE FROM moves WHERE conversation = $1 OR until < $2", conversation, now)
        sql.run("INSERT INTO moves (code, conversation, until) VALUES ($1, $2, $3)", code, conversation, now + seconds)

    @transaction
    def move(self, sql: Sql, code: str, key: ConversationKey) -> bool:
        """Continue the conversation that offered `code` under this key; a new one begins under its old key.

        Returns False if the code is unknown or expired, or the conversation is this one.
        """
        row = sql.one(
            "DELETE FROM moves WHERE code = $1 AND until >= $2 RETURNING conversation AS id", code, self.clock()
        )
        new, epoch = conversation_rows.conversation_at(sql, key)
        if row is None or new == identity(row):
            return False
        conversation_rows.move(sql, identity(row), new, epoch)
        return True

    @transaction
    def _forget_words(self, sql: Sql, before: float) -> int:
        """Delete the words of some turns, so that others need not wait for all; return how many; 0: all are done."""
        if turns := sql.all(_FORGET_WORDS, before, _AT_ONCE):
            return len(turns)
        for statement in _FORGET_REST:
            sql.run(statement, before)
        return 0
