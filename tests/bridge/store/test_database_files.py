"""The database's files: who can read them, which are refused, and how they are copied."""

import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.errors import CannotStart
from bridge.store import Store
from bridge.store.backup import backup
from bridge.store.connection import MEMORY, migrations
from tests.bridge.store.test_store import QUESTION, claimed, record


async def test_only_the_operator_can_read_the_files(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "bridge.db"
    async with await Store.open(f"sqlite:///{path}") as store:
        await record(store)
        files = list(path.parent.iterdir())
        assert {file.suffix for file in files} == {".db", ".db-wal", ".db-shm"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_database_that_is_not_kept(tmp_path: Path) -> None:
    async with await Store.open(MEMORY) as store:
        await record(store)
    assert not list(tmp_path.iterdir())


async def test_what_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, and no database at all " * 100)
    path.chmod(0o644)
    with pytest.raises(CannotStart, match=r"notes.txt cannot be used: .*not a database.*DATABASE_URL=sqlite:///"):
        await Store.open(f"sqlite:///{path}")
    assert path.read_text().startswith("these are notes")
    assert path.stat().st_mode & 0o777 == 0o644, "a file that is none of ours is left as it is"


async def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match=r"cannot be used.*DATABASE_URL=sqlite:///"):
        await Store.open(f"sqlite:///{tmp_path}/file/bridge.db")


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path, database: str) -> None:
    async with await Store.open(database):
        pass
    newer = len(migrations()) + 1
    with sqlite3.connect(tmp_path / "bridge.db") as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    connection.close()
    with pytest.raises(CannotStart, match=rf"newer version of Qwen Bridge \(schema {newer}"):
        await Store.open(database)


async def test_opening_twice_migrates_once(database: str) -> None:
    for _ in range(2):
        async with await Store.open(database) as store:
            await store.arrivals.record(QUESTION)
    async with await Store.open(database) as store:
        assert len(await store.turns.unfinished("test")) == 1


async def test_a_copy_is_made_while_the_store_is_used_and_holds_everything(tmp_path: Path, database: str) -> None:
    copied = tmp_path / "copy.db"
    async with await Store.open(database) as store:
        conversation = await record(store)
        backup(database, copied)
        await record(store, replace(QUESTION, message="later"))
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    async with await Store.open(f"sqlite:///{copied}") as copy:
        assert (await claimed(copy, conversation)).prompt == "one"
    with pytest.raises(CannotStart, match="exists already"):
        backup(database, copied)
    with pytest.raises(CannotStart, match="no database to copy"):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "other.db")


async def test_a_damaged_database_is_not_opened(tmp_path: Path, database: str) -> None:
    async with await Store.open(database) as store:
        for number in range(200):
            await record(store, replace(QUESTION, message=f"m{number}", text="words " * 50))
    path = tmp_path / "bridge.db"
    content = bytearray(path.read_bytes())
    content[8192:40960] = b"\xa5" * (40960 - 8192)
    path.write_bytes(content)
    with pytest.raises(CannotStart, match=r"bridge.db (is damaged|cannot be used).*sqlite:///"):
        await Store.open(database)
