"""Keep a platform's "is typing …" shown while an answer is being written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from adapters.common.rate_limiter import RateLimiter


@asynccontextmanager
async def typing_indicator(
    send: Callable[[], Awaitable[None]], rate_limiter: RateLimiter, channel: str, seconds: float
) -> AsyncIterator[None]:
    """Call `send` every so many seconds until the block is left, skipping calls that would use up the rate limit.

    `send` must not raise: what fails in it must not reach the answer.
    """
    task = asyncio.create_task(_repeat(send, rate_limiter, channel, seconds))
    try:
        yield
    finally:
        task.cancel()


async def _repeat(send: Callable[[], Awaitable[None]], rate_limiter: RateLimiter, channel: str, seconds: float) -> None:
    while True:
        if rate_limiter.spare(channel, "typing"):
            await send()
        await asyncio.sleep(seconds)
