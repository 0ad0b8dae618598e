"""Run the statements on turns, inside a caller's transaction."""

import sqlite3

from bridge.errors import TakenOver
from bridge.model import OF_QUESTION, Attachment, Author, ConversationKey, Head, Outcome, Turn
from bridge.store.conversation_rows import choices_in
from bridge.store.database import Sql, Value

LONGEST_SECONDS = 60.0
"""Bounds claims, and waits for more of a question, in seconds: where one seems longer, the clock ran ahead then."""

IN_LINE = "state <> 'shown' AND beside = 0"
"""A condition: the turn has a place in its conversation's line; the line's order is by `round`, then by `id`."""

BEFORE = (
    "SELECT count(*) FROM turns b WHERE b.conversation = t.conversation AND "
    f"{IN_LINE} AND (b.round, b.id) < (t.round, t.id)"
)
"""A subquery: how many turns stand before the turn t in its line."""

NEXT_ROUND = """
WITH now (round) AS (SELECT coalesce(
    (SELECT min(round) FROM turns WHERE conversation = $1 AND state = 'waiting' AND state <> 'shown'),
    (SELECT max(round) FROM turns WHERE conversation = $1), 0))
SELECT max(round,
    coalesce((SELECT max(own.round) + 1 FROM turns own
        WHERE own.conversation = $1 AND own.author_id = $2 AND own.round >= now.round AND NOT $4), 0),
    coalesce((SELECT above.round FROM turns above WHERE above.id = $3 AND above.conversation = $1), 0)) AS round
FROM now
"""
"""A subquery: the round for a question in the conversation $1, of the person $2, that replies to the turn $3.

The line is in the round of its first question, or of the last one that was asked. A question gets a place in that
round, or in the one after its author's last question, unless it is only a notice ($4); it never comes before the one
that it replies to.
"""

_TURN = f"""
SELECT t.*, c.platform, c.channel, c.thread, o.model, o.thinking, o.search, o.system, o.told AS latest,
    q.message AS question, q.marked, p.chat_id AS head_chat, p.response_id AS head_parent, coalesce(p.told, 0) AS known
FROM turns t
JOIN conversations c ON c.id = t.conversation
JOIN conversations o ON o.platform = c.platform AND o.channel = c.channel
    AND o.thread = CASE WHEN c.thread LIKE '{OF_QUESTION}%' THEN '' ELSE c.thread END
JOIN messages q ON q.turn = t.origin AND q.role = 'question' AND q.place = 0
LEFT JOIN turns p ON p.id = t.parent AND p.conversation = t.conversation
WHERE t.id = $1
"""


def seconds_until_next(sql: Sql, conversation: int, owner: str, now: float, *, beside: bool) -> float | None:
    """Return the seconds until the next turn of a conversation may be claimed; None if there is none."""
    row = sql.one(
        "SELECT owner, owned_until, ready_at FROM turns WHERE conversation = $1 AND state <> 'shown' AND beside = $2 "
        "ORDER BY round, id LIMIT 1",
        conversation,
        beside,
    )
    if row is None:
        return None
    owned = 0.0 if row["owner"] in ("", owner) else float(row["owned_until"]) - now
    waits = (owned, float(row["ready_at"]) - now)
    return max([0.0, *(seconds for seconds in waits if seconds <= LONGEST_SECONDS)])


def update(sql: Sql, turn: Turn, values: str, *parameters: Value) -> bool:
    """Change a turn that is claimed: `values` is what follows SET, with parameters from $3 on.

    Returns False if the turn is gone. Raises TakenOver where another process has claimed it since.
    """
    changed = sql.one(
        f"UPDATE turns SET {values} WHERE id = $1 AND claim = $2 RETURNING id", turn.id, turn.claim, *parameters
    )
    if changed is None:
        check_claim(sql, turn)
    return changed is not None


def check_claim(sql: Sql, turn: Turn) -> None:
    """Raise TakenOver where another process has claimed the turn since."""
    if sql.one("SELECT 1 FROM turns WHERE id = $1 AND claim <> $2", turn.id, turn.claim):
        raise TakenOver


def settle(sql: Sql, turn: Turn, outcome: Outcome) -> None:
    """Store the outcome and its effect on the conversation; do nothing if the turn is over already.

    A new version of an older answer does not move the conversation's head to it.
    """
    head = outcome.head
    row = sql.one(
        "UPDATE turns SET state = 'settled', answer = $2, notice = $3, chat_id = $4, response_id = $5, "
        "thought = $6, told = $7 WHERE id = $1 AND claim = $8 AND state <> 'shown' RETURNING id",
        turn.id,
        outcome.answer,
        outcome.notice,
        head.chat_id if head else None,
        head.parent_id if head else None,
        outcome.thought,
        turn.told,
        turn.claim,
    )
    if row is None:
        check_claim(sql, turn)
        return
    sql.run(
        "DELETE FROM files WHERE turn IN "
        "(SELECT f.turn FROM files f CROSS JOIN turns t ON t.id = f.turn "  # few have any
        "WHERE t.conversation = $1 AND t.id < $2 AND t.state = 'shown')",
        turn.conversation,
        turn.id,
    )
    sql.run(
        "UPDATE conversations SET trouble = CASE WHEN $2 THEN '' ELSE $1 END, head = CASE WHEN $2 AND epoch = $3 AND ("
        "$4 = $7 OR head IS $5 OR head IN (SELECT id FROM turns WHERE origin = $7)) THEN $4 "
        "WHEN head = $4 THEN $5 ELSE head END WHERE id = $6",
        outcome.notice,
        head is not None,
        turn.epoch,
        turn.id,
        turn.parent,
        turn.conversation,
        turn.origin,
    )
    if turn.key.thread.startswith(OF_QUESTION):
        sql.run(
            "UPDATE conversations SET trouble = CASE WHEN $2 THEN '' ELSE $1 END "
            "WHERE platform = $3 AND channel = $4 AND thread = ''",
            outcome.notice,
            head is not None,
            turn.key.platform,
            turn.key.channel,
        )


def turn(sql: Sql, number: int) -> Turn:
    """See Turns.get."""
    row = sql.one(_TURN, number)
    if row is None:
        raise LookupError(f"no turn {number}")
    shown = sql.all(
        "SELECT message FROM messages WHERE turn = $1 AND role = 'answer' AND platform = $2 AND channel = $3 "
        "ORDER BY place",
        number,
        row["platform"],
        row["channel"],
    )
    files = sql.all("SELECT name, content_type, data FROM files WHERE turn = $1 ORDER BY place", number)
    return _turn(
        row,
        tuple(str(message["message"]) for message in shown),
        tuple(Attachment(file["name"], file["content_type"], file["data"]) for file in files),
    )


def _turn(row: sqlite3.Row, shown: tuple[str, ...], files: tuple[Attachment, ...]) -> Turn:
    head = Head(row["head_chat"], row["head_parent"]) if row["head_chat"] and row["head_parent"] else None
    unknown = head is None or row["known"] != row["latest"]
    return Turn(
        id=row["id"],
        conversation=row["conversation"],
        key=ConversationKey(row["platform"], row["channel"], row["thread"]),
        epoch=row["epoch"],
        state=row["state"],
        question=row["question"],
        author=Author(row["author_id"], row["author_name"], row["language"]),
        prompt=row["prompt"],
        parent=row["parent"],
        head=head,
        answer=row["answer"],
        notice=row["notice"],
        thought=row["thought"],
        shown=shown,
        files=files,
        origin=row["origin"],
        shared=bool(row["shared"]),
        quote=row["quote"],
        choices=choices_in(row),
        system=row["system"] if unknown else "",
        told=row["latest"],
        asked_at=row["asked_at"],
        begun=Head(row["asked_chat"], row["asked_response"]) if row["asked_response"] else None,
        sending=row["sending"],
        claim=row["claim"],
        marked=bool(row["marked"]),
    )
