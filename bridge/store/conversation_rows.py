"""Run the statements on conversations and on how turns are related, inside a caller's transaction."""

import sqlite3
from dataclasses import dataclass

from bridge.incoming import Incoming
from bridge.model import OF_QUESTION, Choices, Conversation, ConversationKey
from bridge.store.database import Sql, identity

VERSIONS = "(SELECT id FROM turns WHERE origin = (SELECT origin FROM turns WHERE id = $1))"
"""A subquery: the ids of all versions of the answer of the turn $1."""

NEXT_ID = "(SELECT max(turn, coalesce((SELECT max(id) FROM turns), 0)) + 1 FROM forgotten)"
"""A subquery: the id of a new turn, higher than any that was used before, also by deleted turns."""


HERE = (
    "(SELECT id FROM conversations WHERE platform = $1 AND channel = $2 "
    f"AND (thread = $3 OR ($3 = '' AND thread LIKE '{OF_QUESTION}%')))"
)
"""A subquery: the conversation with the key $1, $2, $3; for a channel also those that questions began in it."""


@dataclass(frozen=True, slots=True)
class Found:
    """Describes a platform message that belongs to a turn.

    turn: the id of the turn.
    conversation: the number of its conversation.
    is_answer: True if it shows a part of the answer, False if it asks the question.
    """

    turn: int
    conversation: int
    is_answer: bool


def conversation_at(sql: Sql, key: ConversationKey) -> tuple[int, int]:
    """Return the number and the epoch of the conversation with this key; creates it, and its place, where missing."""
    where = (key.platform, key.channel, key.thread)
    row = sql.one("SELECT id, epoch FROM conversations WHERE platform = $1 AND channel = $2 AND thread = $3", *where)
    if row is None and key.place != key:
        conversation_at(sql, key.place)
    row = row or sql.one(
        "INSERT INTO conversations (platform, channel, thread) VALUES ($1, $2, $3) RETURNING id, epoch", *where
    )
    return identity(row), row["epoch"] if row else 0


def find_conversation(sql: Sql, key: ConversationKey) -> int | None:
    """Return the number of the conversation with this key, or None."""
    row = sql.one(
        "SELECT id FROM conversations WHERE platform = $1 AND channel = $2 AND thread = $3",
        key.platform,
        key.channel,
        key.thread,
    )
    return identity(row) if row else None


def find(sql: Sql, key: ConversationKey, message: str) -> Found | None:
    """See Versions.find."""
    row = sql.one(
        "SELECT t.id, t.conversation, m.role FROM messages m JOIN turns t ON t.id = m.turn "
        "WHERE m.platform = $1 AND m.channel = $2 AND m.message = $3",
        key.platform,
        key.channel,
        message,
    )
    return Found(row["id"], row["conversation"], row["role"] == "answer") if row else None


def newest(sql: Sql, turn: int) -> int:
    """See Versions.newest."""
    row = sql.one(
        "SELECT max(id) AS id FROM turns WHERE origin = (SELECT coalesce(h.origin, t.origin) "
        "FROM turns t LEFT JOIN turns h ON h.id = t.replaced_by WHERE t.id = $1)",
        turn,
    )
    return identity(row)


def complete_versions(sql: Sql, turn: int) -> tuple[int, ...]:
    """See Versions.whole."""
    rows = sql.all(
        "SELECT v.id FROM turns v JOIN turns t ON t.origin = v.origin "
        "WHERE t.id = $1 AND v.response_id IS NOT NULL AND v.answer <> '' ORDER BY v.id",
        turn,
    )
    return tuple(int(row["id"]) for row in rows)


def parent_of(sql: Sql, incoming: Incoming) -> int | None:
    """Return the turn that a question continues from because its message says so; None if it does not.

    It is the turn whose answer the message replies to, or whose question, where questions begin conversations; for the
    first question of a thread, the turn whose question or answer the thread was started on.
    """
    key, beginning = incoming.key, incoming.begun_on
    replied = find(sql, key, incoming.replied) if incoming.replied else None
    if replied and replied.is_answer:
        return replied.turn
    if replied and key.place != key:
        return newest(sql, replied.turn)
    if beginning is None or not begins(sql, key):
        return None
    found = find(sql, ConversationKey(key.platform, beginning.channel), beginning.message)
    return newest(sql, found.turn) if found else None


def begins(sql: Sql, key: ConversationKey) -> bool:
    """See Intake.begins: turns that ended with a notice alone do not count, as Qwen knows nothing of them."""
    row = sql.one(
        "SELECT 1 FROM turns t JOIN conversations c ON c.id = t.conversation "
        "WHERE c.platform = $1 AND c.channel = $2 AND c.thread = $3 AND t.replaced_by IS NULL "
        "AND (t.answer <> '' OR t.notice = '') LIMIT 1",
        key.platform,
        key.channel,
        key.thread,
    )
    return row is None


def attach(sql: Sql, key: ConversationKey, message: str, turn: int, role: str, place: int) -> None:
    """Record that a platform message belongs to a turn, unless it belongs to one.

    role: "question" or "answer". place: its index among the turn's messages of this role, from 0.
    """
    sql.run(
        "INSERT INTO messages (platform, channel, message, turn, role, place) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        key.platform,
        key.channel,
        message,
        turn,
        role,
        place,
    )


def start_epoch(sql: Sql, conversation: int) -> None:
    """Start a new epoch of a conversation: it has no head, and turns of earlier epochs do not set one."""
    sql.run(
        "UPDATE conversations SET epoch = epoch + 1, head = NULL, left_out = 0, unthought = 0 WHERE id = $1",
        conversation,
    )


def choices_in(row: sqlite3.Row) -> Choices:
    """Return the options that people chose, from a row with the columns of a conversation."""
    thinking, search = row["thinking"], row["search"]
    return Choices(row["model"], None if thinking is None else bool(thinking), None if search is None else bool(search))


def conversation(sql: Sql, key: ConversationKey) -> Conversation:
    """Return the conversation with this key, with the options of its place; creates it if there is none."""
    number, _ = conversation_at(sql, key)
    row = sql.one(
        "SELECT o.*, c.head AS at, c.trouble AS said, "
        f"(SELECT count(*) FROM turns WHERE conversation IN {HERE} AND state <> 'shown') AS waiting "
        "FROM conversations c, conversations o WHERE c.id = $4 AND o.id = $5",
        key.platform,
        key.channel,
        key.thread,
        number,
        conversation_at(sql, key.place)[0],
    )
    if row is None:
        raise LookupError("no conversation")
    return Conversation(number, key, row["at"], choices_in(row), row["system"], row["said"], row["waiting"])


def all_shown(sql: Sql, turn: int) -> bool:
    """Tell whether all versions of an answer are shown, and the question is neither edited nor deleted."""
    return not sql.one(
        f"SELECT 1 FROM turns WHERE id IN {VERSIONS} AND (state <> 'shown' OR replaced_by IS NOT NULL) LIMIT 1", turn
    )


def move_head_before(sql: Sql, turn: int) -> None:
    """Move a conversation's head from this answer, in any version, to the turn before it."""
    sql.run(f"UPDATE conversations SET head = (SELECT parent FROM turns WHERE id = $1) WHERE head IN {VERSIONS}", turn)


def replace_question(sql: Sql, turn: int, new: int) -> None:
    """Let an edited question, the turn `new`, replace all versions of the answer of `turn` and take its messages."""
    move_head_before(sql, turn)
    sql.run("UPDATE turns SET origin = id WHERE id = $1", new)
    sql.run(f"UPDATE messages SET turn = $2 WHERE turn IN {VERSIONS}", turn, new)
    sql.run(f"UPDATE turns SET state = 'shown', replaced_by = $2 WHERE id IN {VERSIONS}", turn, new)


def move(sql: Sql, old: int, new: int, epoch: int) -> None:
    """Move a conversation's head, options and finished turns from number `old` to number `new`.

    epoch: that of `new` so far; it is raised. Turns that are not shown yet stay behind with all versions of their
        answer.
    """
    moved = "head, model, thinking, search, system, instructed_at, told, left_out, unthought"
    sql.run(
        f"UPDATE conversations SET ({moved}, epoch) = "
        f"(SELECT {moved}, $1 FROM conversations WHERE id = $2) WHERE id = $3",
        epoch + 1,
        old,
        new,
    )
    start_epoch(sql, old)
    sql.run(  # the versions of an answer stay together
        "UPDATE turns SET conversation = $1, epoch = $2 WHERE conversation = $3 AND origin NOT IN "
        "(SELECT origin FROM turns WHERE conversation = $3 AND state <> 'shown')",
        new,
        epoch,
        old,
    )
