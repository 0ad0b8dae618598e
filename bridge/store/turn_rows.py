"""Statements on turns, their messages and files; each is part of a piece of work."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.model import Attachment, Author, ConversationKey, Head, Incoming, Outcome, Turn
from bridge.store.conversation_rows import NEXT, answer_at, begun_on, choices, conversation_at
from bridge.store.database import Sql, Value, identity

_TURN = """
SELECT t.*, c.platform, c.channel, c.thread, c.model, c.thinking, c.search, c.system, c.told AS latest,
    q.message AS question, p.chat_id AS head_chat, p.response_id AS head_parent, coalesce(p.told, 0) AS known
FROM turns t
JOIN conversations c ON c.id = t.conversation
JOIN messages q ON q.turn = t.origin AND q.role = 'question' AND q.place = 0
LEFT JOIN turns p ON p.id = t.parent AND p.conversation = t.conversation
WHERE t.id = $1
"""

ASIDE = -1
"""The epoch of what asks nothing, and only holds a word of the bridge's own."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message that was recorded: as this turn, with so many unfinished ones before it in its conversation."""

    conversation: int
    turn: int
    before: int


def record(sql: Sql, incoming: Incoming, now: float) -> Recorded | None:
    key = incoming.key
    if sql.one(
        "SELECT 1 FROM messages WHERE platform = $1 AND channel = $2 AND message = $3",
        key.platform,
        key.channel,
        incoming.message,
    ):
        return None
    conversation, epoch = conversation_at(sql, key)
    turn = gathering(sql, conversation, incoming.author.id, incoming.group, now)
    if turn:
        _add(sql, turn, incoming, now)
    else:
        turn = _insert(sql, conversation, epoch, incoming, now)
    before = sql.one(
        "SELECT count(*) AS n FROM turns WHERE conversation = $1 AND state <> 'shown' AND id < $2", conversation, turn
    )
    return Recorded(conversation, turn, int(before["n"]) if before else 0)


def _insert(sql: Sql, conversation: int, epoch: int, incoming: Incoming, now: float) -> int:
    parent = answer_at(sql, incoming.key, incoming.replied) or begun_on(sql, incoming.key, incoming.begun_on)
    quote = incoming.quote
    values: dict[str, Value] = {
        "conversation": conversation,
        "epoch": ASIDE if incoming.notice and not (incoming.text or incoming.files) else epoch,
        "state": "settled" if incoming.notice else "waiting",
        "author_id": incoming.author.id,
        "author_name": incoming.author.name,
        "language": incoming.author.language,
        "prompt": incoming.text,
        "notice": incoming.notice,
        "asked_at": now,
        "parent": parent,
        "fixed": parent is not None,
        "shared": incoming.shared,
        "quote": f"{quote.author}\n{quote.text}" if quote and parent is None else "",
        '"group"': incoming.group,
        "ready_at": now + incoming.wait if incoming.wait else 0,
    }
    names, places = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
    turn = identity(
        sql.one(f"INSERT INTO turns (id, {names}) VALUES ({NEXT}, {places}) RETURNING id", *values.values())
    )
    sql.run("UPDATE turns SET origin = id WHERE id = $1", turn)
    attach(sql, incoming.key, incoming.message, turn, "question", 0)
    _keep(sql, turn, 0, incoming.files)
    return turn


def gathering(sql: Sql, conversation: int, author: str, group: str, now: float) -> int | None:
    """The turn that a message of this author and group is more of; None where it is a question by itself."""
    if not group:
        return None
    row = sql.one(
        'SELECT id FROM turns WHERE conversation = $1 AND author_id = $2 AND "group" = $3 '
        "AND state = 'waiting' AND owner = '' AND ready_at > $4 ORDER BY id DESC LIMIT 1",
        conversation,
        author,
        group,
        now,
    )
    return identity(row) if row else None


def _add(sql: Sql, turn: int, incoming: Incoming, now: float) -> None:
    """More of a question: its words, its files, its message; and a while longer to wait."""
    row = sql.one(
        "UPDATE turns SET prompt = prompt || CASE WHEN prompt = '' OR $2 = '' THEN '' ELSE $3 END || $2, "
        "ready_at = $4 WHERE id = $1 "
        "RETURNING (SELECT count(*) FROM messages WHERE turn = $1 AND role = 'question') AS messages, "
        "(SELECT count(*) FROM files WHERE turn = $1) AS files",
        turn,
        incoming.text,
        incoming.glue,
        now + incoming.wait,
    )
    if row:
        attach(sql, incoming.key, incoming.message, turn, "question", int(row["messages"]))
        _keep(sql, turn, int(row["files"]), incoming.files)


def _keep(sql: Sql, turn: int, first: int, files: Sequence[Attachment]) -> None:
    for place, file in enumerate(files, start=first):
        sql.run(
            "INSERT INTO files (turn, place, name, content_type, data) VALUES ($1, $2, $3, $4, $5)",
            turn,
            place,
            file.name,
            file.content_type,
            file.data,
        )


def attach(sql: Sql, key: ConversationKey, message: str, turn: int, role: str, place: int) -> None:
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


def later(sql: Sql, conversation: int, owner: str, now: float) -> float | None:
    """When the next turn of a conversation may be taken, in seconds from now; None where there is none."""
    row = sql.one(
        "SELECT owner, owned_until, ready_at FROM turns WHERE conversation = $1 AND state <> 'shown' "
        "ORDER BY id LIMIT 1",
        conversation,
    )
    if row is None:
        return None
    owned_until = 0.0 if row["owner"] in ("", owner) else float(row["owned_until"])
    return max(0.0, owned_until - now, float(row["ready_at"]) - now)


def settle(sql: Sql, turn: Turn, outcome: Outcome) -> bool:
    """False where the turn is over by now."""
    head = outcome.head
    row = sql.one(
        "UPDATE turns SET state = 'settled', answer = $2, notice = $3, chat_id = $4, response_id = $5, "
        "thought = $6, told = $7 WHERE id = $1 AND state <> 'shown' RETURNING id",
        turn.id,
        outcome.answer,
        outcome.notice,
        head.chat_id if head else None,
        head.parent_id if head else None,
        outcome.thought,
        turn.told,
    )
    return row is not None


def after(sql: Sql, turn: Turn, outcome: Outcome) -> None:
    """What a settled turn means for its conversation; another version of an older answer does not lead it there."""
    sql.run(
        "DELETE FROM files WHERE turn IN "
        "(SELECT id FROM turns WHERE conversation = $1 AND id < $2 AND state = 'shown')",
        turn.conversation,
        turn.id,
    )
    sql.run(
        "UPDATE conversations SET trouble = CASE WHEN $2 THEN '' ELSE $1 END, head = CASE WHEN $2 AND epoch = $3 AND ("
        "$4 = $7 OR head IS $5 OR head IN (SELECT id FROM turns WHERE origin = $7)) THEN $4 "
        "WHEN head = $4 THEN $5 ELSE head END WHERE id = $6",
        outcome.notice,
        outcome.head is not None,
        turn.epoch,
        turn.id,
        turn.parent,
        turn.conversation,
        turn.origin,
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
        choices=choices(row),
        system=row["system"] if unknown else "",
        told=row["latest"],
        asked_at=row["asked_at"],
        begun=Head(row["asked_chat"], row["asked_response"]) if row["asked_response"] else None,
        sending=row["sending"],
    )
