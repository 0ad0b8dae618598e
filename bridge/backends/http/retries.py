"""Retries after a passing fault, with exponential backoff and jitter, or after the time that the server names."""

from collections.abc import AsyncIterator, Callable

import stamina

from bridge.errors import AskLater

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 8.0
"""Bound the wait before a retry; the jitter adds up to FIRST_SECONDS."""

LONGEST_AFTER_SECONDS = 60.0
"""Bounds the wait that a server may ask for: where it is longer, the person is told instead."""


def retries(again: Callable[[Exception], bool]) -> AsyncIterator[stamina.Attempt]:
    """Yield attempts, each a context manager; an error inside is followed by another attempt if `again(error)`.

    Waits for as long as the error says that the server asked. Raises the last error where there is no other attempt.
    """

    def wait(error: Exception) -> bool | float:
        after = error.after if isinstance(error, AskLater) else 0.0
        if after > LONGEST_AFTER_SECONDS or not again(error):
            return False
        return after + FIRST_SECONDS if after else True

    return aiter(
        stamina.retry_context(
            on=wait,
            attempts=None,
            timeout=None,
            wait_initial=FIRST_SECONDS,
            wait_max=LONGEST_SECONDS,
            wait_jitter=FIRST_SECONDS,
        )
    )
