"""What people steer in the store: conversations and their choices, branches, versions, moves and forgetting."""

from collections.abc import Sequence

from bridge.model import Choices, Conversation, ConversationKey
from bridge.store import conversations
from bridge.store.conversations import NEXT, SAME, Found
from bridge.store.database import Database, Sql, identity

# A new version of an answer hangs where the old one hangs, and is shown in its messages.
_REDO = f"""
INSERT INTO turns (id, conversation, epoch, state, author_id, author_name, language, prompt, asked_at, parent, fixed,
    shared, quote, origin)
SELECT {NEXT}, t.conversation, CASE WHEN t.epoch < 0 THEN c.epoch ELSE t.epoch END, 'waiting', t.author_id,
    t.author_name, t.language, coalesce($2, t.prompt), $3, t.parent, 1, t.shared, t.quote,
    CASE WHEN $2 IS NULL THEN t.origin END
FROM turns t JOIN conversations c ON c.id = t.conversation WHERE t.id = $1
RETURNING id
"""


class Versions(Database):
    """Conversations, and what is done to them by hand."""

    async def begin_anew(self, key: ConversationKey) -> None:
        """From now on the conversation has no head; turns of before do not move the new one."""
        await self._change(lambda sql: conversations.anew(sql, conversations.conversation_at(sql, key)[0]))

    async def conversation(self, key: ConversationKey) -> Conversation:
        """The conversation in this place, as it is; a new one where nobody has talked yet."""
        return await self._change(lambda sql: conversations.conversation(sql, key))

    async def rename(self, platform: str, channel: str, new: str) -> None:
        """A channel has another id from now on. Where people talk under that already, nothing is changed."""

        def work(sql: Sql) -> None:
            taken = "SELECT 1 FROM conversations WHERE platform = $1 AND channel = $3"
            if not sql.one(taken, platform, channel, new):
                for table in ("conversations", "messages"):
                    sql.run(
                        f"UPDATE {table} SET channel = $3 WHERE platform = $1 AND channel = $2", platform, channel, new
                    )

        await self._change(work)

    async def choose(self, key: ConversationKey, chosen: Choices) -> None:
        """What people chose for this conversation."""
        await self._change(
            lambda sql: sql.run(
                "UPDATE conversations SET model = $1, thinking = $2, search = $3 WHERE id = $4",
                chosen.model,
                chosen.thinking,
                chosen.search,
                conversations.conversation_at(sql, key)[0],
            )
        )

    async def instruct(self, key: ConversationKey, system: str) -> None:
        """The standing instruction of this conversation; Qwen is told with the next question."""
        await self._change(
            lambda sql: sql.run(
                "UPDATE conversations SET system = $1, told = told + 1 WHERE id = $2",
                system,
                conversations.conversation_at(sql, key)[0],
            )
        )

    async def tell_left_out(self, conversation: int) -> bool:
        """Whether people are to be told that the oldest turns are left out from now on: once until they begin anew."""
        row = await self._change(
            lambda sql: sql.one(
                "UPDATE conversations SET left_out = 1 WHERE id = $1 AND left_out = 0 RETURNING id", conversation
            )
        )
        return row is not None

    async def find(self, key: ConversationKey, message: str) -> Found | None:
        """What a message is: known by its platform and channel, whatever the thread."""
        return await self._read(lambda sql: conversations.find(sql, key, message))

    async def unknown(self, key: ConversationKey, messages: Sequence[str]) -> str | None:
        """The first of these messages that is neither a question nor a part of an answer; None where all are."""
        return await self._read(
            lambda sql: next((each for each in messages if conversations.find(sql, key, each) is None), None)
        )

    async def is_last(self, turn: int) -> bool:
        """Whether nothing was asked after the question of this turn."""
        row = await self._read(
            lambda sql: sql.one(
                "SELECT 1 FROM turns t JOIN turns later ON later.conversation = t.conversation "
                "AND later.origin > t.origin AND later.replaced_by IS NULL AND later.epoch >= 0 "
                "WHERE t.id = $1 LIMIT 1",
                turn,
            )
        )
        return row is None

    async def current(self, turn: int) -> int:
        """The newest version of a turn's answer, or the turn in its place where its question was edited."""
        return await self._read(lambda sql: conversations.current(sql, turn))

    async def versions(self, turn: int) -> tuple[int, ...]:
        """The turns that are whole versions of the same answer, oldest first."""
        return await self._read(lambda sql: conversations.versions(sql, turn))

    async def messages(self, turn: int) -> int:
        """Of how many messages the question of a turn consists."""
        row = await self._read(
            lambda sql: sql.one(
                "SELECT count(*) AS n FROM messages m JOIN turns t ON t.origin = m.turn "
                "WHERE t.id = $1 AND m.role = 'question'",
                turn,
            )
        )
        return int(row["n"]) if row else 0

    async def same_answer(self, one: int, other: int) -> bool:
        """Whether two turns are versions of the same answer."""
        row = await self._read(
            lambda sql: sql.one(
                "SELECT 1 FROM turns a JOIN turns b ON b.origin = a.origin WHERE a.id = $1 AND b.id = $2", one, other
            )
        )
        return row is not None

    async def last_turn(self, conversation: int) -> int | None:
        """The newest turn of the epoch; None where nothing was asked since people began anew."""
        row = await self._read(
            lambda sql: sql.one(
                "SELECT max(t.id) AS id FROM turns t JOIN conversations c ON c.id = t.conversation "
                "WHERE c.id = $1 AND t.epoch = c.epoch AND t.replaced_by IS NULL",
                conversation,
            )
        )
        return int(row["id"]) if row and row["id"] is not None else None

    async def waiting(self, key: ConversationKey) -> int:
        """How many questions in this place are not answered yet."""
        row = await self._read(
            lambda sql: sql.one(
                "SELECT count(*) AS n FROM turns t JOIN conversations c ON c.id = t.conversation "
                "WHERE c.platform = $1 AND c.channel = $2 AND c.thread = $3 AND t.state = 'waiting'",
                key.platform,
                key.channel,
                key.thread,
            )
        )
        return int(row["n"]) if row else 0

    async def place(self, key: ConversationKey, author: str) -> int | None:
        """How many questions stand before the first one of this person that waits here; None where none does."""
        row = await self._read(
            lambda sql: sql.one(
                "SELECT (SELECT count(*) FROM turns b WHERE b.conversation = t.conversation AND b.state <> 'shown' "
                "AND b.id < t.id) AS n FROM turns t JOIN conversations c ON c.id = t.conversation "
                "WHERE c.platform = $1 AND c.channel = $2 AND c.thread = $3 AND t.author_id = $4 "
                "AND t.state = 'waiting' ORDER BY t.id LIMIT 1",
                key.platform,
                key.channel,
                key.thread,
                author,
            )
        )
        return int(row["n"]) if row else None

    async def running(self, conversation: int) -> list[int]:
        """The turns of a conversation that wait for an answer and that somebody works on."""
        rows = await self._read(
            lambda sql: sql.all(
                "SELECT id FROM turns WHERE conversation = $1 AND state = 'waiting' AND owner <> ''", conversation
            )
        )
        return [int(row["id"]) for row in rows]

    async def queued(self, conversation: int) -> list[int]:
        """The turns of a conversation that wait for their time."""
        rows = await self._read(
            lambda sql: sql.all(
                "SELECT id FROM turns WHERE conversation = $1 AND state = 'waiting' AND owner = ''", conversation
            )
        )
        return [int(row["id"]) for row in rows]

    async def redo(self, turn: int, prompt: str | None = None) -> int | None:
        """Ask again from the same parent, to be shown in the same messages; returns the new turn.

        Without a `prompt` it is another version of the answer; None while one is on its way, or without the question.
        An edited one takes the old one's place.
        """

        def work(sql: Sql) -> int | None:
            if prompt is None and not conversations.at_rest(sql, turn):
                return None
            new = identity(sql.one(_REDO, turn, prompt, self._clock()))
            sql.run(f"UPDATE files SET turn = $2 WHERE turn IN {SAME}", turn, new)
            if prompt is None:
                sql.run("UPDATE messages SET turn = $1 WHERE turn = $2 AND role = 'answer'", new, turn)
            else:
                conversations.replace_question(sql, turn, new)
            return new

        return await self._change(work)

    async def flip(self, turn: int) -> bool:
        """Show this version, kept since it was answered; on the last question the conversation goes on from it.

        False while another one is on its way, or without the question.
        """

        def work(sql: Sql) -> bool:
            if not conversations.at_rest(sql, turn):
                return False
            sql.run(f"UPDATE messages SET turn = $1 WHERE role = 'answer' AND turn IN {SAME}", turn)
            sql.run("UPDATE turns SET state = 'settled', notice = '' WHERE id = $1", turn)
            sql.run(f"UPDATE conversations SET head = $1 WHERE head IN {SAME}", turn)
            return True

        return await self._change(work)

    async def hand_over(self, turn: int, version: int) -> None:
        """The messages of a turn show this version from now on."""
        await self._change(
            lambda sql: sql.run("UPDATE messages SET turn = $1 WHERE turn = $2 AND role = 'answer'", version, turn)
        )

    async def remove(self, turn: int) -> None:
        """The question is gone: nothing waits for its answer, and the conversation goes on from before it."""

        def work(sql: Sql) -> None:
            conversations.take_back(sql, turn)
            sql.run(f"UPDATE turns SET state = 'shown', owner = '', replaced_by = id WHERE id IN {SAME}", turn)
            sql.run(f"DELETE FROM files WHERE turn IN {SAME}", turn)

        await self._change(work)

    async def take_answer(self, key: ConversationKey, turn: int) -> list[str]:
        """No message shows the answer of this turn any more; returns those in this place that did."""
        rows = await self._change(
            lambda sql: sql.all(
                f"DELETE FROM messages WHERE turn IN {SAME} AND role = 'answer' RETURNING platform, channel, message",
                turn,
            )
        )
        place = (key.platform, key.channel)
        return [str(row["message"]) for row in rows if (row["platform"], row["channel"]) == place]
