"""What is being done before there is an answer to show, said in one quiet line if it takes long."""

import math
from collections.abc import Callable

STATUS_AFTER_SECONDS, STATUS_SECONDS = 2.0, 4.0
"""An answer that begins soon needs no word about what is being done; after that, one that changes now and then."""


class StatusLine:
    """The line, and when it is due; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = 0.0
        self._due = clock() + STATUS_AFTER_SECONDS
        self._held = False
        self.doing = ""

    def say(self, doing: str) -> bool:
        """Something else is done now; False if it is the same."""
        if doing == self.doing:
            return False
        self.doing, self._began = doing, self._clock()
        self._held, self._due = False, min(self._due, self._clock() + STATUS_SECONDS)
        return True

    def hold(self, why: str) -> None:
        """Say why there is no answer yet, at once. It stands there until one begins, however long that takes."""
        self.doing, self._held = why, True
        self._due = self._clock()

    def end(self) -> None:
        """There is an answer."""
        self.doing = ""

    @property
    def wait(self) -> float | None:
        """Seconds until it is time to say it; None for never."""
        if not self.doing or self._due == math.inf:
            return None
        return max(0.0, self._due - self._clock())

    def postpone(self) -> None:
        """It is said now, or cannot be; in either case not again too soon."""
        self._due = self._clock() + STATUS_SECONDS

    def said(self) -> None:
        """It was shown: what is held is said only once."""
        if self._held:
            self._due = math.inf

    @property
    def text(self) -> str:
        """The line as it is now."""
        return self.doing if self._held else f"*{self.doing} … {self._clock() - self._began:.0f} s*"
