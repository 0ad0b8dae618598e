"""A database that is locked, full or read-only, under the real adapters: nothing is lost or doubled."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge.core.policy import MOST_WAITING_EACH
from bridge.store.connection import SETTINGS
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.stage import DRAIN_SECONDS
from tests.waiting import eventually


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Another program holds the database. It never waits for the lock: the bridge in this process has to go on."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError:
                await asyncio.sleep(0.01)
        yield
        connection.execute("ROLLBACK")


@pytest.fixture
def impatient_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked database is given up after a moment instead of after seconds."""
    monkeypatch.setattr("bridge.store.connection.SETTINGS", "PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 50;")


def said_of_the_database(logs: list[MutableMapping[str, object]], why: str = "locked") -> bool:
    return any("The database does not work" in (said := str(line["event"])) and why in said for line in logs)


async def test_a_locked_database_delays_and_loses_nothing(
    impatient_database: None, standin: StandIn, database: str, telegram: FakeTelegram, tmp_path: Path
) -> None:
    async with TelegramStage(standin, database, telegram, "private") as stage:
        standin.hold_after = 1
        await stage.say("echo " + "one " * 10)
        await eventually(lambda: standin.held and stage.shown())
        with capture_logs() as logs:
            async with locked(tmp_path / "bridge.db"):
                standin.hold_after = None
                standin.release()
                await stage.say("echo two")
                await eventually(lambda: said_of_the_database(logs))
        await stage.hears("one one", "two")


async def test_a_locked_database_holds_discord_messages_too(
    impatient_database: None, standin: StandIn, database: str, discord: FakeDiscord, tmp_path: Path
) -> None:
    async with DiscordStage(standin, database, discord, "channel") as stage:
        with capture_logs() as logs:
            async with locked(tmp_path / "bridge.db"):
                await stage.say("echo one")
                await stage.say("echo two")
                await eventually(lambda: said_of_the_database(logs))
        await stage.hears("one", "two")


FULL, READ_ONLY = "database or disk is full", "attempt to write a readonly database"


def spoilt(why: str, path: Path) -> str:
    """The settings of a connection whose disk has no room left, or that may not write."""
    with closing(sqlite3.connect(path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return SETTINGS + (f"PRAGMA max_page_count = {pages};" if why == FULL else "PRAGMA query_only = ON;")


@pytest.mark.parametrize("why", [FULL, READ_ONLY])
@pytest.mark.parametrize("platform", ["telegram", "discord"])
async def test_what_cannot_be_written_is_not_taken_and_comes_again(
    why: str,
    platform: str,
    discord: FakeDiscord,
    telegram: FakeTelegram,
    standin: StandIn,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "bridge.db"
    stage: DiscordStage | TelegramStage = (
        DiscordStage(standin, database, discord, "channel")
        if platform == "discord"
        else TelegramStage(standin, database, telegram, "private")
    )
    async with stage:
        await stage.say("echo one")
        await stage.hears("one")
        if platform == "discord":
            with closing(sqlite3.connect(path)) as connection:
                await eventually(lambda: connection.execute("SELECT 1 FROM cursors").fetchone())
        await stage.stop()
        monkeypatch.setattr("bridge.store.connection.SETTINGS", spoilt(why, path))
        long = "word " * 300
        with capture_logs() as logs:
            await stage.start()
            for number in range(MOST_WAITING_EACH):
                await stage.say(f"echo {long}{number}")
            await eventually(lambda: said_of_the_database(logs, why))
            before = time.monotonic()
            await stage.stop()
            assert time.monotonic() - before < 3 * DRAIN_SECONDS
        assert sum(said_of_the_database([line], why) for line in logs) == 1
        monkeypatch.setattr("bridge.store.connection.SETTINGS", SETTINGS)
        await stage.start()
        await stage.hears("one", *(f"word {number}" for number in range(MOST_WAITING_EACH)))
