"""Keep to Discord's rate limits: careful numbers to begin with, then those that its answers name."""

import math
import re
import time
from collections.abc import Mapping
from types import SimpleNamespace

import aiohttp
from discord.http import Route

from adapters.common.rate_limiter import Kind, Rate, RateLimiter, Rates
from adapters.discord.clock import Clock

RATES = Rates(
    send=(Rate(5, 5.0),),
    edit=(Rate(5, 5.0),),
    typing=(Rate(5, 5.0),),
    overall=(Rate(50, 1.0),),
)
"""Hold what Discord usually grants in a channel, and its documented global limit (developer docs, Rate Limits)."""

_ROUTE = re.compile(r"/channels/(\d+)/(messages|typing)(/\d+)?")
_KINDS: Mapping[tuple[str, str, bool], Kind] = {
    ("POST", "messages", False): "send",
    ("PATCH", "messages", True): "edit",
    ("POST", "typing", False): "typing",
}


def rate_limit_trace(rate_limiter: RateLimiter, clock: Clock) -> aiohttp.TraceConfig:
    """Return an aiohttp trace that hands the headers of every answer to learn(): the library keeps them to itself.

    `clock`: is told the time that they name.
    """

    async def read(_session: aiohttp.ClientSession, _: SimpleNamespace, ended: aiohttp.TraceRequestEndParams) -> None:
        if str(ended.url).startswith(Route.BASE):
            clock.told = ended.response.headers.get("Date", ""), time.monotonic()
        learn(rate_limiter, ended.method, ended.url.path, ended.response.status, ended.response.headers)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(read)
    return trace


def learn(rate_limiter: RateLimiter, method: str, path: str, status: int, headers: Mapping[str, str]) -> None:
    """Pass the limits in the X-RateLimit headers of an answer to the rate limiter; ignore headers that make no sense.

    Source: Discord's developer documentation, Rate Limits.
    """
    route = _ROUTE.search(path)
    kind = _KINDS.get((method, route[2], bool(route[3]))) if route else None
    try:
        if status == 429:
            _refused(rate_limiter, route[1] if route else "", kind, headers)
        elif route and kind and "X-RateLimit-Limit" in headers:
            limit, left = int(headers["X-RateLimit-Limit"]), int(headers["X-RateLimit-Remaining"])
            # The first answer in a window tells its length, less the moment since it began: round up to tenths.
            if (
                0 <= left == limit - 1
                and (seconds := math.ceil(float(headers["X-RateLimit-Reset-After"]) * 10) / 10) > 0
            ):
                rate_limiter.learn(route[1], kind, Rate(limit, seconds))
    except (KeyError, ValueError, OverflowError):
        return


def _refused(rate_limiter: RateLimiter, channel: str, kind: Kind | None, headers: Mapping[str, str]) -> None:
    seconds = float(headers.get("X-RateLimit-Reset-After") or headers["Retry-After"])
    if not math.isfinite(seconds):
        return
    if headers.get("X-RateLimit-Global"):
        rate_limiter.freeze_all(seconds)
    elif kind:
        rate_limiter.freeze(channel, kind, seconds)
