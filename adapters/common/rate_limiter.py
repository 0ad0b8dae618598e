"""Pace: how often a platform may be asked for something, in each chat and in all; final texts go first."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal, Self

Kind = Literal["send", "edit", "typing", "read"]
"""What platforms count apart. Previews that vanish by themselves count as typing (Telegram's drafts).

Reading counts only among all that is asked of a platform."""

MOST_IDLE = 1000
"""Chats in which nothing happens are forgotten beyond this number."""

FINAL, FIRST, GROWING = range(3)
"""Who goes first: final texts, then the first ones of an answer, then those that only grow."""

RANKS: Mapping[Kind, int] = {"send": FIRST, "edit": GROWING, "typing": GROWING, "read": GROWING}
"""Of what is not final."""

RESERVE = 1
"""Permits in each chat that only final texts may use."""

SHARES = (1.0, 0.5, 0.3)
"""The part of what is allowed platform-wide that each may use, so that there is room when many answers end at once."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Allows at most `count` requests in any `seconds`."""

    count: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> tuple[Self, ...]:
        """Read rates as in settings: "5/5" or "3/3 20/60", each count/seconds; "0" is none. Raises ValueError."""
        if text.strip() == "0":
            return ()
        rates = []
        for word in text.split():
            count, _, seconds = word.partition("/")
            rate = cls(int(count), float(seconds))
            if rate.count < 1 or not 0 < rate.seconds < math.inf:
                raise ValueError(word)
            rates.append(rate)
        if not rates:
            raise ValueError(text)
        return tuple(rates)


@dataclass(slots=True, eq=False)
class Permit:
    """Stands for one request, from when it may be made; until it has `ended` it may be counted at any moment."""

    ended: float = math.inf


class Waiters:
    """Queues those who wait for one limit: by their rank, and among equals as they came.

    `allowed` tells how many of a rate's permits a rank may use; where `even`, growing texts keep an even pace.
    """

    def __init__(
        self,
        rates: Iterable[Rate],
        allowed: Callable[[Rate, int], int],
        *,
        even: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = allowed
        self._even = even
        self._clock = clock
        self._permits: deque[Permit] = deque()
        self._grew = -math.inf
        self._frozen_until = -math.inf
        self._waiting: tuple[deque[asyncio.Future[Permit]], ...] = (deque(), deque(), deque())
        self._timer: asyncio.TimerHandle | None = None
        self.rates: tuple[Rate, ...] = ()
        self._longest = self._interval = 0.0
        self.set(rates)

    def set(self, rates: Iterable[Rate]) -> None:
        """Let these rates hold from now on."""
        rates = tuple(rates)
        if rates == self.rates:
            return
        self.rates = rates
        self._longest = max((rate.seconds for rate in self.rates), default=0.0)
        self._interval = max((rate.seconds / self._allowed(rate, GROWING) for rate in self.rates), default=0.0)

    async def take(self, rank: int) -> Permit:
        """Wait until a request may be made; its permit then has to be ended or given back."""
        if not any(self._waiting) and self.wait(rank) <= 0:
            return self._use(rank)
        turn: asyncio.Future[Permit] = asyncio.get_running_loop().create_future()
        self._waiting[rank].append(turn)
        self._pump()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(turn.result())
            raise

    def end(self, permit: Permit) -> None:
        """End a request: from now on it counts as made at this moment, the latest that it can have been."""
        permit.ended = self._clock()
        if any(self._waiting):
            self._pump()

    def give_back(self, permit: Permit) -> None:
        """Give a permit back for a request that was not made."""
        with suppress(ValueError):  # nothing was counted while there were no rates
            self._permits.remove(permit)
        self._pump()

    def freeze(self, seconds: float) -> None:
        """Let nothing be asked for so many seconds: the platform said so."""
        self._frozen_until = max(self._frozen_until, self._clock() + seconds)

    def wait(self, rank: int) -> float:
        """Tell the seconds until a request may be made at the soonest; 0 or less: now."""
        now = self._clock()
        while self._permits and self._permits[0].ended <= now - self._longest:
            self._permits.popleft()
        wait = self._frozen_until - now
        if self._even and rank == GROWING:
            wait = max(wait, self._grew + self._interval - now)
        for rate in self.rates:
            allowed = self._allowed(rate, rank)
            if len(self._permits) >= allowed:
                wait = max(wait, self._full(rate, allowed, now))
        return wait

    @property
    def idle(self) -> bool:
        """Tell whether nothing would be different without it."""
        return self.wait(FINAL) <= 0 and not self._permits and not any(self._waiting)

    def _full(self, rate: Rate, allowed: int, now: float) -> float:
        """Seconds until fewer than `allowed` requests lie within the rate's time."""
        moments = sorted(min(permit.ended, now) for permit in self._permits if permit.ended > now - rate.seconds)
        return moments[-allowed] + rate.seconds - now if len(moments) >= allowed else 0.0

    def _use(self, rank: int) -> Permit:
        permit = Permit()
        if self.rates:
            self._permits.append(permit)
        if rank == GROWING:
            self._grew = self._clock()
        return permit

    def _pump(self) -> None:
        """Let those go whose time has come, and look again when the next one's may have."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for rank, queue in enumerate(self._waiting):
            while queue:
                if queue[0].done():  # who waited has given up
                    queue.popleft()
                elif (seconds := self.wait(rank)) > 0:
                    self._timer = asyncio.get_running_loop().call_later(seconds, self._pump)
                    return
                else:
                    queue.popleft().set_result(self._use(rank))


def in_chat(rate: Rate, rank: int) -> int:
    """Tell how many of a chat's permits a rank may use."""
    return rate.count if rank == FINAL else max(1, rate.count - RESERVE)


def overall(rate: Rate, rank: int) -> int:
    """Tell how many of the platform-wide permits a rank may use."""
    return max(1, int(rate.count * SHARES[rank]))


@dataclass(frozen=True, slots=True)
class Rates:
    """Holds what a platform allows in each chat, by kind, and in all; `group` for sends and edits where many talk."""

    send: tuple[Rate, ...] = ()
    edit: tuple[Rate, ...] = ()
    typing: tuple[Rate, ...] = ()
    group: tuple[Rate, ...] = ()
    overall: tuple[Rate, ...] = ()

    def of(self, kind: Kind, *, group: bool) -> tuple[Rate, ...]:
        """Give what holds in one chat for a kind of request."""
        if kind == "read":
            return ()
        if kind == "typing":
            return self.typing
        own = self.send if kind == "send" else self.edit
        return (*own, *self.group) if group else own


class RateLimiter:
    """Keeps to what one platform allows, for all the answers that are shown there.

    `is_group` tells by a chat's id whether many talk in it, where that makes a difference; `clock` gives seconds.
    """

    def __init__(
        self,
        rates: Rates,
        is_group: Callable[[str], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = rates
        self._is_group = is_group
        self._clock = clock
        self._overall = Waiters(rates.overall, overall, clock=clock)
        self._waiters: dict[tuple[str, Kind], Waiters] = {}

    @asynccontextmanager
    async def permit(self, chat: str, kind: Kind, *, final: bool) -> AsyncIterator[None]:
        """Enter when this request may be made, and leave when it is over."""
        waiters, rank = self._waiters_of(chat, kind), FINAL if final else RANKS[kind]
        permit = await waiters.take(rank)
        try:
            everywhere = await self._overall.take(rank)
        except BaseException:
            waiters.give_back(permit)
            raise
        try:
            yield
        finally:
            waiters.end(permit)
            self._overall.end(everywhere)

    def spare(self, chat: str, kind: Kind) -> bool:
        """Tell whether there is room for something that nobody would miss."""
        return self._waiters_of(chat, kind).wait(GROWING) <= 0 and self._overall.wait(GROWING) <= 0

    def freeze(self, chat: str, kind: Kind, seconds: float) -> None:
        """Hold this kind of request in this chat back for so many seconds: the platform refuses it."""
        self._waiters_of(chat, kind).freeze(seconds)

    def freeze_all(self, seconds: float) -> None:
        """Hold everything back for so many seconds: the platform refuses it."""
        self._overall.freeze(seconds)

    def learn(self, chat: str, kind: Kind, rate: Rate) -> None:
        """Keep to another rate in this chat, of which the platform told."""
        self._waiters_of(chat, kind).set((rate,))

    def wait(self, chat: str, kind: Kind, *, final: bool) -> float:
        """Tell how many seconds a request of this kind in this chat has to wait at least; 0 or less: none."""
        waiters, rank = self._waiters_of(chat, kind), FINAL if final else RANKS[kind]
        return max(waiters.wait(rank), self._overall.wait(rank))

    def rates(self, chat: str, kind: Kind) -> tuple[Rate, ...]:
        """Tell which rates hold for this kind of request in this chat, as configured or as learnt."""
        return self._waiters_of(chat, kind).rates

    @property
    def known(self) -> int:
        """Tell for how many chats and kinds of request something is remembered."""
        return len(self._waiters)

    def _waiters_of(self, chat: str, kind: Kind) -> Waiters:
        waiters = self._waiters.get((chat, kind))
        if waiters is None:
            if len(self._waiters) > MOST_IDLE:
                self._waiters = {name: waiters for name, waiters in self._waiters.items() if not waiters.idle}
            rates = self._rates.of(kind, group=self._is_group is not None and self._is_group(chat))
            waiters = self._waiters[chat, kind] = Waiters(rates, in_chat, even=kind != "send", clock=self._clock)
        return waiters
