"""Count questions for a day, independent of conversations, which may be deleted or moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

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

_COUNT = (
    "SELECT count(*) AS n FROM visits WHERE platform = $1 AND {column} = $2 AND what = 'asked' AND at > $3 AND at <= $4"
)


@dataclass(frozen=True, slots=True)
class Budget:
    """Says how much of one limit is used.

    chat: True for a limit of the chat, False for one of the person. hour: True for an hour, False for a day. asked: how
    many questions were asked in that time. most: how many may be asked. seconds: the time until another one may be
    asked; 0.0 if one is left.
    """

    chat: bool
    hour: bool
    asked: int
    most: int
    seconds: float


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
            sql.run("DELETE FROM visits WHERE at < $1", self.clock() - DAY_SECONDS)
            sql.run(
                "INSERT INTO visits (platform, channel, author, what, at) VALUES ($1, $2, $3, 'asked', $4)",
                key.platform,
                key.channel,
                author,
                self.clock(),
            )
        return refusal

    @query
    def refusal(self, sql: Sql, key: ConversationKey, author: str, limits: Limits) -> Refusal | None:
        """Return like count(), and count nothing."""
        return _refusal(sql, key, author, limits, self.clock())

    @query
    def budgets(self, sql: Sql, key: ConversationKey, author: str, limits: Limits) -> list[Budget]:
        """List how much of each limit is used: the person's, then the chat's."""
        now = self.clock()
        return [limit.budget(sql, key, now) for limit in _limits(key, author, limits)]


class _Limit(NamedTuple):
    """Is one limit: at most `most` rows with this value in this column within `window` seconds."""

    column: str
    value: str
    most: int
    window: float

    @property
    def chat(self) -> bool:
        return self.column == "channel"

    def wait(self, sql: Sql, key: ConversationKey, now: float) -> float:
        """Return the seconds until another question may be asked; 0.0 if one is left."""
        last = _LAST.format(column=self.column)
        row = sql.one(last, key.platform, self.value, now - self.window, now, self.most - 1)
        return float(row["at"]) + self.window - now if row else 0.0

    def budget(self, sql: Sql, key: ConversationKey, now: float) -> Budget:
        row = sql.one(_COUNT.format(column=self.column), key.platform, self.value, now - self.window, now)
        asked = int(row["n"]) if row else 0
        return Budget(self.chat, self.window == HOUR_SECONDS, asked, self.most, self.wait(sql, key, now))


def _refusal(sql: Sql, key: ConversationKey, author: str, limits: Limits, now: float) -> Refusal | None:
    """Return the refusal of the limit that is reached, the longest of several; None where a question is left."""
    waits = [Refusal(limit.wait(sql, key, now), limit.chat) for limit in _limits(key, author, limits)]
    return max((each for each in waits if each.seconds > 0), key=lambda refusal: refusal.seconds, default=None)


def _limits(key: ConversationKey, author: str, limits: Limits) -> Iterator[_Limit]:
    found = (
        _Limit("author", author, limits.hour, HOUR_SECONDS),
        _Limit("author", author, limits.day, DAY_SECONDS),
        _Limit("channel", key.channel, limits.chat_hour, HOUR_SECONDS),
        _Limit("channel", key.channel, limits.chat_day, DAY_SECONDS),
    )
    return (limit for limit in found if limit.most)
