"""Count questions for a day, independent of conversations, which may be deleted or moved."""

from dataclasses import dataclass

from bridge.access import Limits
from bridge.model import ConversationKey
from bridge.store.database import Operations, Sql, transaction

HOUR_SECONDS, DAY_SECONDS = 3600.0, 86400.0

# The question that has to grow older than the window before another one may be asked: as many as are allowed, and
# newest first, it is the last.
_LAST = (
    "SELECT at FROM visits WHERE platform = $1 AND {column} = $2 AND what = 'asked' AND at > $3 "
    "ORDER BY at DESC LIMIT 1 OFFSET $4"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Says that no question is left.

    seconds: the time until another one may be asked.
    chat: True if the limit of the chat is reached, False if the person's own.
    """

    seconds: float
    chat: bool


class QuestionUsage(Operations):
    """Operations on who asked when: platform, channel, person and time, without any text."""

    @transaction
    def count(self, sql: Sql, key: ConversationKey, author: str, limits: Limits) -> Refusal | None:
        """Count a question of this person; if a limit is reached, return the refusal and do not count it."""
        now = self.clock()
        budgets = (
            ("author", author, limits.hour, HOUR_SECONDS),
            ("author", author, limits.day, DAY_SECONDS),
            ("channel", key.channel, limits.chat_hour, HOUR_SECONDS),
            ("channel", key.channel, limits.chat_day, DAY_SECONDS),
        )
        waits = [
            Refusal(float(row["at"]) + window - now, chat=column == "channel")
            for column, value, most, window in budgets
            if most and (row := sql.one(_LAST.format(column=column), key.platform, value, now - window, most - 1))
        ]
        if waits:
            return max(waits, key=lambda refusal: refusal.seconds)
        sql.run("DELETE FROM visits WHERE at < $1", now - DAY_SECONDS)
        sql.run(
            "INSERT INTO visits (platform, channel, author, what, at) VALUES ($1, $2, $3, 'asked', $4)",
            key.platform,
            key.channel,
            author,
            now,
        )
        return None
