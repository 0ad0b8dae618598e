"""The way to the database that does not give up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bridge.errors import StoreTrouble
from bridge.runtime.backoff import Backoff

T = TypeVar("T")

LONGEST_PAUSE_SECONDS = 5.0
"""Between two tries of a database that does not work."""

REMEDY = "No question is taken meanwhile. Check its disk and permissions, and whether another program holds it."


class Firmly:
    """Does something with the store, again and again until it works: nothing that is known may be lost.

    A disk that is full may still take something small: the trouble is over when all that failed has been done.
    """

    def __init__(self) -> None:
        self._backoff = Backoff("The database", REMEDY, fails="does not work", over="works")
        self._failing = 0
        self._ended = False

    def end(self) -> None:
        """The store is about to be closed: what fails from now on is given up."""
        self._ended = True

    async def __call__(self, action: Callable[[], Awaitable[T]]) -> T:
        """What the action returns, once it does not raise StoreTrouble any more."""
        try:
            return await action()
        except StoreTrouble as error:
            if self._ended:
                raise asyncio.CancelledError from None
            self._failing += 1
            try:
                done = await self._again(action, error)
            finally:
                self._failing -= 1
            if not self._failing:
                self._backoff.succeeded()
            return done

    async def _again(self, action: Callable[[], Awaitable[T]], error: StoreTrouble) -> T:
        while True:
            await asyncio.sleep(min(self._backoff.failed(error.reason), LONGEST_PAUSE_SECONDS))
            try:
                return await action()
            except StoreTrouble as again:
                if self._ended:
                    raise asyncio.CancelledError from None
                error = again
