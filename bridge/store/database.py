"""One connection and one writer: each operation of the store is one piece of work in the database's thread."""

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

LONGEST_PAUSE_SECONDS = 5.0
"""Between two tries of a database that does not work."""

REMEDY = "No question is taken meanwhile. Check its disk and permissions, and whether another program holds it."

CLOSED = "no active connection"
"""What aiosqlite says of a database that was closed."""


class Sql:
    """Statements, inside a piece of work. Parameters are $1, $2, … as the PostgreSQL drivers want them too."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, *values: Value) -> None:
        """Run a statement that returns nothing."""
        self._connection.execute(statement, _bound(values))

    def one(self, statement: str, *values: Value) -> sqlite3.Row | None:
        """Return the first row, or None where there is none."""
        row: sqlite3.Row | None = self._connection.execute(statement, _bound(values)).fetchone()
        return row

    def all(self, statement: str, *values: Value) -> list[sqlite3.Row]:
        """Return all rows."""
        return self._connection.execute(statement, _bound(values)).fetchall()


class Database:
    """Runs pieces of work, and tries one again that failed until the database works: nothing known may be lost.

    A disk that is full may still take something small, so the trouble is over when all that failed has been done.
    `clock` gives seconds since 1970; `kept` says whether the database outlives the process.
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
        """Open `url` (sqlite:///path). Raises CannotStart where that cannot be."""
        return cls(await connect(url), clock, kept=url != MEMORY)

    async def close(self) -> None:
        """Close the connection; what fails from now on is not tried again."""
        self.stop_retrying()
        with suppress(sqlite3.Error):
            await self._connection.execute("PRAGMA optimize")
        await self._connection.close()

    def stop_retrying(self) -> None:
        """Give up what fails from now on: the process leaves. It raises StoreTrouble then."""
        self._retries = False

    async def run(self, work: Callable[[Sql], T], *, writes: bool) -> T:
        """Return what `work` returns, done whole or not at all, as one transaction where it `writes`.

        Raises StoreTrouble only after `stop_retrying`, and whatever else `work` raises.
        """
        failed = False
        try:
            while True:
                try:
                    done = await self._connection.run(partial(_done, work, writes=writes))
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
    """A group of the store's operations: methods decorated with @transaction or @query.

    `clock` gives seconds since 1970.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = database.clock


def transaction(work: Callable[Concatenate[R, Sql, P], T]) -> Callable[Concatenate[R, P], Coroutine[Any, Any, T]]:
    """Make a method that changes something through `sql` an async operation: one transaction, tried until it works."""
    return _operation(work, writes=True)


def query(work: Callable[Concatenate[R, Sql, P], T]) -> Callable[Concatenate[R, P], Coroutine[Any, Any, T]]:
    """Make a method that only reads through `sql` an async operation, tried until it works."""
    return _operation(work, writes=False)


def identity(row: sqlite3.Row | None) -> int:
    """Return the `id` in a row that has to be there. Raises LookupError for None."""
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
    """The one edge where SQLite's errors become ours; None for a fault that no other try would mend."""
    if isinstance(error, ValueError):
        return StoreTrouble("it is closed") if str(error) == CLOSED else None
    if "binding parameter" in str(error):  # a value that no database holds, today or tomorrow
        return None
    return StoreTrouble(str(error))


def _done(work: Callable[[Sql], T], connection: sqlite3.Connection, *, writes: bool) -> T:
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


def _bound(values: Iterable[Value]) -> dict[str, Value]:
    return {str(number): value for number, value in enumerate(values, start=1)}
