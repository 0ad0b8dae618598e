"""Count questions for a day, independent of conversations, which may be deleted or moved."""

from dataclasses import dataclass
from typing import Literal

from bridge.access import Limits
from bridge.model import ConversationKey
from bridge.store.database import Operations, Sql, query, transaction

HOUR_SECONDS, DAY_SECONDS = 3600.0, 86400.0

# The question that has to grow older than the window before another one may be asked: as many as are allowed, and
# newest first, it is the last.
_LAST = (
    "SELECT at FROM visits WHERE platform = $1 AND {column} = $2 AND what = 'asked' AND at > $3 "
    "AND at <= $4 ORDER BY at DESC LIMIT 1 OFFSET $5"
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
        refusal = _refusal(sql, key, author, limits, self.clock())
        if refusal is None:
            _record_visit(sql, key, author, "asked", self.clock())
        return refusal

    @query
    def left(self, sql: Sql, key: ConversationKey, author: str, limits: Limits) -> bool:
        """Tell whether this person has a question left; does not count one."""
        return _refusal(sql, key, author, limits, self.clock()) is None

    @transaction
    def told(
        self, sql: Sql, key: ConversationKey, author: str, what: Literal["refused", "barred"], seconds: float
    ) -> bool:
        """Tell whether this person was told the refusal `what` in the last `seconds`; if not, record it as told now."""
        now = self.clock()
        if sql.one(
            "SELECT 1 FROM visits WHERE platform = $1 AND author = $2 AND what = $3 AND at > $4 AND at <= $5 LIMIT 1",
            key.platform,
            author,
            what,
            now - seconds,
            now,
        ):
            return True
        _record_visit(sql, key, author, what, now)
        return False


def _refusal(sql: Sql, key: ConversationKey, author: str, limits: Limits, now: float) -> Refusal | None:
    """Return the refusal of the limit that is reached, the longest of several; None where a question is left."""
    budgets = (
        ("author", author, limits.hour, HOUR_SECONDS),
        ("author", author, limits.day, DAY_SECONDS),
        ("channel", key.channel, limits.chat_hour, HOUR_SECONDS),
        ("channel", key.channel, limits.chat_day, DAY_SECONDS),
    )
    waits = [
        Refusal(float(row["at"]) + window - now, chat=column == "channel")
        for column, value, most, window in budgets
        if most and (row := sql.one(_LAST.format(column=column), key.platform, value, now - window, now, most - 1))
    ]
    return max(waits, key=lambda refusal: refusal.seconds, default=None)


def _record_visit(sql: Sql, key: ConversationKey, author: str, what: str, now: float) -> None:
    sql.run("DELETE FROM visits WHERE at < $1", now - DAY_SECONDS)
    sql.run(
        "INSERT INTO visits (platform, channel, author, what, at) VALUES ($1, $2, $3, $4, $5)",
        key.platform,
        key.channel,
        author,
        what,
        now,
    )
