"""Flood control as the pretended Bot API enforces it.

Telegram does not publish its numbers; these are the ones it advises, each a sliding window:

- messages: 3 in 3 s per chat (one per second with a small burst), in groups also 20 per minute;
- edits: the same numbers, counted apart from messages;
- chat actions: 20 in 5 s and 40 in 30 s per chat;
- messages and edits together: 30 per second over all chats.

A refused request does not count, but its bucket stays closed for the whole ``retry_after``: whoever comes sooner is
refused again and is counted as impatient. All topics of a group are one chat.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

Rate = tuple[int, float]
"""So many requests in so many seconds."""


@dataclass(frozen=True)
class Limits:
    """The numbers of flood control; an empty tuple switches one of them off."""

    messages: tuple[Rate, ...] = ((3, 3.0),)
    edits: tuple[Rate, ...] = ((3, 3.0),)
    group: tuple[Rate, ...] = ((20, 60.0),)
    actions: tuple[Rate, ...] = ((20, 5.0), (40, 30.0))
    overall: tuple[Rate, ...] = ((30, 1.0),)

    def rates(self, kind: str, *, group: bool) -> tuple[Rate, ...]:
        """Return what holds in one chat for ``messages``, ``edits`` or ``actions``."""
        if kind == "actions":
            return self.actions
        own = self.messages if kind == "messages" else self.edits
        return (*own, *self.group) if group else own


class _Bucket:
    def __init__(self) -> None:
        self.times: deque[float] = deque()
        self.closed_until = 0.0

    def wait(self, rates: tuple[Rate, ...], now: float) -> float:
        """Return the seconds until one more is allowed by all rates."""
        longest = max((seconds for _, seconds in rates), default=0.0)
        while self.times and self.times[0] <= now - longest:
            self.times.popleft()
        waits = [self.closed_until - now]
        for limit, seconds in rates:
            if len(self.times) >= limit:
                waits.append(self.times[-limit] + seconds - now)
        return max(waits)


class FloodControl:
    """Counts what the bot does per chat and over all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits: Limits | None = Limits()
        self.refused = 0
        self.impatient = 0
        self._clock = clock
        self._buckets: dict[tuple[str, int], _Bucket] = {}

    def take(self, kind: str, chat_id: int, *, group: bool) -> int:
        """Count one request, and return the seconds to wait (0 when it may pass)."""
        if self.limits is None:
            return 0
        now = self._clock()
        wanted = [(self._bucket(kind, chat_id), self.limits.rates(kind, group=group))]
        if kind != "actions":
            wanted.append((self._bucket("overall", 0), self.limits.overall))
        waits = [bucket.wait(rates, now) for bucket, rates in wanted]
        if max(waits) <= 0:
            for bucket, _ in wanted:
                bucket.times.append(now)
            return 0
        return self._refuse([bucket for (bucket, _), wait in zip(wanted, waits, strict=True) if wait > 0], waits, now)

    def _refuse(self, buckets: list[_Bucket], waits: list[float], now: float) -> int:
        self.refused += 1
        self.impatient += any(bucket.closed_until > now for bucket in buckets)
        seconds = max(1, math.ceil(max(waits)))
        for bucket in buckets:
            bucket.closed_until = max(bucket.closed_until, now + seconds)
        return seconds

    def _bucket(self, kind: str, chat_id: int) -> _Bucket:
        return self._buckets.setdefault((kind, chat_id), _Bucket())
