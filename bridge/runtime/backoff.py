"""An outage: said once when it begins and once when it is over, with growing pauses between."""

import random

import structlog

log = structlog.get_logger(__name__)

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 60.0


class Backoff:
    """One for each connection. `what` fails; `remedy` is what the operator may look at."""

    def __init__(self, what: str, remedy: str, *, fails: str = "cannot be reached", over: str = "is reached") -> None:
        self._what = what
        self._remedy = remedy
        self._fails = fails
        self._works = over
        self._failures = 0

    def failed(self, why: str) -> float:
        """A try failed; returns the seconds until the next. `why` is for the log: no address, no secret."""
        if not self._failures:
            log.error(f"{self._what} {self._fails} ({why}). {self._remedy} Trying again until it works.")
        pause: float = min(LONGEST_SECONDS, FIRST_SECONDS * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        return pause * random.uniform(0.8, 1.2)  # noqa: S311  spreads retries, keeps no secret

    def succeeded(self) -> None:
        """A try succeeded."""
        if self._failures:
            log.info(f"{self._what} {self._works} again.")
        self._failures = 0
