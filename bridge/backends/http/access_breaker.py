"""Keeps questions from a server that lets nobody in, and lets single ones through to find out whether that is so."""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bridge.backends.http.unclear_refusals import UnclearRefusals
from bridge.errors import OperatorNeeded, QwenError, Unexplained
from bridge.i18n import sentences

log = structlog.get_logger(__name__)

PROBE_SECONDS = 30.0
"""Separates two tries of questions that were refused."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A question that is being asked. `question`: its key; `asked`: when, as UnclearRefusals counts moments."""

    question: int
    asked: int


class AccessBreaker:
    """Open after OperatorNeeded until `renewed`, or until a question is answered that `wait` has let through.

    An error that is not `certain` may be about one question alone: it opens the breaker when different questions were
    refused. Then those that were not are asked one after the other, until one is answered; one that was refused
    MOST_REFUSALS times is told so. Questions are known by opaque keys, which never reach the log. `clock` returns
    seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._need: OperatorNeeded | None = None
        self._refusals = UnclearRefusals()
        self._renewed = 0
        self._refused_at = -math.inf
        self._probe: Admission | None = None
        self._granted: int | None = None
        self._in_line = 0
        self._held: dict[object, None] = {}
        self._change = asyncio.Event()

    @property
    def need(self) -> OperatorNeeded | None:
        """Return what the operator has to do, as a new error, or None while the breaker is closed."""
        need = self._need
        return need and type(need)(remedy=need.remedy, certain=need.certain)

    async def admit(self, question: int) -> Admission:
        """Admit a question that is asked now, or raise the error that opened the breaker.

        While the breaker is open it is the only one that is asked: the next one waits until it has `ended`.
        """
        self._in_line += 1
        try:
            while self._need and self._probe:
                self.look(question)
                await self._changed()
        finally:
            self._in_line -= 1
        self.look(question)
        admission = Admission(question, self._refusals.now())
        if self._need:
            self._probe, self._granted = admission, None
        return admission

    def look(self, question: int) -> None:
        """Raise the error that `admit` would raise."""
        if self.need and question != self._granted and not self._is_free(question):
            raise self.need

    def ended(self, admission: Admission) -> None:
        """Record that a question is not asked any more, whatever came of it."""
        if self._probe is admission:
            self._probe = None
            self._wake()

    def refused(self, error: OperatorNeeded, admission: Admission) -> QwenError:
        """Record that a question was refused, and return what its person is told."""
        if admission.asked < self._renewed:
            return error
        self._refused_at = self._clock()
        known = self._need is not None and self._need.certain
        if error.certain:
            if not known:
                self._open(error, "Qwen is not asked any more")
            return error
        if known and admission is not self._probe:
            return error
        verdict = self._refusals.refused(admission.question, admission.asked)
        if verdict == "own":
            return Unexplained(sentences.REFUSED_ALONE)
        if known or (verdict in ("spent", "all") and not self._need):
            self._open(error, "Qwen refuses questions without saying why")
        return Unexplained(remedy=error.remedy) if verdict == "spent" else error

    def let_in(self, admission: Admission) -> None:
        """Record that Qwen has let a question in: those that were refused before may have been refused alone."""
        suspected = self._refusals.any_suspect
        self._refusals.answered(admission.question, admission.asked)
        if self._need and self._need.certain:
            if self._probe is admission:
                self.renewed()
        elif suspected and not self._refusals.any_suspect:
            if self._need:
                log.info("Qwen answers again.")
            self._close()

    def renewed(self) -> None:
        """Close the breaker: the operator has done something."""
        if self._need:
            log.info("The operator has renewed the access: asking Qwen again.")
        self._refusals.forget()
        self._renewed = self._refusals.now()
        self._close()

    async def wait(self, question: int, seconds: float, every: float) -> bool:
        """Wait until a refused question may be asked again: True; or for so many seconds in vain: False.

        That is when the breaker is closed, and when another question was answered since. Else one question at a time
        may find out, `every` so many seconds, in the order in which they came here; inf: none may.
        """
        deadline = self._clock() + seconds
        place = object()
        self._held[place] = None
        try:
            while not self._is_free(question):
                probe = self._next_probe(place, every)
                if probe <= 0:
                    self._granted, self._refused_at = question, self._clock()
                    self._wake()
                    return True
                left = deadline - self._clock()
                if left <= 0:
                    return False
                await self._changed(min(left, probe))
            return True
        finally:
            del self._held[place]
            if self._clock() >= self._refused_at + every:  # others may have waited for this one
                self._wake()

    def _is_free(self, question: int) -> bool:
        """Tell whether nothing is known that speaks against asking a question."""
        return not (self._need and self._need.certain) and not self._refusals.suspects(question)

    def _next_probe(self, place: object, every: float) -> float:
        """Return the seconds until the question at a place may be asked again; inf while others come first."""
        left = self._refused_at + every - self._clock()
        if left > 0:
            return left
        return math.inf if self._probe or self._in_line or next(iter(self._held)) is not place else 0.0

    def _open(self, error: OperatorNeeded, what: str) -> None:
        log.error(f"{what} ({type(error).__name__}): {error.remedy}.")
        self._need = error

    def _close(self) -> None:
        self._need = self._probe = self._granted = None
        self._wake()

    async def _changed(self, seconds: float = math.inf) -> None:
        """Wait until another question may be asked, or for so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._change.wait(), seconds if seconds < math.inf else None)

    def _wake(self) -> None:
        """Let everybody look who waits in `_changed`."""
        self._change.set()
        self._change = asyncio.Event()
