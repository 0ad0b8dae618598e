"""Store versions of answers, and edited and deleted questions."""

from collections.abc import Sequence

from bridge.model import ConversationKey
from bridge.store import conversation_rows
from bridge.store.conversation_rows import NEXT_ID, VERSIONS, Found
from bridge.store.database import Operations, Sql, identity, query, transaction
from bridge.store.turn_rows import NEXT_ROUND

# A new version of an answer hangs where the old one hangs, and is shown in its messages.
_REDO = f"""
INSERT INTO turns (id, conversation, epoch, state, author_id, author_name, language, prompt, asked_at, parent, fixed,
    shared, quote, origin, round)
SELECT {NEXT_ID}, t.conversation, CASE WHEN t.epoch < 0 THEN c.epoch ELSE t.epoch END, 'waiting', t.author_id,
    t.author_name, t.language, coalesce($2, t.prompt), $3, t.parent, 1, t.shared, t.quote,
    CASE WHEN $2 IS NULL THEN t.origin END, $4
FROM turns t JOIN conversations c ON c.id = t.conversation WHERE t.id = $1
RETURNING id
"""


class Versions(Operations):
    """Operations for people's actions on answers."""

    @query
    def find(self, sql: Sql, key: ConversationKey, message: str) -> Found | None:
        """Find the turn that a platform message belongs to, whatever the key's thread; None if it belongs to none."""
        return conversation_rows.find(sql, key, message)

    @query
    def first_unknown(self, sql: Sql, key: ConversationKey, messages: Sequence[str]) -> str | None:
        """Return the first of these messages that belongs to no turn, or None."""
        return next((each for each in messages if conversation_rows.find(sql, key, each) is None), None)

    @query
    def is_last(self, sql: Sql, turn: int) -> bool:
        """Tell whether no other question follows the one of this turn, in the order in which they are answered."""
        row = sql.one(
            "SELECT 1 FROM turns t JOIN turns first ON first.id = t.origin "
            "JOIN turns later ON later.conversation = t.conversation AND (later.round, later.id) > (first.round, "
            "first.id) AND later.origin = later.id AND later.replaced_by IS NULL AND later.epoch >= 0 "
            "WHERE t.id = $1 LIMIT 1",
            turn,
        )
        return row is None

    @query
    def newest(self, sql: Sql, turn: int) -> int:
        """Return the newest version of a turn's answer; if its question was edited, of the turn that replaces it."""
        return conversation_rows.newest(sql, turn)

    @query
    def whole(self, sql: Sql, turn: int) -> tuple[int, ...]:
        """List the turns that are complete versions of the same answer, oldest first."""
        return conversation_rows.complete_versions(sql, turn)

    @query
    def question_messages(self, sql: Sql, turn: int) -> int:
        """Count the messages of a turn's question."""
        row = sql.one(
            "SELECT count(*) AS n FROM messages m JOIN turns t ON t.origin = m.turn "
            "WHERE t.id = $1 AND m.role = 'question'",
            turn,
        )
        return int(row["n"]) if row else 0

    @query
    def same_answer(self, sql: Sql, one: int, other: int) -> bool:
        """Tell whether two turns are versions of the same answer."""
        row = sql.one(
            "SELECT 1 FROM turns a JOIN turns b ON b.origin = a.origin WHERE a.id = $1 AND b.id = $2", one, other
        )
        return row is not None

    @query
    def last_turn(self, sql: Sql, key: ConversationKey, author: str) -> int | None:
        """Return the newest turn of the conversation's epoch, or None.

        Of conversations that questions began in a channel, only what this person asked.
        """
        row = sql.one(
            "SELECT t.id FROM turns t JOIN conversations c ON c.id = t.conversation "
            f"WHERE c.id IN {conversation_rows.HERE} AND (c.thread = $3 OR t.author_id = $4) "
            "AND t.epoch = c.epoch AND t.replaced_by IS NULL ORDER BY t.id DESC LIMIT 1",
            key.platform,
            key.channel,
            key.thread,
            author,
        )
        return identity(row) if row else None

    @transaction
    def redo(self, sql: Sql, turn: int, prompt: str | None = None) -> int | None:
        """Add a turn that asks again from the same parent and takes over the messages; return its id.

        prompt: the edited question, whose turn replaces the old one. Without it the turn is another version of the
            answer; None is returned then if a version is not shown yet, or the question was edited or deleted.
        """
        if prompt is None and not conversation_rows.all_shown(sql, turn):
            return None
        new = identity(sql.one(_REDO, turn, prompt, self.clock(), _round_of_redo(sql, turn, edited=prompt is not None)))
        sql.run(f"UPDATE files SET turn = $2 WHERE turn IN {VERSIONS}", turn, new)
        if prompt is None:
            sql.run("UPDATE messages SET turn = $1 WHERE turn = $2 AND role = 'answer'", new, turn)
        else:
            conversation_rows.replace_question(sql, turn, new)
        return new

    @transaction
    def flip(self, sql: Sql, turn: int) -> bool:
        """Show this version, which is complete. A conversation whose head is another version continues from this one.

        Returns False if a version is not shown yet, or the question was edited or deleted.
        """
        if not conversation_rows.all_shown(sql, turn):
            return False
        sql.run(f"UPDATE messages SET turn = $1 WHERE role = 'answer' AND turn IN {VERSIONS}", turn)
        sql.run("UPDATE turns SET state = 'settled', notice = '' WHERE id = $1", turn)
        sql.run(f"UPDATE conversations SET head = $1 WHERE head IN {VERSIONS}", turn)
        return True

    @transaction
    def hand_over(self, sql: Sql, turn: int, version: int) -> None:
        """Let the messages that show `turn` belong to `version` from now on."""
        sql.run("UPDATE messages SET turn = $1 WHERE turn = $2 AND role = 'answer'", version, turn)

    @transaction
    def remove(self, sql: Sql, turn: int) -> None:
        """Remove a question: it is not answered any more, and the conversation continues from the turn before it."""
        conversation_rows.move_head_before(sql, turn)
        sql.run(f"UPDATE turns SET state = 'shown', owner = '', replaced_by = id WHERE id IN {VERSIONS}", turn)
        sql.run(f"DELETE FROM files WHERE turn IN {VERSIONS}", turn)

    @transaction
    def say_again(self, sql: Sql, key: ConversationKey, message: str, new: str) -> None:
        """Let the message `new` stand for the question `message`, unless it belongs to a turn already."""
        if conversation_rows.find(sql, key, new) is None:
            sql.run(
                "UPDATE messages SET message = $4, marked = 0 WHERE platform = $1 AND channel = $2 AND message = $3 "
                "AND role = 'question'",
                key.platform,
                key.channel,
                message,
                new,
            )

    @transaction
    def take_answer(self, sql: Sql, key: ConversationKey, turn: int) -> list[str]:
        """Let no message belong to the answer of this turn; return the ids of those in this channel that did."""
        rows = sql.all(
            f"DELETE FROM messages WHERE turn IN {VERSIONS} AND role = 'answer' RETURNING platform, channel, message",
            turn,
        )
        here = (key.platform, key.channel)
        return [str(row["message"]) for row in rows if (row["platform"], row["channel"]) == here]


def _round_of_redo(sql: Sql, turn: int, *, edited: bool) -> int:
    """Return the round for a turn that asks again: a question that is edited while it waits keeps its own."""
    row = sql.one("SELECT conversation, author_id, parent, round, state FROM turns WHERE id = $1", turn)
    if row and not (edited and row["state"] == "waiting"):
        row = sql.one(NEXT_ROUND, row["conversation"], row["author_id"], row["parent"], False)
    return int(row["round"]) if row else 0
