"""Learns how a model is told whether to think: each change is on probation until an answer shows that it works."""

import time
from collections.abc import Callable, Mapping

import structlog

from bridge.backends.openai.wire import THINKING_STYLES, RequestDialect

log = structlog.get_logger(__name__)

UNHEEDED = 2
"""Counts how many answers in a row must think unasked before another dialect is tried: one may quote the tags."""

LESSON_SECONDS = 7 * 86_400.0
"""Limits how long a learnt dialect holds: then the first one is tried again, for servers are renewed."""

NO_STYLE = "none"
"""Names the style without a parameter, where it is kept."""

USUAL = RequestDialect()


class Dialects:
    """Knows how requests to one model are worded. `usual`: the dialect that it takes, as far as is known.

    A model that thinks though it is told not to is asked in another dialect, on trial. The trial ends well with an
    answer that was not thought of, and is taken back after one that is empty, refused, or among the thoughts. `clock`
    returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.usual = USUAL
        self._learnt_at = 0.0
        self._trial: RequestDialect | None = None
        self._unheeded = 0
        self._teachable = True

    def first(self, *, thinking: bool) -> RequestDialect:
        """Return the dialect in which a question is asked first; `thinking`: whether thinking is asked for."""
        if self.usual != USUAL and self._clock() - self._learnt_at > LESSON_SECONDS:
            self.usual = USUAL
        return self._trial if self._trial and not thinking else self.usual

    def is_trial(self, dialect: RequestDialect) -> bool:
        """Tell whether a dialect is on trial."""
        return dialect == self._trial

    def take_back(self) -> None:
        """End the trial of a dialect that failed; the next one is on trial, until none is left."""
        self._unheeded = 0
        self._trial = (self._trial or self.usual).other("")
        self._teachable = self._trial is not None

    def learn(self, first: RequestDialect, used: RequestDialect, *, thought: bool | None) -> None:
        """Learn from an answer to a question that was asked in `first`, and answered in `used`.

        `thought`: whether it was thought of though that was not asked for; None where it was asked for.
        """
        if used != first:
            if self.usual == first:
                self._adopt(used)
        elif thought is None or not (self.is_trial(used) or (used == self.usual and self._teachable)):
            return
        elif not thought:
            self._unheeded = 0
            if self.is_trial(used):
                self._adopt(used)
        else:
            self._unheeded += 1
            if self._unheeded >= UNHEEDED:
                self.take_back()

    def _adopt(self, dialect: RequestDialect) -> None:
        if left := dialect.without - self.usual.without:
            log.info(f"The API does not take {', '.join(sorted(left))}: it is left out from now on.")
        elif dialect == USUAL:
            log.info("The API is asked as at first again: what was learnt of its parameters does not hold any more.")
        self.usual, self._learnt_at = dialect, self._clock()
        self._trial, self._unheeded, self._teachable = None, 0, True

    def lessons(self) -> dict[str, str]:
        """Return what was learnt, by its name, as it is kept."""
        found = {
            "thinking": (THINKING_STYLES[self.usual.style] or NO_STYLE) if self.usual.style else "",
            "without": " ".join(sorted(self.usual.without)),
            "budget": "wanted" if self.usual.budget else "",
        }
        return {name: value for name, value in found.items() if value}

    def recall(self, lessons: Mapping[str, str], age: float) -> None:
        """Take up what was learnt `age` seconds ago, as `lessons` returned it; what is unknown today is left out."""
        style = lessons.get("thinking", "").removesuffix(NO_STYLE)
        known = style in THINKING_STYLES and "thinking" in lessons
        without = frozenset(lessons.get("without", "").split())
        self.usual = RequestDialect(THINKING_STYLES.index(style) if known else 0, without, "budget" in lessons)
        self._learnt_at = self._clock() - age
