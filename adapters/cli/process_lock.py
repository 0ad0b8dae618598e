"""Lock a bot, so that one process on this machine listens for it and another waits for that one to leave."""

import asyncio
import re
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:  # only a process with a platform pays for importing it
    from filelock import BaseFileLock

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""How often it is looked whether the other process has left."""


class ProcessLock:
    """Locks a file beside the database; the system releases it also where the process is killed.

    `database` is its path; without one, everybody may listen.
    """

    def __init__(self, database: str, platform: str) -> None:
        self._path = f"{database}.{re.sub(r'[^a-z0-9]+', '-', platform)}.lock" if database else ""
        self._lock: BaseFileLock | None = None

    async def acquire(self) -> None:
        """Wait until no other process listens for this bot; log once that it waits."""
        waited = False
        while not self._try():
            if not waited:
                log.warning("Another process listens for this bot with the same database; waiting for it to leave.")
                waited = True
            await asyncio.sleep(LOOK_SECONDS)
        if waited:
            log.info("The other process has left; listening.")

    def release(self) -> None:
        """Release the lock, so that another process may listen."""
        if self._lock:
            self._lock.release()

    def _try(self) -> bool:
        if not self._path:
            return True
        from filelock import FileLock, Timeout  # noqa: PLC0415

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
