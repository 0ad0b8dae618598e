"""The process lock: on one machine and database only one process listens for a bot; others wait until it ends."""

import asyncio
import re
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:  # only a process with a platform pays for importing it
    from filelock import BaseFileLock

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""The time between two attempts to get the lock."""


class ProcessLock:
    """A lock on a file beside the database, which the operating system also releases where the process is killed.

    `database`: the path of its file; "" for one in memory, which no other process shares: nothing is locked then.
    """

    def __init__(self, database: str, platform: str) -> None:
        self._path = f"{database}.{re.sub(r'[^a-z0-9]+', '-', platform)}.lock" if database else ""
        self._lock: BaseFileLock | None = None

    async def acquire(self) -> None:
        """Wait until no other process holds the lock, and take it. Log once that, and when, waiting was necessary."""
        waited = False
        while not self._try():
            if not waited:
                log.warning("Another process listens for this bot with the same database; waiting for it to leave.")
                waited = True
            await asyncio.sleep(LOOK_SECONDS)
        if waited:
            log.info("The other process has left; listening.")

    def release(self) -> None:
        """Release the lock, if it is held."""
        if self._lock:
            self._lock.release()

    def _try(self) -> bool:
        if not self._path:
            return True
        from filelock import FileLock, Timeout  # noqa: PLC0415  only where a lock is taken

        self._lock = self._lock or FileLock(
            self._path,
            mode=0o600,
            thread_local=False,
            fallback_to_soft=False,  # a file that marks the lock would outlive a process that is killed
        )
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True
