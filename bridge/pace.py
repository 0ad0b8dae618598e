"""Pace: how often one chat may be shown something, shared by all the answers that run in it."""

import time
from collections.abc import Callable


class Pace:
    """Moments that lie at least `seconds` apart; whoever asks takes the next one."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._next = 0.0

    def take(self) -> float:
        """Seconds until the next free moment, which is then taken."""
        now = self._clock()
        moment = max(now, self._next)
        self._next = moment + self._seconds
        return moment - now

    def freeze(self, seconds: float) -> None:
        """No moment is free for so long: the platform said so."""
        self._next = max(self._next, self._clock() + seconds)
