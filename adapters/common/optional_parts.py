"""Sends a message without the optional parts that its platform refuses."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

Result = TypeVar("Result")


async def leaving_off(
    request: Callable[..., Awaitable[Result]], options: Mapping[str, Any], refused_part: Callable[[Exception], str]
) -> Result:
    """Make a request with these options, and again without each one that `refused_part` names for its error.

    Raises what the request raises where that is about none of the options, as far as they are given.
    """
    left = dict(options)
    while True:
        try:
            return await request(**left)
        except Exception as error:
            if left.pop(refused_part(error), None) is None:
                raise
