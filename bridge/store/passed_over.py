"""Store what came from a platform and could not be read or handled, so that the operator sees it."""

from bridge.model import PassedOver
from bridge.store.database import Operations, Sql, query, transaction

MOST_KEPT = 100
"""How many are kept; the oldest ones give way."""


class PassedOvers(Operations):
    """Operations on updates and events that were passed over."""

    @transaction
    def add(self, sql: Sql, platform: str, channel: str, kind: str, error: str) -> None:
        """See Intake.passed_over."""
        sql.run(
            "INSERT INTO passed_over (platform, channel, kind, error, at) VALUES ($1, $2, $3, $4, $5)",
            platform,
            channel,
            kind,
            error,
            self.clock(),
        )
        sql.run("DELETE FROM passed_over WHERE id <= (SELECT max(id) FROM passed_over) - $1", MOST_KEPT)

    @query
    def newest(self, sql: Sql, most: int) -> list[PassedOver]:
        """List at most so many, the newest first."""
        rows = sql.all("SELECT * FROM passed_over ORDER BY id DESC LIMIT $1", most)
        return [PassedOver(row["platform"], row["channel"], row["kind"], row["error"], row["at"]) for row in rows]
