"""The store: each state change of a turn is one transaction here; what people steer stands in `steering`."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.model import Attachment, Author, ConversationKey, Exchange, Head, Incoming, Outcome, Turn
from bridge.store.database import Value, identity
from bridge.store.steering import Steering, choices

_TURN = """
SELECT t.*, c.platform, c.channel, c.thread, c.model, c.thinking, c.search, c.system, c.told AS latest,
    q.message AS question, p.chat_id AS head_chat, p.response_id AS head_parent, coalesce(p.told, 0) AS known
FROM turns t
JOIN conversations c ON c.id = t.conversation
JOIN messages q ON q.turn = t.origin AND q.role = 'question' AND q.place = 0
LEFT JOIN turns p ON p.id = t.parent AND p.conversation = t.conversation
WHERE t.id = $1
"""

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

_CHAIN = """
WITH RECURSIVE chain (id, parent, prompt, answer, depth) AS (
    SELECT id, parent, prompt, answer, 1 FROM turns WHERE id = $1
    UNION ALL
    SELECT t.id, t.parent, t.prompt, t.answer, depth + 1 FROM turns t JOIN chain ON t.id = chain.parent WHERE depth < $2
)
SELECT prompt, answer FROM chain ORDER BY depth DESC
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message that was recorded: as this turn, with so many unfinished ones before it in its conversation."""

    conversation: int
    turn: int
    before: int


class Store(Steering):
    """The life of a turn: recorded, claimed, settled, shown."""

    async def record(self, incoming: Incoming) -> Recorded | None:
        """Record a message as a turn, or as more of one that is still being gathered.

        None when the message was recorded before.
        """
        key = incoming.key
        async with self._transaction():
            if await self._one(
                "SELECT 1 FROM messages WHERE platform = $1 AND channel = $2 AND message = $3",
                key.platform,
                key.channel,
                incoming.message,
            ):
                return None
            conversation, epoch = await self._conversation(key)
            turn = await self._gathering(conversation, incoming.author.id, incoming.group)
            if turn:
                await self._add(turn, incoming)
            else:
                turn = await self._insert(conversation, epoch, incoming)
            before = await self._one(
                "SELECT count(*) AS n FROM turns WHERE conversation = $1 AND state <> 'shown' AND id < $2",
                conversation,
                turn,
            )
        return Recorded(conversation, turn, int(before["n"]) if before else 0)

    async def expects(self, key: ConversationKey, author: str, group: str) -> bool:
        """Whether a question of this author and group is still being gathered."""
        conversation = await self._known(key)
        return conversation is not None and await self._gathering(conversation, author, group) is not None

    async def claim(self, conversation: int, owner: str, seconds: float) -> Turn | float | None:
        """Take the oldest unfinished turn of a conversation for `owner`.

        None: there is none. A number: it cannot be taken for that many seconds at least, since somebody else runs it or
        more of it may come.
        """
        now = self._clock()
        async with self._transaction():
            row = await self._one(_CLAIM, owner, now + seconds, conversation, now)
        if row:
            return await self.turn(identity(row))
        later = await self._one(
            "SELECT owner, owned_until, ready_at FROM turns WHERE conversation = $1 AND state <> 'shown' "
            "ORDER BY id LIMIT 1",
            conversation,
        )
        if later is None:
            return None
        owned_until = 0.0 if later["owner"] in ("", owner) else float(later["owned_until"])
        return max(0.0, owned_until - now, float(later["ready_at"]) - now)

    async def claim_turn(self, turn: int, owner: str, seconds: float) -> Turn | None:
        """Take this very turn, out of its order; None where somebody has it or it is over."""
        now = self._clock()
        async with self._transaction():
            row = await self._one(
                "UPDATE turns SET owner = $1, owned_until = $2 WHERE id = $3 AND state <> 'shown' "
                "AND (owner = '' OR owned_until < $4) RETURNING id",
                owner,
                now + seconds,
                turn,
                now,
            )
        return await self.turn(turn) if row else None

    async def renew(self, owner: str, seconds: float) -> None:
        """Keep what `owner` has claimed for another while."""
        async with self._transaction():
            await self._write(
                "UPDATE turns SET owned_until = $1 WHERE owner = $2 AND state <> 'shown'",
                self._clock() + seconds,
                owner,
            )

    async def release(self, owner: str) -> None:
        """Give back what `owner` has claimed, so that the next process need not wait."""
        async with self._transaction():
            await self._write("UPDATE turns SET owner = '', owned_until = 0 WHERE owner = $1", owner)

    async def show(self, turn: Turn, place: int, message: str) -> None:
        """Remember that `message` shows the piece number `place` of the turn's answer, and no other does.

        Where the question was edited meanwhile, it belongs to the turn in its place.
        """
        async with self._transaction():
            row = await self._one("SELECT coalesce(replaced_by, id) AS id FROM turns WHERE id = $1", turn.id)
            heir = identity(row)
            await self._write("DELETE FROM messages WHERE turn = $1 AND role = 'answer' AND place = $2", heir, place)
            await self._attach(turn.key, message, heir, "answer", place)

    async def settle(self, turn: Turn, outcome: Outcome) -> None:
        """The outcome is known; a finished answer becomes the conversation's head, unless people began anew.

        A turn whose question was edited or removed meanwhile stays as it is.
        """
        head = outcome.head
        async with self._transaction():
            row = await self._one(
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
            if row is None:
                return
            await self._write(
                "DELETE FROM files WHERE turn IN "
                "(SELECT id FROM turns WHERE conversation = $1 AND id < $2 AND state = 'shown')",
                turn.conversation,
                turn.id,
            )
            await self._write(
                "UPDATE conversations SET trouble = $1, head = CASE WHEN $2 AND epoch = $3 THEN $4 "
                "WHEN head = $4 THEN $5 ELSE head END WHERE id = $6",
                outcome.notice,
                head is not None,
                turn.epoch,
                turn.id,
                turn.parent,
                turn.conversation,
            )

    async def finish(self, turn: Turn, messages: Iterable[str]) -> None:
        """The person has seen the outcome whole, in `messages`; others that showed it are gone."""
        kept = set(messages)
        async with self._transaction():
            await self._write("UPDATE turns SET state = 'shown', owner = '' WHERE id = $1", turn.id)
            for message in set(turn.shown) - kept:
                await self._write(
                    "DELETE FROM messages WHERE platform = $1 AND channel = $2 AND message = $3 AND turn = $4",
                    turn.key.platform,
                    turn.key.channel,
                    message,
                    turn.id,
                )

    async def turn(self, turn: int) -> Turn:
        """The turn with this id. Raises LookupError."""
        row = await self._one(_TURN, turn)
        if row is None:
            raise LookupError(f"no turn {turn}")
        shown = await self._all(
            "SELECT message FROM messages WHERE turn = $1 AND role = 'answer' ORDER BY place", row["id"]
        )
        files = await self._all("SELECT name, content_type, data FROM files WHERE turn = $1 ORDER BY place", row["id"])
        return _turn(
            row,
            tuple(str(message["message"]) for message in shown),
            tuple(Attachment(file["name"], file["content_type"], file["data"]) for file in files),
        )

    async def unfinished(self, platform: str) -> list[int]:
        """The conversations of a platform in which turns wait to be answered or shown, longest waiting first."""
        rows = await self._all(
            "SELECT t.conversation FROM turns t JOIN conversations c ON c.id = t.conversation "
            "WHERE c.platform = $1 AND t.state <> 'shown' GROUP BY t.conversation ORDER BY min(t.id)",
            platform,
        )
        return [int(row["conversation"]) for row in rows]

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation in this place."""
        return await self._known(key) is not None

    async def chain(self, turn: int | None, most: int = 50) -> list[Exchange]:
        """The exchanges that lead up to and include `turn`, oldest first, at most `most` of them."""
        rows = await self._all(_CHAIN, turn, most)
        return [Exchange(row["prompt"], row["answer"]) for row in rows]

    async def _insert(self, conversation: int, epoch: int, incoming: Incoming) -> int:
        parent = await self._answer_at(incoming.key, incoming.replied) if incoming.replied else None
        if parent is None and incoming.begun_on:
            parent = await self._begun_on(incoming.key, incoming.begun_on)
        quote = incoming.quote
        values: dict[str, Value] = {
            "conversation": conversation,
            "epoch": epoch,
            "state": "settled" if incoming.notice else "waiting",
            "author_id": incoming.author.id,
            "author_name": incoming.author.name,
            "language": incoming.author.language,
            "prompt": incoming.text,
            "notice": incoming.notice,
            "asked_at": self._clock(),
            "parent": parent,
            "fixed": parent is not None,
            "shared": incoming.shared,
            "quote": f"{quote.author}\n{quote.text}" if quote and parent is None else "",
            '"group"': incoming.group,
            "ready_at": self._clock() + incoming.wait if incoming.wait else 0,
        }
        names, places = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
        row = await self._one(f"INSERT INTO turns ({names}) VALUES ({places}) RETURNING id", *values.values())
        turn = identity(row)
        await self._write("UPDATE turns SET origin = id WHERE id = $1", turn)
        await self._attach(incoming.key, incoming.message, turn, "question", 0)
        await self._keep(turn, 0, incoming.files)
        return turn

    async def _gathering(self, conversation: int, author: str, group: str) -> int | None:
        """The turn that a message of this author and group is more of; None where it is a question by itself."""
        row = await self._one(
            'SELECT id FROM turns WHERE conversation = $1 AND author_id = $2 AND "group" = $3 AND "group" <> \'\' '
            "AND state = 'waiting' AND owner = '' AND ready_at > $4 ORDER BY id DESC LIMIT 1",
            conversation,
            author,
            group,
            self._clock(),
        )
        return identity(row) if row else None

    async def _add(self, turn: int, incoming: Incoming) -> None:
        """More of a question: its words, its files, its message; and a while longer to wait."""
        row = await self._one(
            "UPDATE turns SET prompt = prompt || CASE WHEN prompt = '' OR $2 = '' THEN '' ELSE $3 END || $2, "
            "ready_at = $4 WHERE id = $1 "
            "RETURNING (SELECT count(*) FROM messages WHERE turn = $1 AND role = 'question') AS messages, "
            "(SELECT count(*) FROM files WHERE turn = $1) AS files",
            turn,
            incoming.text,
            "\n",
            self._clock() + incoming.wait,
        )
        if row:
            await self._attach(incoming.key, incoming.message, turn, "question", int(row["messages"]))
            await self._keep(turn, int(row["files"]), incoming.files)

    async def _keep(self, turn: int, first: int, files: Sequence[Attachment]) -> None:
        for place, file in enumerate(files, start=first):
            await self._write(
                "INSERT INTO files (turn, place, name, content_type, data) VALUES ($1, $2, $3, $4, $5)",
                turn,
                place,
                file.name,
                file.content_type,
                file.data,
            )

    async def _attach(self, key: ConversationKey, message: str, turn: int, role: str, place: int) -> None:
        await self._write(
            "INSERT INTO messages (platform, channel, message, turn, role, place) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            key.platform,
            key.channel,
            message,
            turn,
            role,
            place,
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
    )
