"""Store conversations, and the options that people chose for them."""

from typing import Literal

from bridge.model import Choices, Conversation, ConversationKey
from bridge.store import conversation_rows
from bridge.store.database import Operations, Sql, query, transaction


class Conversations(Operations):
    """Operations on a conversation as a whole."""

    @transaction
    def get(self, sql: Sql, key: ConversationKey) -> Conversation:
        """Return the conversation with this key; creates it if there is none."""
        return conversation_rows.conversation(sql, key)

    @query
    def knows(self, sql: Sql, key: ConversationKey) -> bool:
        """Tell whether there is a conversation with this key."""
        return conversation_rows.find_conversation(sql, key) is not None

    @query
    def begins(self, sql: Sql, key: ConversationKey) -> bool:
        """See Intake.begins."""
        return conversation_rows.begins(sql, key)

    @query
    def of_message(self, sql: Sql, key: ConversationKey, message: str) -> ConversationKey | None:
        """See Intake.conversation_of."""
        row = sql.one(
            "SELECT c.platform, c.channel, c.thread FROM messages m JOIN turns t ON t.id = m.turn "
            "JOIN conversations c ON c.id = t.conversation WHERE m.platform = $1 AND m.channel = $2 AND m.message = $3",
            key.platform,
            key.channel,
            message,
        )
        return ConversationKey(row["platform"], row["channel"], row["thread"]) if row else None

    @transaction
    def begin_anew(self, sql: Sql, key: ConversationKey) -> None:
        """Leave the conversation without a head; turns that were asked before do not set one."""
        conversation_rows.start_epoch(sql, conversation_rows.conversation_at(sql, key)[0])

    @transaction
    def rename(self, sql: Sql, platform: str, channel: str, new: str) -> None:
        """Give a channel another id; does nothing if there is a conversation under the new one already."""
        taken = "SELECT 1 FROM conversations WHERE platform = $1 AND channel = $3"
        if not sql.one(taken, platform, channel, new):
            for table in ("conversations", "messages"):
                sql.run(f"UPDATE {table} SET channel = $3 WHERE platform = $1 AND channel = $2", platform, channel, new)

    @transaction
    def choose(self, sql: Sql, key: ConversationKey, chosen: Choices) -> None:
        """Record the options that people chose for this conversation; they are those of its place."""
        sql.run(
            "UPDATE conversations SET model = $1, thinking = $2, search = $3 WHERE id = $4",
            chosen.model,
            chosen.thinking,
            chosen.search,
            conversation_rows.conversation_at(sql, key.place)[0],
        )

    @transaction
    def instruct(self, sql: Sql, key: ConversationKey, system: str) -> None:
        """Record the standing instruction of this conversation; Qwen gets it with the next question."""
        sql.run(
            "UPDATE conversations SET system = $1, told = told + 1, instructed_at = $3 WHERE id = $2",
            system,
            conversation_rows.conversation_at(sql, key.place)[0],
            self.clock(),
        )

    @transaction
    def tell_once(self, sql: Sql, conversation: int, notice: Literal["left_out", "unthought"]) -> bool:
        """Return True once, when people are to be told this; again after a new epoch.

        left_out: the oldest turns are left out. unthought: the model shows no thinking though it is to think.
        """
        told = f"UPDATE conversations SET {notice} = 1 WHERE id = $1 AND {notice} = 0 RETURNING id"
        return sql.one(told, conversation) is not None
