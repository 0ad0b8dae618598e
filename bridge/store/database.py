"""One connection and one writer: transactions, and the edge where SQLite's errors become ours."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import TracebackType
from typing import Self

import aiosqlite

from bridge.errors import StoreTrouble
from bridge.store.schema import MEMORY, connect

Value = str | int | float | bytes | None


class Database:
    """`clock` gives seconds since 1970; `kept`: whether the database outlives the process."""

    def __init__(
        self, connection: aiosqlite.Connection, clock: Callable[[], float] = time.time, *, kept: bool = True
    ) -> None:
        self._db = connection
        self.kept = kept
        self._clock = clock
        self._writing = asyncio.Lock()

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

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        async with self._writing:
            try:
                with _translated():
                    await self._db.execute("BEGIN IMMEDIATE")
                yield
                with _translated():
                    await self._db.commit()
            except BaseException:
                with suppress(sqlite3.Error):
                    await self._db.rollback()
                raise

    async def _write(self, sql: str, *values: Value) -> None:
        with _translated():
            await self._db.execute(sql, _bound(values))

    async def _one(self, sql: str, *values: Value) -> sqlite3.Row | None:
        with _translated():
            async with self._db.execute(sql, _bound(values)) as cursor:
                return await cursor.fetchone()

    async def _all(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        with _translated():
            async with self._db.execute(sql, _bound(values)) as cursor:
                return list(await cursor.fetchall())


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreTrouble(str(error)) from error


def _bound(values: Iterable[Value]) -> dict[str, Value]:
    """The parameters $1, $2, … as sqlite3 wants them, which the PostgreSQL drivers call the same."""
    return {str(number): value for number, value in enumerate(values, start=1)}


def identity(row: sqlite3.Row | None) -> int:
    """The id in a row that has to be there."""
    if row is None:
        raise LookupError("the database returned no row")
    return int(row["id"])
