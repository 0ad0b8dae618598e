"""The way to the database that does not give up."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Firmly(Protocol):
    """Does something with the store, again and again until it works: nothing that is known may be lost."""

    async def __call__(self, action: Callable[[], Awaitable[T]]) -> T: ...
