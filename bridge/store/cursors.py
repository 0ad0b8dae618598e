"""Record up to which message each platform was read, so that a restart finds what arrived meanwhile."""

from bridge.model import OF_QUESTION, ConversationKey
from bridge.store.database import Operations, Sql, query, transaction


class Cursors(Operations):
    """Operations on the last message ids that were processed, for platforms whose ids are rising numbers."""

    @query
    def seen(self, sql: Sql, platform: str, channel: str) -> int | None:
        """See Intake.seen."""
        row = sql.one("SELECT message FROM cursors WHERE platform = $1 AND channel = $2", platform, channel)
        return int(row["message"]) if row else None

    @transaction
    def saw(self, sql: Sql, platform: str, message: int) -> None:
        """See Intake.saw."""
        sql.run(
            "INSERT INTO cursors (platform, channel, message) VALUES ($1, '', $2) "
            "ON CONFLICT (platform, channel) DO UPDATE SET message = excluded.message",
            platform,
            message,
        )

    @query
    def channels(self, sql: Sql, platform: str, most: int) -> list[ConversationKey]:
        """See Intake.places."""
        rows = sql.all(
            "SELECT c.channel FROM conversations c LEFT JOIN turns t ON t.conversation = c.id "
            f"WHERE c.platform = $1 AND (c.thread = '' OR c.thread LIKE '{OF_QUESTION}%') "
            "GROUP BY c.channel ORDER BY max(t.id) DESC NULLS FIRST LIMIT $2",
            platform,
            most,
        )
        return [ConversationKey(platform, row["channel"]) for row in rows]
