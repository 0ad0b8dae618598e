"""Pause between retries for a growing time, and log an outage once when it begins and once when it ends."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 60.0
"""The pause after the first failure, which doubles with each further one, and the longest pause."""

SLOW_SECONDS = 3.0
"""After how many seconds without an answer the log says what is waited for."""


class Backoff:
    """Computes the pauses of one connection, and logs its outages.

    what: the name of the connection at the beginning of the log lines. remedy: a sentence on what the operator can
        check. fails, over: what the log says of it during the outage, and after it ("cannot be reached", "is reached").
    """

    def __init__(self, what: str, remedy: str, *, fails: str = "cannot be reached", over: str = "is reached") -> None:
        self._what = what
        self._remedy = remedy
        self._fails = fails
        self._works = over
        self._failures = 0

    @contextmanager
    def waiting(self, part: str = "") -> Iterator[None]:
        """Say in the log that there is no answer yet, where the block takes longer than SLOW_SECONDS.

        Says nothing in an outage, which is logged already. part: of what is waited for, as "'s gateway".
        """
        saying = asyncio.get_running_loop().call_later(SLOW_SECONDS, self._say_slow, part)
        try:
            yield
        finally:
            saying.cancel()

    def _say_slow(self, part: str) -> None:
        if not self._failures:
            log.warning(f"{self._what}{part} does not answer yet; still trying.")

    def failed(self, why: str) -> float:
        """Count a failure; return the seconds until the next try, which vary at random by a fifth.

        why: the cause for the log, without addresses and secrets.
        """
        if not self._failures:
            log.error(f"{self._what} {self._fails} ({why}). {self._remedy} Trying again until it works.")
        pause: float = min(LONGEST_SECONDS, FIRST_SECONDS * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        return pause * random.uniform(0.8, 1.2)  # noqa: S311  spreads retries, keeps no secret

    def succeeded(self) -> None:
        """End the outage, if there is one."""
        if self._failures:
            log.info(f"{self._what} {self._works} again.")
        self._failures = 0
