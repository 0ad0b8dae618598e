"""The store: each state change of a turn is one transaction here; what people steer stands in `steering`."""

from collections.abc import Iterable

from bridge.model import ConversationKey, Exchange, Head, Incoming, Outcome, Turn
from bridge.store import conversations, turns
from bridge.store.cursors import Cursors
from bridge.store.database import Sql, identity
from bridge.store.transcripts import Transcripts
from bridge.store.turns import Recorded
from bridge.store.usage import QuestionUsage
from bridge.store.versions import Versions

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


class Store(Versions, Transcripts, QuestionUsage, Cursors):
    """The life of a turn: recorded, claimed, settled, shown."""

    async def record(self, incoming: Incoming) -> Recorded | None:
        """Record a message as a turn, or as more of one that is still being gathered.

        None when the message was recorded before.
        """
        return await self._change(lambda sql: turns.record(sql, incoming, self._clock()))

    async def expects(self, key: ConversationKey, author: str, group: str) -> bool:
        """Whether a question of this author and group is still being gathered."""

        def work(sql: Sql) -> bool:
            conversation = conversations.known(sql, key)
            return (
                conversation is not None
                and turns.gathering(sql, conversation, author, group, self._clock()) is not None
            )

        return await self._read(work)

    async def claim(self, conversation: int, owner: str, seconds: float) -> Turn | float | None:
        """Take the oldest unfinished turn of a conversation for `owner`.

        None: there is none. A number: it cannot be taken for that many seconds at least, since somebody else runs it or
        more of it may come.
        """
        now = self._clock()

        def work(sql: Sql) -> Turn | float | None:
            row = sql.one(_CLAIM, owner, now + seconds, conversation, now)
            return turns.turn(sql, identity(row)) if row else turns.later(sql, conversation, owner, now)

        return await self._change(work)

    async def claim_turn(self, turn: int, owner: str, seconds: float) -> Turn | None:
        """Take this very turn, out of its order; None where somebody has it or it is over."""
        now = self._clock()

        def work(sql: Sql) -> Turn | None:
            row = sql.one(
                "UPDATE turns SET owner = $1, owned_until = $2 WHERE id = $3 AND state <> 'shown' "
                "AND (owner = '' OR owned_until < $4) RETURNING id",
                owner,
                now + seconds,
                turn,
                now,
            )
            return turns.turn(sql, turn) if row else None

        return await self._change(work)

    async def renew(self, owner: str, seconds: float) -> None:
        """Keep what `owner` has claimed for another while."""
        until = self._clock() + seconds
        await self._change(
            lambda sql: sql.run("UPDATE turns SET owned_until = $1 WHERE owner = $2 AND state <> 'shown'", until, owner)
        )

    async def release(self, owner: str) -> None:
        """Give back what `owner` has claimed, so that the next process need not wait."""
        await self._change(lambda sql: sql.run("UPDATE turns SET owner = '', owned_until = 0 WHERE owner = $1", owner))

    async def began(self, turn: Turn, begun: Head) -> None:
        """Qwen writes the answer there."""
        await self._change(
            lambda sql: sql.run(
                "UPDATE turns SET asked_chat = $2, asked_response = $3 WHERE id = $1",
                turn.id,
                begun.chat_id,
                begun.parent_id,
            )
        )

    async def sending(self, turn: Turn, place: int) -> None:
        """A message for the piece number `place` is about to be sent: until `show` nobody knows whether it arrived."""
        await self._change(lambda sql: sql.run("UPDATE turns SET sending = $2 WHERE id = $1", turn.id, place))

    async def show(self, turn: Turn, place: int, message: str) -> None:
        """Remember that `message` shows the piece number `place` of the turn's answer, and no other does.

        Where the question was edited meanwhile, it belongs to the turn in its place; where it was forgotten, to none.
        """

        def work(sql: Sql) -> None:
            row = sql.one("SELECT coalesce(replaced_by, id) AS id FROM turns WHERE id = $1", turn.id)
            if row is None:
                return
            heir = identity(row)
            sql.run("UPDATE turns SET sending = NULL WHERE id = $1", turn.id)
            sql.run("DELETE FROM messages WHERE turn = $1 AND role = 'answer' AND place = $2", heir, place)
            turns.attach(sql, turn.key, message, heir, "answer", place)

        await self._change(work)

    async def settle(self, turn: Turn, outcome: Outcome) -> tuple[int, ...]:
        """The outcome is known; a finished answer becomes the conversation's head, unless people began anew.

        Returns the whole versions of this answer. A turn whose question was edited or removed stays as it is.
        """

        def work(sql: Sql) -> tuple[int, ...]:
            if turns.settle(sql, turn, outcome):
                turns.after(sql, turn, outcome)
            return conversations.versions(sql, turn.id)

        return await self._change(work)

    async def finish(self, turn: Turn, messages: Iterable[str]) -> None:
        """The person has seen the outcome whole, in `messages`; others that showed it are gone."""
        gone = set(turn.shown) - set(messages)

        def work(sql: Sql) -> None:
            sql.run("UPDATE turns SET state = 'shown', owner = '' WHERE id = $1", turn.id)
            for message in gone:
                sql.run(
                    "DELETE FROM messages WHERE platform = $1 AND channel = $2 AND message = $3 AND turn = $4",
                    turn.key.platform,
                    turn.key.channel,
                    message,
                    turn.id,
                )

        await self._change(work)

    async def turn(self, turn: int) -> Turn:
        """The turn with this id. Raises LookupError."""
        return await self._read(lambda sql: turns.turn(sql, turn))

    async def unfinished(self, platform: str) -> list[int]:
        """The conversations of a platform in which turns wait to be answered or shown, longest waiting first."""
        rows = await self._read(
            lambda sql: sql.all(
                "SELECT t.conversation FROM turns t JOIN conversations c ON c.id = t.conversation "
                "WHERE c.platform = $1 AND t.state <> 'shown' GROUP BY t.conversation ORDER BY min(t.id)",
                platform,
            )
        )
        return [int(row["conversation"]) for row in rows]

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation in this place."""
        return await self._read(lambda sql: conversations.known(sql, key) is not None)

    async def chain(self, turn: int | None, size: int = 100_000) -> list[Exchange]:
        """The exchanges that lead up to and include `turn`, oldest first, as Qwen was asked.

        The newest ones, of so many code points in all or with one exchange more.
        """
        rows = await self._read(lambda sql: sql.all(_CHAIN, turn, size))
        return [Exchange(row["prompt"], row["answer"], quote=row["quote"]) for row in rows]
