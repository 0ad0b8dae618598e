"""Pace: how often one chat may be shown something, shared by all the answers that run in it."""

import time
from collections.abc import Callable

MOST_IDLE = 1000
"""Paces of chats in which nothing happens are forgotten beyond this number."""


class Pace:
    """Moments that lie at least `seconds` apart; whoever asks takes the next one."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._next = 0.0
        self._frozen_until = 0.0

    def take(self) -> float:
        """Seconds until the next free moment, which is then taken."""
        now = self._clock()
        moment = max(now, self._next)
        self._next = moment + self._seconds
        return moment - now

    def freeze(self, seconds: float) -> None:
        """No moment is free for so long: the platform said so."""
        self._frozen_until = max(self._frozen_until, self._clock() + seconds)
        self._next = max(self._next, self._frozen_until)

    @property
    def frozen(self) -> bool:
        """Whether the platform takes nothing in this chat now."""
        return self._clock() < self._frozen_until

    @property
    def idle(self) -> bool:
        """Whether nothing would be different without it."""
        return self._next <= self._clock()


class Paces:
    """The pace of each chat, kept for as long as it matters."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}

    def of(self, chat: str, seconds: float) -> Pace:
        """The one pace of this chat; `seconds` between its moments where it is new."""
        if len(self._paces) > MOST_IDLE:
            self._paces = {name: pace for name, pace in self._paces.items() if not pace.idle}
        return self._paces.setdefault(chat, Pace(seconds))
