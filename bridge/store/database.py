"""One connection and one writer: each transaction is one piece of work in the database's thread."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self, TypeVar

from bridge.errors import StoreTrouble
from bridge.store.connection import MEMORY, Connection, connect

T = TypeVar("T")

Value = str | int | float | bytes | None


class Sql:
    """Statements, inside a piece of work. Parameters are $1, $2, … as the PostgreSQL drivers want them too."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, *values: Value) -> None:
        """A statement that returns nothing."""
        self._connection.execute(statement, _bound(values))

    def one(self, statement: str, *values: Value) -> sqlite3.Row | None:
        """The first row, if there is one."""
        row: sqlite3.Row | None = self._connection.execute(statement, _bound(values)).fetchone()
        return row

    def all(self, statement: str, *values: Value) -> list[sqlite3.Row]:
        """All rows."""
        return self._connection.execute(statement, _bound(values)).fetchall()


class Database:
    """`clock` gives seconds since 1970; `kept`: whether the database outlives the process."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time, *, kept: bool = True) -> None:
        self._db = connection
        self.kept = kept
        self._clock = clock

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open `url` (sqlite:///path). Raises CannotStart where that cannot be."""
        return cls(await connect(url), kept=url != MEMORY)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error):
            await self._db.execute("PRAGMA optimize")
        await self._db.close()

    async def _change(self, work: Callable[[Sql], T]) -> T:
        """Do a piece of work as one transaction, whole or not at all. Raises StoreTrouble."""
        with _translated():
            return await self._db.run(lambda connection: _transaction(connection, work))

    async def _read(self, work: Callable[[Sql], T]) -> T:
        """Do a piece of work that changes nothing. Raises StoreTrouble."""
        with _translated():
            return await self._db.run(lambda connection: work(Sql(connection)))


def _transaction(connection: sqlite3.Connection, work: Callable[[Sql], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = work(Sql(connection))
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return done


CLOSED = "no active connection"
"""What aiosqlite says of a database that was closed."""


@contextmanager
def _translated() -> Iterator[None]:
    """The edge where SQLite's errors become ours."""
    try:
        yield
    except sqlite3.Error as error:
        if "binding parameter" in str(error):  # a value that no database holds, today or tomorrow
            raise
        raise StoreTrouble(str(error)) from error
    except ValueError as error:
        if str(error) != CLOSED:
            raise
        raise StoreTrouble("it is closed") from error


def _bound(values: Iterable[Value]) -> dict[str, Value]:
    return {str(number): value for number, value in enumerate(values, start=1)}


def identity(row: sqlite3.Row | None) -> int:
    """The id in a row that has to be there."""
    if row is None:
        raise LookupError("the database returned no row")
    return int(row["id"])
