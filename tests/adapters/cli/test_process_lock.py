"""The lock of a bot: one process listens, another waits; a killed one holds up nobody."""

import asyncio
import stat
from pathlib import Path

from structlog.testing import capture_logs

from adapters.cli.process_lock import ProcessLock
from tests.waiting import eventually


async def test_a_second_one_waits_and_says_so_once(tmp_path: Path) -> None:
    first, second = (ProcessLock(str(tmp_path / "bridge.db"), "telegram:7") for _ in range(2))
    await first.acquire()
    with capture_logs() as logs:
        waiting = asyncio.create_task(second.acquire())
        await eventually(lambda: logs)
        assert not waiting.done()
        first.release()
        await asyncio.wait_for(waiting, 5)
    assert [line["log_level"] for line in logs] == ["warning", "info"]
    second.release()


async def test_platforms_have_leases_of_their_own_and_files_that_nobody_else_may_touch(tmp_path: Path) -> None:
    locks = [ProcessLock(str(tmp_path / "bridge.db"), platform) for platform in ("telegram:7", "discord")]
    for lock in locks:
        await asyncio.wait_for(lock.acquire(), 1)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["bridge.db.discord.lock", "bridge.db.telegram-7.lock"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    for lock in locks:
        lock.release()


async def test_without_a_file_everybody_may_listen() -> None:
    for _ in range(2):
        await asyncio.wait_for(ProcessLock("", "discord").acquire(), 1)
