"""Record arriving messages as turns, each once, and join those that form one question."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.incoming import Incoming, Quote
from bridge.model import OF_QUESTION, Attachment, ConversationKey
from bridge.store.conversation_rows import NEXT_ID, attach, begins, conversation_at, find_conversation, parent_of
from bridge.store.database import Operations, Sql, Value, identity, query, transaction
from bridge.store.turn_rows import BEFORE, IN_LINE, LONGEST_SECONDS, NEXT_ROUND

GATHERING_SECONDS = 10.0
"""How long a question gathers further words, in seconds since its first message: others wait behind it meanwhile."""

LONGEST_GATHERED = 100_000
"""How many code points a question may have to which more is added; Qwen takes about 90,000 bytes."""

NO_EPOCH = -1
"""The epoch of a turn that asks nothing and only holds a notice of the bridge."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Describes a message before it is recorded.

    waiting: how many questions are not answered yet in its conversation; where a question began it, in all such of its
        channel.
    own: how many of these are its author's.
    elsewhere: how many of its author's are not answered yet in all places where several people talk.
    known: True if it was recorded before, or belongs to a question that is still being gathered; it was counted then.
    """

    waiting: int = 0
    own: int = 0
    elsewhere: int = 0
    known: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """Describes a recorded message.

    conversation: the number of its conversation.
    turn: the id of its turn.
    before: how many turns come first in the conversation's line.
    """

    conversation: int
    turn: int
    before: int


_KNOWN = "SELECT 1 FROM messages WHERE platform = $1 AND channel = $2 AND message = $3"

_COUNT = "SELECT count(*) AS waiting, count(*) FILTER (WHERE author_id = $4) AS own FROM turns"

_WAITING = f"""
{_COUNT} WHERE {IN_LINE} AND conversation =
    (SELECT id FROM conversations WHERE platform = $1 AND channel = $2 AND thread = $3)
"""

# What waits in all conversations that questions began in a channel; the outer loop is over the few turns that wait.
_WAITING_BESIDE = f"""
{_COUNT} t CROSS JOIN conversations c ON c.id = t.conversation
WHERE {IN_LINE} AND c.platform = $1 AND c.channel = $2 AND c.thread LIKE '{OF_QUESTION}%'
"""

_WAITING_ELSEWHERE = f"""
SELECT count(*) AS n FROM turns t CROSS JOIN conversations c ON c.id = t.conversation
WHERE {IN_LINE} AND author_id = $2 AND shared AND c.platform = $1
"""


class Arrivals(Operations):
    """Operations on messages that arrive."""

    @query
    def look_up(self, sql: Sql, incoming: Incoming) -> Arrival:
        """Return what is known of a message that has just arrived."""
        key, author = incoming.key, incoming.author.id
        known = sql.one(_KNOWN, key.platform, key.channel, incoming.message) is not None or (
            bool(incoming.group) and self._gathers(sql, key, author, incoming.group)
        )
        counts = _WAITING_BESIDE if key.thread.startswith(OF_QUESTION) else _WAITING
        here = sql.one(counts, key.platform, key.channel, key.thread, author)
        elsewhere = sql.one(_WAITING_ELSEWHERE, key.platform, author)
        if here is None or elsewhere is None:
            return Arrival(known=known)
        return Arrival(here["waiting"], here["own"], elsewhere["n"], known)

    @transaction
    def record(self, sql: Sql, incoming: Incoming) -> Recorded | None:
        """Record a message as a turn, or add it to a question that is still being gathered.

        Returns None if the message was recorded before.
        """
        key, now = incoming.key, self.clock()
        if sql.one(_KNOWN, key.platform, key.channel, incoming.message):
            return None
        conversation, epoch = conversation_at(sql, key)
        turn = _find_gathering(sql, conversation, incoming.author.id, incoming.group, now)
        if turn:
            _append(sql, turn, incoming, now)
        else:
            turn = _insert_turn(sql, conversation, epoch, incoming, now)
        before = sql.one(f"SELECT ({BEFORE}) AS n FROM turns t WHERE id = $1", turn)
        return Recorded(conversation, turn, int(before["n"]) if before else 0)

    @query
    def expects(self, sql: Sql, key: ConversationKey, author: str, group: str) -> bool:
        """See Intake.expects."""
        return self._gathers(sql, key, author, group)

    def _gathers(self, sql: Sql, key: ConversationKey, author: str, group: str) -> bool:
        conversation = find_conversation(sql, key)
        return conversation is not None and _find_gathering(sql, conversation, author, group, self.clock()) is not None


def _insert_turn(sql: Sql, conversation: int, epoch: int, incoming: Incoming, now: float) -> int:
    parent = parent_of(sql, incoming)
    beginning = incoming.begun_on.quote if incoming.begun_on and parent is None and begins(sql, incoming.key) else None
    values: dict[str, Value] = {
        "conversation": conversation,  # the first four are those of NEXT_ROUND
        "author_id": incoming.author.id,
        "parent": parent,
        "beside": bool(incoming.notice),
        "epoch": NO_EPOCH if incoming.notice and not (incoming.text or incoming.files) else epoch,
        "state": "settled" if incoming.notice else "waiting",
        "author_name": incoming.author.name,
        "language": incoming.author.language,
        "prompt": incoming.text,
        "notice": incoming.notice,
        "asked_at": now,
        "fixed": parent is not None,
        "shared": incoming.shared,
        "quote": _blocks([beginning, *incoming.quotes] if beginning else incoming.quotes),
        '"group"': incoming.group,
        "ready_at": now + incoming.wait if incoming.wait else 0,
    }
    names, places = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
    turn = identity(
        sql.one(
            f"INSERT INTO turns (id, round, {names}) VALUES ({NEXT_ID}, ({NEXT_ROUND}), {places}) RETURNING id",
            *values.values(),
        )
    )
    sql.run("UPDATE turns SET origin = id WHERE id = $1", turn)
    attach(sql, incoming.key, incoming.message, turn, "question", 0)
    _insert_files(sql, turn, 0, incoming.files)
    return turn


def _find_gathering(sql: Sql, conversation: int, author: str, group: str, now: float) -> int | None:
    """Return the turn that a message of this author and group belongs to; None if it is a question of its own."""
    if not group:
        return None
    row = sql.one(
        'SELECT id FROM turns WHERE conversation = $1 AND author_id = $2 AND "group" = $3 '
        "AND state = 'waiting' AND state <> 'shown' AND owner = '' AND ready_at > $4 AND ready_at <= $5 "
        "AND length(prompt) < $6 ORDER BY id DESC LIMIT 1",
        conversation,
        author,
        group,
        now,
        now + LONGEST_SECONDS,
        LONGEST_GATHERED,
    )
    return identity(row) if row else None


def _append(sql: Sql, turn: int, incoming: Incoming, now: float) -> None:
    """Add a message, its text, quotes and files to a question, and wait longer for the next one.

    Files may take longer to arrive than words.
    """
    most = LONGEST_SECONDS if incoming.files else GATHERING_SECONDS
    row = sql.one(
        "UPDATE turns SET prompt = prompt || CASE WHEN prompt = '' OR $2 = '' THEN '' ELSE $3 END || $2, "
        "quote = quote || CASE WHEN quote = '' OR $5 = '' THEN '' ELSE char(10, 10) END || $5, "
        "ready_at = min($4, asked_at + $6) WHERE id = $1 "
        "RETURNING (SELECT count(*) FROM messages WHERE turn = $1 AND role = 'question') AS messages, "
        "(SELECT count(*) FROM files WHERE turn = $1) AS files",
        turn,
        incoming.text,
        incoming.glue,
        now + incoming.wait,
        _blocks(incoming.quotes),
        most,
    )
    if row:
        attach(sql, incoming.key, incoming.message, turn, "question", int(row["messages"]))
        _insert_files(sql, turn, int(row["files"]), incoming.files)


def _blocks(quotes: Sequence[Quote]) -> str:
    return "\n\n".join(quote.block for quote in quotes)


def _insert_files(sql: Sql, turn: int, first: int, files: Sequence[Attachment]) -> None:
    for place, file in enumerate(files, start=first):
        sql.run(
            "INSERT INTO files (turn, place, name, content_type, data) VALUES ($1, $2, $3, $4, $5)",
            turn,
            place,
            file.name,
            file.content_type,
            file.data,
        )
