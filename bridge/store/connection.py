"""Open a database: create its file, check it, apply its settings and its numbered migrations."""

import os
import sqlite3
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TypeVar

import aiosqlite

from bridge.errors import CannotStart

T = TypeVar("T")

CHUNK = 64
"""How many rows aiosqlite fetches at a time when it iterates."""

MEMORY = "sqlite://:memory:"
"""The URL of a database in memory, which ends with the process."""

HEADER = b"SQLite format 3\0"
"""The first bytes of a database file (sqlite.org, Database File Format); a new file is empty."""

# A killed process loses nothing; a power cut at most the last moment. WAL wants a local disk. What is deleted is
# overwritten, so that no word of it stays in the file.
SETTINGS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA busy_timeout = 5000;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA journal_size_limit = 16777216;
"""


def migrations() -> list[str]:
    """List the SQL of each migration, oldest first; the number in its file name is the schema version it leads to."""
    folder = resources.files("bridge.store") / "migrations"
    return [file.read_text() for file in sorted(folder.iterdir(), key=lambda f: f.name) if file.name.endswith(".sql")]


class Connection(aiosqlite.Connection):
    """A connection that runs whole functions in its thread: changing threads costs more than SQLite itself."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `work`, called in the connection's thread; cancelling the caller does not stop it."""
        done: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return done


async def connect(url: str) -> Connection:
    """Open the database at `url` (sqlite:///path, or MEMORY) and bring it to this version's schema.

    Raises CannotStart for a file that cannot be opened, is no database, is damaged, or was written by a newer version.
    """
    path = path_of(url)
    try:
        if path:
            _private_file(path)
        connection = Connection(lambda: sqlite3.connect(path or ":memory:", isolation_level=None), CHUNK)
        await connection
    except (OSError, sqlite3.Error) as error:
        raise CannotStart(_unusable(path, error)) from error
    try:
        await connection.executescript(SETTINGS)
        await _check(connection, path)
        await _migrate(connection, path)
    except sqlite3.Error as error:
        await connection.close()
        raise CannotStart(_unusable(path, error)) from error
    except CannotStart:
        await connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def path_of(url: str) -> str:
    """Return the file path in a database's URL; "" for one in memory."""
    return "" if url == MEMORY else str(Path(url.removeprefix("sqlite:///")).expanduser())


def _private_file(path: str) -> None:
    """Make the file readable for the operator alone (0600) before SQLite opens it; its -wal and -shm files follow.

    A file that is no database is left unchanged.
    """
    folder = Path(path).parent
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
    if not Path(path).exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    elif _is_database(Path(path)):
        Path(path).chmod(0o600)


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(HEADER)) in (HEADER, b"")


async def _check(connection: aiosqlite.Connection, path: str) -> None:
    """Raise CannotStart for a damaged database: writing to it would damage it further."""
    async with connection.execute("PRAGMA quick_check(1)") as cursor:
        row = await cursor.fetchone()
    if row and row[0] != "ok":
        raise CannotStart(
            f"The database {path} is damaged. Put a copy that `qwen-bridge backup` made in its place, or name another "
            "file: DATABASE_URL=sqlite:///other.db"
        )


async def _migrate(connection: aiosqlite.Connection, path: str) -> None:
    steps = migrations()
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    version = int(row[0]) if row else 0
    if version > len(steps):
        raise CannotStart(
            f"The database {path} was written by a newer version of Qwen Bridge (schema {version}; this one knows "
            f"{len(steps)}). Update Qwen Bridge, or name another file: DATABASE_URL=sqlite:///other.db"
        )
    for number, step in enumerate(steps[version:], start=version + 1):
        await connection.executescript(f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;")


def _unusable(path: str, error: Exception) -> str:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (
        f"The database {path} cannot be used: {why}. "
        "Check the file and its folder, or name another one: DATABASE_URL=sqlite:///path/to/bridge.db"
    )
