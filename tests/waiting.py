"""Waiting in tests until something is as expected, with a deadline instead of a fixed sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

SECONDS = 10.0
"""How long is waited where a test gives no other deadline."""


async def eventually(expected: Callable[[], T], seconds: float = SECONDS) -> T:
    """Call `expected` every few ms and return its first true value. Raises AssertionError after `seconds`."""
    begun = time.monotonic()
    while not (value := expected()):
        await _pause(time.monotonic() - begun, seconds)
    return value


async def until(look: Callable[[], Awaitable[T]], expected: Callable[[T], bool], seconds: float = SECONDS) -> T:
    """Await `look` every few ms; return its first value that is `expected`. Raises AssertionError after `seconds`."""
    begun = time.monotonic()
    while not expected(value := await look()):
        await _pause(time.monotonic() - begun, seconds)
    return value


async def _pause(waited: float, seconds: float) -> None:
    """Sleep for a tenth of what was `waited` already, 2 to 20 ms: looking on and on slows down what is waited for."""
    assert waited < seconds, f"not within {seconds} s"
    await asyncio.sleep(min(max(waited / 10, 0.002), 0.02))
