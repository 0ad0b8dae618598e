"""Asking again after a fault that passes: soon at first, then later."""

from collections.abc import AsyncIterator, Callable

import stamina

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 8.0


def retries(again: Callable[[Exception], bool]) -> AsyncIterator[stamina.Attempt]:
    """The attempts, each a context; an error in it is followed by another attempt where `again` says so."""
    return aiter(
        stamina.retry_context(
            on=again,
            attempts=None,
            timeout=None,
            wait_initial=FIRST_SECONDS,
            wait_max=LONGEST_SECONDS,
            wait_jitter=FIRST_SECONDS,
        )
    )
