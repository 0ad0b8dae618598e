"""Store the life of a turn: claimed, asked, settled, shown."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bridge.errors import TakenOver
from bridge.model import ConversationKey, Head, Outcome, Turn
from bridge.store import conversation_rows, turn_rows
from bridge.store.database import Operations, Sql, Value, identity, query, transaction

# A waiting turn hangs on the head of its conversation, as it is when the turn's time has come. A turn from before
# people began anew finds no head of its own epoch, and opens a chat for itself. A parent that was chosen before, and
# whose answer failed, gives way to the last one above it that has an answer.
_CLAIM = """
UPDATE turns SET owner = $1, owned_until = $2, claim = claim + 1,
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
WHERE id = (SELECT id FROM turns WHERE conversation = $3 AND state <> 'shown' AND beside = $6
        ORDER BY round, id LIMIT 1)
    AND (owner = '' OR owner = $1 OR owned_until < $4 OR owned_until > $5) AND (ready_at <= $4 OR ready_at > $5)
RETURNING id
"""


_NONE: Mapping[int, int] = MappingProxyType({})


class Turns(Operations):
    """Operations on the state of a turn."""

    @transaction
    def claim(
        self, sql: Sql, conversation: int, owner: str, seconds: float, *, beside: bool = False
    ) -> Turn | float | None:
        """Claim the first turn in a conversation's line, or of the notices `beside` it, for `owner` and `seconds`.

        Returns None if there is none; the seconds until the next try if another process runs it or its question is
        still being gathered.
        """
        now = self.clock()
        row = sql.one(_CLAIM, owner, now + seconds, conversation, now, now + turn_rows.LONGEST_SECONDS, beside)
        if row:
            return turn_rows.turn(sql, identity(row))
        return turn_rows.seconds_until_next(sql, conversation, owner, now, beside=beside)

    @transaction
    def renew(self, sql: Sql, owner: str, seconds: float, claims: Mapping[int, int] = _NONE) -> set[int]:
        """Extend the claims of `owner` to `seconds` from now.

        Returns those of `claims`, numbers by the ids of their turns, that another process has claimed since.
        """
        until = self.clock() + seconds
        sql.run("UPDATE turns SET owned_until = $1 WHERE owner = $2 AND owner <> '' AND state <> 'shown'", until, owner)
        lost = "SELECT 1 FROM turns WHERE id = $1 AND claim <> $2"
        return {turn for turn, claim in claims.items() if sql.one(lost, turn, claim)}

    @transaction
    def release(self, sql: Sql, owner: str) -> None:
        """End the claims of `owner`, so that the next process need not wait for them to expire."""
        sql.run("UPDATE turns SET owner = '', owned_until = 0 WHERE owner = $1 AND owner <> ''", owner)

    @transaction
    def mark(self, sql: Sql, turn: Turn, *, on: bool) -> None:
        """Record whether the platform shows that the question waits, or may show it: see Turn.marked."""
        sql.run(
            "UPDATE messages SET marked = $2 WHERE role = 'question' AND place = 0 "
            "AND turn = (SELECT coalesce(replaced_by, id) FROM turns WHERE id = $1)",
            turn.origin,
            int(on),
        )

    @transaction
    def begin(self, sql: Sql, turn: Turn, begun: Head) -> None:
        """Record where Qwen writes the answer, so that a restart finds it there."""
        turn_rows.update(sql, turn, "asked_chat = $3, asked_response = $4", begun.chat_id, begun.parent_id)

    @transaction
    def sending(self, sql: Sql, turn: Turn, index: int) -> None:
        """Record that a message for the chunk number `index`, from 0, is about to be sent; `show` ends that."""
        turn_rows.update(sql, turn, "sending = $3", index)

    @transaction
    def show(self, sql: Sql, turn: Turn, index: int, message: str) -> None:
        """Record that `message`, and no other, shows the chunk number `index`, from 0.

        If the question has been edited, the message belongs to the turn that replaces this one; if it was forgotten, to
        none. Raises TakenOver where another process has claimed the turn since: see TakenOver.stray.
        """
        row = sql.one("SELECT coalesce(replaced_by, id) AS id FROM turns WHERE id = $1", turn.id)
        if row is None:
            return
        successor = identity(row)
        try:
            turn_rows.update(sql, turn, "sending = NULL")
        except TakenOver:
            raise TakenOver(stray=conversation_rows.find(sql, turn.key, message) is None) from None
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
    def decline(self, sql: Sql, turn: Turn, notice: str, *, shown: bool) -> None:
        """Give a turn that asks nothing this notice, and take it out of the line: it is shown beside that.

        `shown`: it is not to be shown, as its author knows it already.
        """
        state = "shown" if shown else "settled"
        turn_rows.update(sql, turn, "state = $3, notice = $4, beside = 1, owner = ''", state, notice)

    @transaction
    def finish(self, sql: Sql, turn: Turn, messages: Iterable[str]) -> None:
        """Record that `messages` show the outcome completely; other messages that showed it leave the turn."""
        turn_rows.update(sql, turn, "state = 'shown', owner = ''")
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
            "SELECT t.conversation FROM turns t CROSS JOIN conversations c ON c.id = t.conversation "  # few are left
            "WHERE c.platform = $1 AND t.state <> 'shown' GROUP BY t.conversation ORDER BY min(t.id)",
            platform,
        )
        return [int(row["conversation"]) for row in rows]

    @query
    def newest(self, sql: Sql) -> int:
        """Return the highest id of a turn; 0 if there is none."""
        row = sql.one("SELECT coalesce(max(id), 0) AS id FROM turns")
        return identity(row)

    @query
    def running(self, sql: Sql, key: ConversationKey) -> list[int]:
        """List the turns that a process is answering: of this conversation, and of those that questions began here."""
        where = f"conversation IN {conversation_rows.HERE} AND owner <> ''"
        return _ids(sql, where, key.platform, key.channel, key.thread)

    @query
    def queued(self, sql: Sql, conversation: int) -> list[int]:
        """List the turns of a conversation that wait for an answer and are not claimed."""
        return _ids(sql, "conversation = $1 AND owner = ''", conversation)

    @query
    def queued_in(self, sql: Sql, key: ConversationKey) -> list[int]:
        """List like queued(), of this conversation and of those that questions began here."""
        where = f"conversation IN {conversation_rows.HERE} AND owner = ''"
        return _ids(sql, where, key.platform, key.channel, key.thread)

    @query
    def position_in_queue(self, sql: Sql, key: ConversationKey, author: str) -> int | None:
        """Count the turns before the first one of this person that waits here; None if none does."""
        row = sql.one(
            f"SELECT ({turn_rows.BEFORE}) AS n FROM turns t JOIN conversations c ON c.id = t.conversation "
            "WHERE c.platform = $1 AND c.channel = $2 AND c.thread = $3 AND t.author_id = $4 "
            "AND t.state = 'waiting' AND t.state <> 'shown' ORDER BY t.round, t.id LIMIT 1",
            key.platform,
            key.channel,
            key.thread,
            author,
        )
        return int(row["n"]) if row else None


def _ids(sql: Sql, which: str, *values: Value) -> list[int]:
    waiting = "SELECT id FROM turns WHERE state = 'waiting' AND state <> 'shown'"  # by the index of unfinished ones
    return [int(row["id"]) for row in sql.all(f"{waiting} AND {which}", *values)]
