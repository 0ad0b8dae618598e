"""Tell whether a request that shows an answer begins too late: another process may show the answer by then."""

import math
import time
from contextvars import ContextVar

LATE_SECONDS = 3.0
"""How long after looked() a request may begin, in seconds; a claim holds for twice as long: see core.claims."""

_looked_at: ContextVar[float] = ContextVar("looked_at", default=math.inf)


def looked(at: float) -> None:
    """Note when it was looked whether the answer which the current task shows is this process's to show.

    at: before that look, as time.monotonic() counts: a process may be suspended between the look and the request.
    """
    _looked_at.set(at)


def is_late() -> bool:
    """Tell whether more than LATE_SECONDS have passed since looked(); False in a task that shows no answer."""
    return time.monotonic() - _looked_at.get() > LATE_SECONDS
