"""Retries after a passing fault, with exponential backoff and jitter."""

from collections.abc import AsyncIterator, Callable

import stamina

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 8.0
"""Bound the wait before a retry; the jitter adds up to FIRST_SECONDS."""


def retries(again: Callable[[Exception], bool]) -> AsyncIterator[stamina.Attempt]:
    """Yield attempts, each a context manager; an error inside is followed by another attempt if `again(error)`.

    Raises the last error where it is not.
    """
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
