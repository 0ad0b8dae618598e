"""Waiting in tests until something is as expected, with a deadline instead of a fixed sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

SECONDS = 10.0
"""How long is waited where a test gives no other deadline."""


async def eventually(expected: Callable[[], T], seconds: float = SECONDS) -> T:
    """Call `expected` every 5 ms and return its first true value. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := expected()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.005)
    return value


async def until(look: Callable[[], Awaitable[T]], expected: Callable[[T], bool], seconds: float = SECONDS) -> T:
    """Await `look` every 5 ms; return its first value that `expected` takes. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not expected(value := await look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.005)
    return value
