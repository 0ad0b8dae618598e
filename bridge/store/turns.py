"""Store the life of a turn: claimed, asked, settled, shown."""

from collections.abc import Iterable

from bridge.model import ConversationKey, Head, Outcome, Turn
from bridge.store import conversation_rows, turn_rows
from bridge.store.database import Operations, Sql, Value, identity, query, transaction

# A waiting turn hangs on the head of its conversation, as it is when the turn's time has come. A turn from before
# people began anew finds no head of its own epoch, and opens a chat for itself. A parent that was chosen before, and
# whose answer failed, gives way to the last one above it that has an answer.
_CLAIM = """
UPDATE turns SET owner = $1, owned_until = $2,
    parent = CASE WHEN state <> 'waiting' THEN parent
        WHEN fixed THEN (
            WITH RECURSIVE above (id, parent, answered) AS (
                SELECT p.id, p.parent, p.response_id FROM turns p WHERE p.id = turns.parent
                UNION ALL
                SELECT p.id, p.parent, p.response_id FROM turns p JOIN above ON p.id = above.parent
                WHERE above.answered IS NULL
            )
            SELECT id FROM above WHERE answered IS NOT NULL)
        ELSE (SELECT head FROM conversations WHERE id = turns.conversation AND epoch = turns.epoch) END
WHERE id = (SELECT min(id) FROM turns WHERE conversation = $3 AND state <> 'shown')
    AND (owner = '' OR owner = $1 OR owned_until < $4) AND ready_at <= $4
RETURNING id
"""


class Turns(Operations):
    """Operations on the state of a turn."""

    @transaction
    def claim(self, sql: Sql, conversation: int, owner: str, seconds: float) -> Turn | float | None:
        """Claim the oldest turn of a conversation that is not shown yet, for `owner` and for `seconds`.

        Returns None if there is none; the seconds until the next try if another process runs it or its question is
        still being gathered.
        """
        now = self.clock()
        row = sql.one(_CLAIM, owner, now + seconds, conversation, now)
        if row:
            return turn_rows.turn(sql, identity(row))
        return turn_rows.seconds_until_next(sql, conversation, owner, now)

    @transaction
    def claim_turn(self, sql: Sql, turn: int, owner: str, seconds: float) -> Turn | None:
        """Claim this turn ahead of others; return None if another process runs it or it is over."""
        now = self.clock()
        row = sql.one(
            "UPDATE turns SET owner = $1, owned_until = $2 WHERE id = $3 AND state <> 'shown' "
            "AND (owner = '' OR owned_until < $4) RETURNING id",
            owner,
            now + seconds,
            turn,
            now,
        )
        return turn_rows.turn(sql, turn) if row else None

    @transaction
    def renew(self, sql: Sql, owner: str, seconds: float) -> None:
        """Extend the claims of `owner` to `seconds` from now."""
        until = self.clock() + seconds
        sql.run("UPDATE turns SET owned_until = $1 WHERE owner = $2 AND state <> 'shown'", until, owner)

    @transaction
    def release(self, sql: Sql, owner: str) -> None:
        """End the claims of `owner`, so that the next process need not wait for them to expire."""
        sql.run("UPDATE turns SET owner = '', owned_until = 0 WHERE owner = $1", owner)

    @transaction
    def begin(self, sql: Sql, turn: Turn, begun: Head) -> None:
        """Record where Qwen writes the answer, so that a restart finds it there."""
        sql.run(
            "UPDATE turns SET asked_chat = $2, asked_response = $3 WHERE id = $1",
            turn.id,
            begun.chat_id,
            begun.parent_id,
        )

    @transaction
    def sending(self, sql: Sql, turn: Turn, index: int) -> None:
        """Record that a message for the chunk number `index`, from 0, is about to be sent; `show` ends that."""
        sql.run("UPDATE turns SET sending = $2 WHERE id = $1", turn.id, index)

    @transaction
    def show(self, sql: Sql, turn: Turn, index: int, message: str) -> None:
        """Record that `message`, and no other, shows the chunk number `index`, from 0.

        If the question has been edited, the message belongs to the turn that replaces this one; if it was forgotten, to
        none.
        """
        row = sql.one("SELECT coalesce(replaced_by, id) AS id FROM turns WHERE id = $1", turn.id)
        if row is None:
            return
        successor = identity(row)
        sql.run("UPDATE turns SET sending = NULL WHERE id = $1", turn.id)
        sql.run("DELETE FROM messages WHERE turn = $1 AND role = 'answer' AND place = $2", successor, index)
        conversation_rows.attach(sql, turn.key, message, successor, "answer", index)

    @transaction
    def settle(self, sql: Sql, turn: Turn, outcome: Outcome) -> tuple[int, ...]:
        """Store the outcome; a finished answer becomes the conversation's head, unless a new epoch began.

        Returns the complete versions of this answer, oldest first. Does nothing to a turn whose question was edited or
        deleted.
        """
        turn_rows.settle(sql, turn, outcome)
        return conversation_rows.complete_versions(sql, turn.id)

    @transaction
    def finish(self, sql: Sql, turn: Turn, messages: Iterable[str]) -> None:
        """Record that `messages` show the outcome completely; other messages that showed it leave the turn."""
        sql.run("UPDATE turns SET state = 'shown', owner = '' WHERE id = $1", turn.id)
        for message in set(turn.shown) - set(messages):
            sql.run(
                "DELETE FROM messages WHERE platform = $1 AND channel = $2 AND message = $3 AND turn = $4",
                turn.key.platform,
                turn.key.channel,
                message,
                turn.id,
            )

    @query
    def get(self, sql: Sql, turn: int) -> Turn:
        """Return the turn with this id. Raises LookupError if there is none."""
        return turn_rows.turn(sql, turn)

    @query
    def unfinished(self, sql: Sql, platform: str) -> list[int]:
        """List the conversations of a platform that have turns to answer or to show, longest waiting first."""
        rows = sql.all(
            "SELECT t.conversation FROM turns t JOIN conversations c ON c.id = t.conversation "
            "WHERE c.platform = $1 AND t.state <> 'shown' GROUP BY t.conversation ORDER BY min(t.id)",
            platform,
        )
        return [int(row["conversation"]) for row in rows]

    @query
    def running(self, sql: Sql, key: ConversationKey) -> list[int]:
        """List the turns that a process is answering: of this conversation, and of those that questions began here."""
        where = f"conversation IN {conversation_rows.HERE} AND state = 'waiting' AND owner <> ''"
        return _ids(sql, where, key.platform, key.channel, key.thread)

    @query
    def queued(self, sql: Sql, conversation: int) -> list[int]:
        """List the turns of a conversation that wait for an answer and are not claimed."""
        return _ids(sql, "conversation = $1 AND state = 'waiting' AND owner = ''", conversation)

    @query
    def queued_in(self, sql: Sql, key: ConversationKey) -> list[int]:
        """List like queued(), of this conversation and of those that questions began here."""
        where = f"conversation IN {conversation_rows.HERE} AND state = 'waiting' AND owner = ''"
        return _ids(sql, where, key.platform, key.channel, key.thread)

    @query
    def position_in_queue(self, sql: Sql, key: ConversationKey, author: str) -> int | None:
        """Count the turns before the first one of this person that waits here; None if none does."""
        row = sql.one(
            "SELECT (SELECT count(*) FROM turns b WHERE b.conversation = t.conversation AND b.state <> 'shown' "
            "AND b.id < t.id) AS n FROM turns t JOIN conversations c ON c.id = t.conversation "
            "WHERE c.platform = $1 AND c.channel = $2 AND c.thread = $3 AND t.author_id = $4 "
            "AND t.state = 'waiting' ORDER BY t.id LIMIT 1",
            key.platform,
            key.channel,
            key.thread,
            author,
        )
        return int(row["n"]) if row else None


def _ids(sql: Sql, which: str, *values: Value) -> list[int]:
    return [int(row["id"]) for row in sql.all(f"SELECT id FROM turns WHERE {which}", *values)]
