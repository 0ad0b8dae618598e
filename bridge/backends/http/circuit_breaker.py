"""Breaks the circuit to a failing server: questions are refused at once with the error that opened it."""

import math
import time
from collections.abc import Callable

import structlog

from bridge.errors import Busy, OperatorNeeded, QuotaSpent, QwenError, Refused, TooLong, Unreachable

log = structlog.get_logger(__name__)

OUTAGE_AFTER = 3
"""Counts how many questions in a row must fail with Unreachable or Busy to make an outage."""

HOUR_SECONDS = 3600.0

LONGEST_QUOTA_HOURS = 24
"""Bounds the hours that Qwen names for a spent quota: quotas are of a day."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 300.0
"""Bound the pause between two tries in an outage; each is twice the one before."""


class Breaker:
    """Refuses questions while asking cannot help, and logs when that begins and ends.

    Open after OperatorNeeded until `renewed`, or until a question that `probe` lets through is answered; after
    QuotaSpent for the hours that Qwen names, or until `renewed`; in an outage, with one question let through after
    each growing pause. `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._error: QwenError | None = None
        self._misses = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._next_try = 0.0
        self._next_probe = 0.0
        self._may_probe = self._probing = False

    def check(self) -> None:
        """Admit the question that is asked now, or raise the error that opened the breaker.

        In an outage, and after `probe`, the question is the half-open probe: the next one has to wait.
        """
        self.look()
        if isinstance(self._error, OperatorNeeded):
            self._may_probe, self._probing = False, True
        if isinstance(self._error, QuotaSpent):
            log.info("The hours that Qwen named are over: asking Qwen again.")
            self._error = None
        self._next_try = self._clock() + self._pause

    def look(self) -> None:
        """Check for a question that is still queued, like `check`, without using up the half-open probe."""
        left = self._next_try - self._clock()
        if isinstance(self._error, OperatorNeeded):
            if self._may_probe:
                return
            raise type(self._error)(remedy=self._error.remedy)
        if isinstance(self._error, QuotaSpent) and left > 0:
            raise QuotaSpent(math.ceil(left / HOUR_SECONDS))
        if self._error is not None and left > 0:
            raise type(self._error)(remedy=self._error.remedy)

    def failed(self, error: QwenError) -> None:
        """Record that a question failed, after all its tries; opens the breaker where asking on cannot help."""
        probing, self._probing = self._probing, False
        if isinstance(self._error, OperatorNeeded):
            if probing and isinstance(error, Refused):  # which only a server says that lets questions in
                self.renewed()
            return
        if isinstance(error, OperatorNeeded):
            self._open(error)
        elif isinstance(error, QuotaSpent) and error.hours:
            self._open(error)
            self._next_try = self._clock() + min(error.hours, LONGEST_QUOTA_HOURS) * HOUR_SECONDS
        elif isinstance(error, Unreachable | Busy):
            self._missed(error)
        elif not isinstance(error, TooLong):  # which may never have left this machine
            self._reached()

    def succeeded(self) -> None:
        """Record that a question was answered; closes the breaker where that question was let through to try."""
        if self._probing:
            self._probing = False
            self.renewed()
        self._reached()

    def probe(self, every: float) -> None:
        """Let one question find out whether the operator has done something; at most one in `every` seconds."""
        if self.needs_operator and self._clock() >= self._next_probe:
            self._may_probe = True
            self._next_probe = self._clock() + every

    def renewed(self) -> None:
        """Close the breaker after OperatorNeeded or QuotaSpent: the operator has done something."""
        if isinstance(self._error, OperatorNeeded | QuotaSpent):
            log.info("The operator has renewed the access: asking Qwen again.")
            self._error = None

    @property
    def trouble(self) -> QwenError | None:
        """Return the error that a question would get without being asked, or None."""
        try:
            self.look()
        except QwenError as error:
            return error
        return None

    @property
    def need(self) -> OperatorNeeded | None:
        """Return what the operator has to do before anything is asked again, or None."""
        return self._error if isinstance(self._error, OperatorNeeded) else None

    @property
    def needs_operator(self) -> bool:
        """Tell whether nothing is asked until the operator has done something."""
        return self.need is not None

    @property
    def open(self) -> bool:
        """Tell whether the breaker is open: questions are refused, but those that try."""
        return self._error is not None

    def _missed(self, error: QwenError) -> None:
        self._misses += 1
        if self._misses >= OUTAGE_AFTER and not isinstance(self._error, QuotaSpent):
            self._open(error)
            self._next_try = self._clock() + self._pause
            self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)

    def _open(self, error: QwenError) -> None:
        if not (self._outage if isinstance(error, Unreachable | Busy) else type(self._error) is type(error)):
            hours = f" for {error.hours} h" if isinstance(error, QuotaSpent) else ""
            log.error(f"Qwen is not asked any more{hours} ({type(error).__name__}): {error.remedy}.")
        self._error = error

    def _reached(self) -> None:
        """End an outage: whatever it said, the server is there. That says nothing of a spent quota."""
        if self._outage:
            log.info("Qwen answers again.")
            self._error = None
        self._misses = 0
        self._pause = FIRST_PAUSE_SECONDS

    @property
    def _outage(self) -> bool:
        return self._error is not None and not isinstance(self._error, OperatorNeeded | QuotaSpent)
