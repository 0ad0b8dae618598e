"""Waiting in tests: for what is expected, with a deadline, never for a fixed time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

SECONDS = 10.0


async def eventually(expected: Callable[[], T], seconds: float = SECONDS) -> T:
    """The first true value of `expected`. Raises AssertionError when it does not come in so many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := expected()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.005)
    return value


async def until(look: Callable[[], Awaitable[T]], expected: Callable[[T], bool], seconds: float = SECONDS) -> T:
    """What `look` gives, once it is as expected. Raises AssertionError when it is not in so many seconds."""
    deadline = time.monotonic() + seconds
    while not expected(value := await look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.005)
    return value
