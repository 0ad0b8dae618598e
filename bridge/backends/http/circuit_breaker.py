"""Breaks the circuit to a failing server: questions are refused at once with the error that opened it."""

import math
import time
from collections.abc import Callable

import structlog

from bridge.backends.http.access_breaker import PROBE_SECONDS, AccessBreaker, Admission
from bridge.errors import Busy, OperatorNeeded, QuotaSpent, QwenError, Refused, TooLong, Unreachable

log = structlog.get_logger(__name__)

OUTAGE_AFTER = 3
"""Counts how many questions in a row must fail with Unreachable or Busy to make an outage."""

HOUR_SECONDS = 3600.0

LONGEST_QUOTA_SECONDS = 24 * HOUR_SECONDS
"""Bounds the time that Qwen names for a spent quota: quotas are of a day."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 300.0
"""Bound the pause between two tries in an outage; each is twice the one before."""


class Breaker:
    """Refuses questions while asking cannot help, and logs when that begins and ends.

    Open after QuotaSpent for the time that Qwen names, or until `renewed`; in an outage, with one question let through
    after each growing pause, at least as long as Qwen asks for; after OperatorNeeded as AccessBreaker says. Questions
    are known by opaque keys. `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._access = AccessBreaker(clock)
        self._error: QuotaSpent | Unreachable | Busy | None = None
        self._misses = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._next_try = 0.0

    async def admit(self, question: int) -> Admission:
        """Admit a question that is asked now, or raise the error that opened the breaker.

        In an outage it is the half-open probe, and the next one is refused. See also AccessBreaker.admit.
        """
        admission = await self._access.admit(question)
        if refusal := self._refusal():
            self._access.ended(admission)
            raise refusal
        if isinstance(self._error, QuotaSpent):
            log.info("The time that Qwen named is over: asking Qwen again.")
            self._error = None
        self._next_try = self._clock() + self._pause
        return admission

    def look(self, question: int) -> None:
        """Raise the error for a question that is still queued, as `admit` would, without using up the probe."""
        self._access.look(question)
        if refusal := self._refusal():
            raise refusal

    def failed(self, error: QwenError, admission: Admission) -> QwenError:
        """Record that a question failed, after all its tries, and return what its person is told.

        Opens the breaker where asking on cannot help.
        """
        if isinstance(error, OperatorNeeded):
            self._reached()
            return self._access.refused(error, admission)
        if isinstance(error, TooLong):  # which may never have left this machine
            return error
        if isinstance(error, Refused):  # which only a server says that lets questions in
            self._access.let_in(admission)
        if self.need:
            return error
        if isinstance(error, QuotaSpent) and (error.hours or error.after):
            seconds = max((error.hours or 0) * HOUR_SECONDS, error.after)
            self._open(error)
            self._next_try = self._clock() + min(seconds, LONGEST_QUOTA_SECONDS)
        elif isinstance(error, Unreachable | Busy):
            self._missed(error)
        else:
            self._reached()
        return error

    def succeeded(self, admission: Admission) -> None:
        """Record that the answer to a question has begun."""
        self._access.let_in(admission)
        self._reached()

    def ended(self, admission: Admission) -> None:
        """Record that a question is not asked any more, whatever came of it."""
        self._access.ended(admission)

    async def wait(self, question: int, seconds: float, every: float = PROBE_SECONDS) -> bool:
        """See AccessBreaker.wait."""
        return await self._access.wait(question, seconds, every)

    def renewed(self) -> None:
        """Close the breaker after OperatorNeeded or QuotaSpent: the operator has done something."""
        self._access.renewed()
        if isinstance(self._error, QuotaSpent):
            log.info("The operator has renewed the access: asking Qwen again.")
            self._error = None

    @property
    def trouble(self) -> QwenError | None:
        """Return the error that a question would get without being asked, or None."""
        return self.need or self._refusal()

    @property
    def need(self) -> OperatorNeeded | None:
        """Return what the operator has to do before questions are asked as usual, or None."""
        return self._access.need

    @property
    def open(self) -> bool:
        """Tell whether the breaker is open: questions are refused, but those that try."""
        return bool(self.need or self._error)

    def _refusal(self) -> QwenError | None:
        """Return a new error like the one that opened the breaker in an outage or for a spent quota, or None."""
        error, left = self._error, self._next_try - self._clock()
        if error is None or left <= 0:
            return None
        if isinstance(error, QuotaSpent):
            return QuotaSpent(math.ceil(left / HOUR_SECONDS)) if error.hours else QuotaSpent(after=left)
        return type(error)(remedy=error.remedy, after=left if error.after else 0.0)

    def _missed(self, error: Unreachable | Busy) -> None:
        self._misses += 1
        if self._misses >= OUTAGE_AFTER and not isinstance(self._error, QuotaSpent):
            self._open(error)
            self._next_try = self._clock() + max(self._pause, error.after)
            self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)

    def _open(self, error: QuotaSpent | Unreachable | Busy) -> None:
        if not isinstance(self._error, QuotaSpent if isinstance(error, QuotaSpent) else Unreachable | Busy):
            hours = f" for {error.hours} h" if isinstance(error, QuotaSpent) and error.hours else ""
            log.error(f"Qwen is not asked any more{hours} ({type(error).__name__}): {error.remedy}.")
        self._error = error

    def _reached(self) -> None:
        """End an outage: whatever it said, the server is there. That says nothing of a spent quota."""
        if isinstance(self._error, Unreachable | Busy):
            log.info("Qwen answers again.")
            self._error = None
        self._misses = 0
        self._pause = FIRST_PAUSE_SECONDS
