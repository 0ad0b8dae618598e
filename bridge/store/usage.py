"""Who asked when, for a day: questions are counted, also those of conversations that are forgotten or moved since."""

from dataclasses import dataclass
from typing import Literal

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
    """No question is left for so many `seconds`; where `chat`, to nobody in that chat."""

    seconds: float
    chat: bool


class QuestionUsage(Operations):
    """What is remembered of visits: platform, chat, person and time; no words."""

    @transaction
    def count(self, sql: Sql, key: ConversationKey, author: str, limits: Limits) -> Refusal | None:
        """Count a question of somebody here; or return what refuses it, and then it does not count."""
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
        _visit(sql, key, author, "asked", now)
        return None

    @transaction
    def told(
        self, sql: Sql, key: ConversationKey, author: str, what: Literal["refused", "barred"], seconds: float
    ) -> bool:
        """Tell whether somebody was told this within so many seconds; where not, they count as told now."""
        now = self.clock()
        if sql.one(
            "SELECT 1 FROM visits WHERE platform = $1 AND author = $2 AND what = $3 AND at > $4 LIMIT 1",
            key.platform,
            author,
            what,
            now - seconds,
        ):
            return True
        _visit(sql, key, author, what, now)
        return False


def _visit(sql: Sql, key: ConversationKey, author: str, what: str, now: float) -> None:
    sql.run("DELETE FROM visits WHERE at < $1", now - DAY_SECONDS)
    sql.run(
        "INSERT INTO visits (platform, channel, author, what, at) VALUES ($1, $2, $3, $4, $5)",
        key.platform,
        key.channel,
        author,
        what,
        now,
    )
