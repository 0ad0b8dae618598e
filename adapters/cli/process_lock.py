"""A lock: only one process on this machine listens for a bot; another waits for it to leave."""

import asyncio
import os
import re
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""How often it is looked whether the other process has left."""


class ProcessLock:
    """Held by a lock on a file beside the database, which the system takes back also from a process that is killed.

    `database` is its path; without one, and on systems that know no such locks, everybody may listen.
    """

    def __init__(self, database: str, platform: str) -> None:
        name = re.sub(r"[^a-z0-9]+", "-", platform)
        self._path = Path(f"{database}.{name}.lock") if database else None
        self._file: int | None = None

    async def acquire(self) -> None:
        """Returns when nobody else listens for this bot. A second one that waits says so, once."""
        waited = False
        while not self._try():
            if not waited:
                log.warning("Another process listens for this bot with the same database; waiting for it to leave.")
                waited = True
            await asyncio.sleep(LOOK_SECONDS)
        if waited:
            log.info("The other process has left; listening.")

    def release(self) -> None:
        """Let another process listen."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _try(self) -> bool:
        try:
            import fcntl  # noqa: PLC0415  not on Windows
        except ImportError:
            return True
        if self._path is None:
            return True
        file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file = file
            return True
        os.close(file)
        return False
