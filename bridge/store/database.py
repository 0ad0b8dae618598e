"""Run each operation of the store in the database's thread, as one transaction, and retry it until it works."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from bridge.errors import StoreTrouble
from bridge.runtime.backoff import Backoff
from bridge.store.connection import MEMORY, Connection, connect

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound="Operations")

Value = str | int | float | bytes | None
"""A value that can be bound to a parameter of a statement."""

LONGEST_PAUSE_SECONDS = 5.0
"""The longest pause between two tries of a database that does not work, in seconds."""

REMEDY = "No question is taken meanwhile. Check its disk and permissions, and whether another program holds it."
"""The remedy in the log while the database does not work."""

CLOSED = "no active connection"
"""The message of aiosqlite's ValueError for a closed database."""


class Sql:
    """Runs statements inside an operation. Parameters are $1, $2, …, as PostgreSQL drivers want them too."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, *values: Value) -> None:
        """Run a statement that returns no rows."""
        self._connection.execute(statement, _parameters(values))

    def one(self, statement: str, *values: Value) -> sqlite3.Row | None:
        """Return the first row of the result, or None if there is none."""
        row: sqlite3.Row | None = self._connection.execute(statement, _parameters(values)).fetchone()
        return row

    def all(self, statement: str, *values: Value) -> list[sqlite3.Row]:
        """Return all rows of the result."""
        return self._connection.execute(statement, _parameters(values)).fetchall()


class Database:
    """Runs operations on one connection, and retries those that fail, so that nothing is lost that was to be stored.

    A full disk may still accept small writes: an outage is over once every operation that failed has succeeded.

    clock: returns the time in seconds since 1970.
    kept: True if the database survives a restart.
    """

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time, *, kept: bool = True) -> None:
        self._connection = connection
        self._backoff = Backoff("The database", REMEDY, fails="does not work", over="works")
        self._failing = 0
        self._retries = True
        self.clock = clock
        self.kept = kept

    @classmethod
    async def open(cls, url: str, clock: Callable[[], float] = time.time) -> Self:
        """Open the database at `url` (sqlite:///path, or MEMORY). Raises CannotStart where it cannot be used."""
        return cls(await connect(url), clock, kept=url != MEMORY)

    async def close(self) -> None:
        """Close the connection; operations that fail from now on are not retried."""
        self.stop_retrying()
        with suppress(sqlite3.Error):
            await self._connection.execute("PRAGMA optimize")
        await self._connection.close()

    async def checkpoint(self) -> None:
        """Bring the write-ahead log into the database file and empty it, where nobody reads there at the moment."""
        with suppress(sqlite3.Error, ValueError):
            await self._connection.run(
                lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            )

    def stop_retrying(self) -> None:
        """Let operations that fail from now on raise StoreTrouble, as the process ends."""
        self._retries = False

    async def run(self, work: Callable[[Sql], T], *, writes: bool) -> T:
        """Return the result of `work`; where it `writes`, it runs as one transaction, completely or not at all.

        Raises StoreTrouble only after `stop_retrying`, and every other error that `work` raises.
        """
        failed = False
        try:
            while True:
                try:
                    done = await self._connection.run(partial(_execute, work, writes=writes))
                except (sqlite3.Error, ValueError) as error:
                    trouble = _trouble(error)
                    if trouble is None:
                        raise
                    if not self._retries:
                        raise trouble from error
                    self._failing += not failed
                    failed = True
                    await asyncio.sleep(min(self._backoff.failed(trouble.reason), LONGEST_PAUSE_SECONDS))
                else:
                    break
        finally:
            self._failing -= failed
        if failed and not self._failing:
            self._backoff.succeeded()
        return done


class Operations:
    """Groups operations of the store: methods decorated with @transaction or @query.

    database: runs them. clock: returns the time in seconds since 1970.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = database.clock


def transaction(work: Callable[Concatenate[R, Sql, P], T]) -> Callable[Concatenate[R, P], Coroutine[Any, Any, T]]:
    """Turn a method that writes through `sql` into an async operation: one transaction, retried until it works."""
    return _operation(work, writes=True)


def query(work: Callable[Concatenate[R, Sql, P], T]) -> Callable[Concatenate[R, P], Coroutine[Any, Any, T]]:
    """Turn a method that only reads through `sql` into an async operation, retried until it works."""
    return _operation(work, writes=False)


def identity(row: sqlite3.Row | None) -> int:
    """Return the `id` in a row. Raises LookupError for None."""
    if row is None:
        raise LookupError("the database returned no row")
    return int(row["id"])


def _operation(
    work: Callable[Concatenate[R, Sql, P], T], *, writes: bool
) -> Callable[Concatenate[R, P], Coroutine[Any, Any, T]]:
    @wraps(work)
    async def run(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.run(lambda sql: work(self, sql, *args, **kwargs), writes=writes)

    return run


def _trouble(error: sqlite3.Error | ValueError) -> StoreTrouble | None:
    """Return the error to raise for one of SQLite or aiosqlite; None for one that a retry cannot overcome."""
    if isinstance(error, ValueError):
        return StoreTrouble("it is closed") if str(error) == CLOSED else None
    if "binding parameter" in str(error):  # a value that no database holds, today or tomorrow
        return None
    return StoreTrouble(str(error))


def _execute(work: Callable[[Sql], T], connection: sqlite3.Connection, *, writes: bool) -> T:
    if not writes:
        return work(Sql(connection))
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = work(Sql(connection))
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return done


def _parameters(values: Iterable[Value]) -> dict[str, Value]:
    return {str(number): value for number, value in enumerate(values, start=1)}
