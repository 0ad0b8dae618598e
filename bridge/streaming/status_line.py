"""Says what is being done before there is an answer to show, if that takes long."""

import math
from collections.abc import Callable

STATUS_AFTER_SECONDS, STATUS_SECONDS = 2.0, 4.0
"""Time the line: it first shows after STATUS_AFTER_SECONDS without an answer, and changes every STATUS_SECONDS."""


class StatusLine:
    """Keeps the line's words, and when it is due. `clock` returns seconds. `doing`: what is being done, or empty."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = 0.0
        self._due = clock() + STATUS_AFTER_SECONDS
        self._held = False
        self.doing = ""

    def say(self, doing: str) -> bool:
        """Change what is being done; False if it is the same as before."""
        if doing == self.doing:
            return False
        self.doing, self._began = doing, self._clock()
        self._held, self._due = False, min(self._due, self._clock() + STATUS_SECONDS)
        return True

    def hold(self, why: str) -> None:
        """Say at once why there is no answer yet; that is shown once, and stands until `say` or `end`."""
        self.doing, self._held = why, True
        self._due = self._clock()

    def end(self) -> None:
        """Clear the line: there is an answer."""
        self.doing = ""

    @property
    def wait(self) -> float | None:
        """Return the seconds until the line is due; None for never."""
        if not self.doing or self._due == math.inf:
            return None
        return max(0.0, self._due - self._clock())

    def postpone(self) -> None:
        """Make the line due again only after STATUS_SECONDS, whether it can be shown now or not."""
        self._due = self._clock() + STATUS_SECONDS

    def said(self) -> None:
        """Note that the line was shown: the reason of `hold` is not due again."""
        if self._held:
            self._due = math.inf

    @property
    def text(self) -> str:
        """Return the line as Markdown: what is being done with the seconds since it began, or the reason of `hold`."""
        return self.doing if self._held else f"*{self.doing} … {self._clock() - self._began:.0f} s*"
