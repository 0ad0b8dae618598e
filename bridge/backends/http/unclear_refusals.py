"""Tells whose an unclear refusal is, one question's or everybody's: what becomes of other questions decides."""

from dataclasses import dataclass
from typing import Literal

MOST_REFUSALS = 3
"""Counts how often a question is asked that is refused while nobody is answered, before its person is told."""

MOST_REMEMBERED = 1000
"""Bounds how many refused questions are remembered; the oldest give way."""

Verdict = Literal["unknown", "own", "spent", "all"]
"""Says what a refusal means.

unknown   no other question was answered or refused since the last answer
own       another question was answered since it was refused before
spent     it was refused for the MOST_REFUSALS-th time, and no other question was answered meanwhile
all       different questions were refused since the last answer
"""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A refused question. `asked`: when it was asked; `noted`: when it was refused last; `times`: how often."""

    asked: int
    noted: int
    times: int


class UnclearRefusals:
    """Remembers which questions were refused unclearly, and when a question was answered last.

    Questions are opaque keys. Moments are counted, not measured: `now` returns a new one, later than all before.
    """

    def __init__(self) -> None:
        self._now = 0
        self._answered = 0
        self._newest_suspect = 0
        self._refused: dict[int, _Refused] = {}

    def now(self) -> int:
        """Return a new moment."""
        self._now += 1
        return self._now

    def answered(self, question: int, asked: int) -> None:
        """Note that a question was answered, which was asked at the moment `asked`."""
        self._refused.pop(question, None)
        self._answered = max(self._answered, asked)

    def refused(self, question: int, asked: int) -> Verdict:
        """Note that a question was refused, which was asked at the moment `asked`; return what that means."""
        before = self._refused.pop(question, None)
        if before is None or asked < before.noted:  # or one of several that were asked at the same time
            times = before.times if before else 1
        elif before.asked < self._answered:
            self._keep(question, _Refused(before.asked, self.now(), before.times))  # which says nothing of others
            return "own"
        else:
            times = before.times + 1
        others = any(self.suspects(other) for other in self._refused)
        self._keep(question, _Refused(asked, self.now(), times))
        self._newest_suspect = max(self._newest_suspect, asked)
        if times >= MOST_REFUSALS:
            return "spent"
        return "all" if others else "unknown"

    def suspects(self, question: int) -> bool:
        """Tell whether a question was refused, and none that was asked later was answered."""
        return self.asked(question) > self._answered

    @property
    def any_suspect(self) -> bool:
        """Tell whether there is any such question."""
        return self._newest_suspect > self._answered

    def asked(self, question: int) -> int:
        """Return the moment at which a question was asked that was refused; 0 for one that was not refused."""
        return self._refused[question].asked if question in self._refused else 0

    def forget(self) -> None:
        """Forget all refusals: the operator has done something."""
        self._refused.clear()
        self._newest_suspect = 0

    def _keep(self, question: int, refused: _Refused) -> None:
        self._refused[question] = refused
        if len(self._refused) > MOST_REMEMBERED:
            del self._refused[next(iter(self._refused))]
