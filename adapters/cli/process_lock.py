"""A lock: only one process on this machine listens for a bot; another waits for it to leave."""

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
    """Held by a lock on a file beside the database, which the system takes back also from a process that is killed.

    `database` is its path; without one, everybody may listen.
    """

    def __init__(self, database: str, platform: str) -> None:
        self._path = f"{database}.{re.sub(r'[^a-z0-9]+', '-', platform)}.lock" if database else ""
        self._lock: BaseFileLock | None = None

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
