"""Store what was learnt of the servers that answer, so that a restart need not learn it again."""

from bridge.model import Lesson
from bridge.store.database import Operations, Sql, query, transaction


class Learnt(Operations):
    """Operations on what was learnt of the models of each server."""

    @query
    def recall(self, sql: Sql, server: str) -> list[Lesson]:
        """See bridge.backends.base.Lessons."""
        rows = sql.all("SELECT * FROM learnt WHERE server = $1 ORDER BY model, name", server)
        return [Lesson(row["server"], row["model"], row["name"], row["value"], row["at"]) for row in rows]

    @query
    def newest(self, sql: Sql, most: int) -> list[Lesson]:
        """List the newest lessons of all servers, at most so many, newest first."""
        rows = sql.all("SELECT * FROM learnt ORDER BY at DESC, server, model, name LIMIT $1", most)
        return [Lesson(row["server"], row["model"], row["name"], row["value"], row["at"]) for row in rows]

    @transaction
    def learn(self, sql: Sql, server: str, model: str, name: str, value: str) -> None:
        """See bridge.backends.base.Lessons."""
        sql.run("DELETE FROM learnt WHERE server = $1 AND model = $2 AND name = $3", server, model, name)
        if value:
            sql.run(
                "INSERT INTO learnt (server, model, name, value, at) VALUES ($1, $2, $3, $4, $5)",
                server,
                model,
                name,
                value,
                self.clock(),
            )
