"""The rate limiter: delays requests to what a platform allows in each chat and in all; final texts go first."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal, Self

Kind = Literal["send", "edit", "typing", "read", "mark"]
"""The kinds of requests that platforms limit separately; a mark is one on a message that is declined.

Previews that vanish by themselves (Telegram's drafts) count as typing; reading has only the platform-wide limit."""

MOST_IDLE = 1000
"""How many limits of chats are kept before the idle ones are forgotten."""

FINAL, FIRST, GROWING, NOTICE = range(4)
"""The ranks of requests, the first one first: final texts, the first text of an answer, texts that still grow, and the
bridge's own notices, which never stand before an answer."""

RANKS: Mapping[Kind, int] = {"send": FIRST, "edit": GROWING, "typing": GROWING, "read": GROWING, "mark": NOTICE}
"""The rank of each kind of request whose text is not final."""

EVEN: Collection[Kind] = ("edit", "typing")
"""The kinds of requests whose growing texts are spaced evenly."""

RESERVE = 1
"""Permits in each chat that only final texts may use; notices leave half of all."""

SHARES = (1.0, 0.5, 0.3, 0.2)
"""The share of the platform-wide rate that each rank may use, so that many answers can end at once."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` requests within any window of `seconds`."""

    count: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> tuple[Self, ...]:
        """Parse the rates of a setting: "5/5" or "3/3 20/60", each count/seconds; "0" is none. Raises ValueError."""
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
    """A granted request. `ended`: when it was over, in seconds of the clock.

    Until then it counts in every window, for the platform may count it at any moment.
    """

    ended: float = math.inf


class Waiters:
    """Grants the requests of one limit by rank, and within a rank in the order of their arrival.

    `rates`: all of them hold. `allowed` tells how many requests of a rate a rank may use. `even`: growing texts are
    spaced evenly instead of in bursts. `clock` gives seconds.
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
        self._last_growing = -math.inf
        self._frozen_until = -math.inf
        self._waiting: tuple[deque[asyncio.Future[Permit]], ...] = tuple(deque() for _ in SHARES)
        self._timer: asyncio.TimerHandle | None = None
        self.rates: tuple[Rate, ...] = ()
        self._longest = self._interval = 0.0
        self.set(rates)

    def set(self, rates: Iterable[Rate]) -> None:
        """Replace the rates; requests that were granted count on."""
        rates = tuple(rates)
        if rates == self.rates:
            return
        self.rates = rates
        self._longest = max((rate.seconds for rate in self.rates), default=0.0)
        self._interval = max((rate.seconds / self._allowed(rate, GROWING) for rate in self.rates), default=0.0)

    async def acquire(self, rank: int) -> Permit:
        """Wait until a request of this rank may be made; pass its permit to end() or cancel() then."""
        if not any(self._waiting) and self.wait(rank) <= 0:
            return self._grant(rank)
        turn: asyncio.Future[Permit] = asyncio.get_running_loop().create_future()
        self._waiting[rank].append(turn)
        self._grant_due()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.cancel(turn.result())
            raise

    def end(self, permit: Permit) -> None:
        """Count a request that is over as made now, the latest moment at which the platform can have counted it."""
        permit.ended = self._clock()
        if any(self._waiting):
            self._grant_due()

    def cancel(self, permit: Permit) -> None:
        """Take back the permit of a request that was not made, so that it does not count."""
        with suppress(ValueError):  # nothing was counted while there were no rates
            self._permits.remove(permit)
        self._grant_due()

    def freeze(self, seconds: float) -> None:
        """Grant nothing for so many seconds, as the platform demanded; requests that wait are not granted earlier."""
        self._frozen_until = max(self._frozen_until, self._clock() + seconds)

    def wait(self, rank: int) -> float:
        """Return the least seconds until a request of this rank may be made; 0 or less: now."""
        now = self._clock()
        while self._permits and self._permits[0].ended <= now - self._longest:
            self._permits.popleft()
        wait = self._frozen_until - now
        if self._even and rank == GROWING:
            wait = max(wait, self._last_growing + self._interval - now)
        for rate in self.rates:
            allowed = self._allowed(rate, rank)
            if len(self._permits) >= allowed:
                wait = max(wait, self._full(rate, allowed, now))
        return wait

    @property
    def idle(self) -> bool:
        """Tell whether it could be forgotten: nobody waits, and no request counts or is held back."""
        return self.wait(FINAL) <= 0 and not self._permits and not any(self._waiting)

    def _full(self, rate: Rate, allowed: int, now: float) -> float:
        """Return the seconds until fewer than `allowed` requests lie within the rate's window."""
        moments = sorted(min(permit.ended, now) for permit in self._permits if permit.ended > now - rate.seconds)
        return moments[-allowed] + rate.seconds - now if len(moments) >= allowed else 0.0

    def _grant(self, rank: int) -> Permit:
        permit = Permit()
        if self.rates:
            self._permits.append(permit)
        if rank == GROWING:
            self._last_growing = self._clock()
        return permit

    def _grant_due(self) -> None:
        """Grant what may be requested now, and call itself again when the next request may be made."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for rank, queue in enumerate(self._waiting):
            while queue:
                if queue[0].done():  # who waited has given up
                    queue.popleft()
                elif (seconds := self.wait(rank)) > 0:
                    self._timer = asyncio.get_running_loop().call_later(seconds, self._grant_due)
                    return
                else:
                    queue.popleft().set_result(self._grant(rank))


def chat_allowance(rate: Rate, rank: int) -> int:
    """Return how many requests of a chat's rate a rank may use."""
    if rank == NOTICE:
        return max(1, rate.count // 2)
    return rate.count if rank == FINAL else max(1, rate.count - RESERVE)


def overall_allowance(rate: Rate, rank: int) -> int:
    """Return how many requests of the platform-wide rate a rank may use."""
    return max(1, int(rate.count * SHARES[rank]))


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of a platform: in each chat by kind, and `overall` for all requests together.

    `group` holds besides for sends and edits in chats where many talk.
    """

    send: tuple[Rate, ...] = ()
    edit: tuple[Rate, ...] = ()
    typing: tuple[Rate, ...] = ()
    group: tuple[Rate, ...] = ()
    overall: tuple[Rate, ...] = ()
    mark: tuple[Rate, ...] = (Rate(10, 10.0),)

    def of(self, kind: Kind, *, group: bool) -> tuple[Rate, ...]:
        """Return the rates of one chat for a kind of request; all of them hold. `group`: many talk in it."""
        if kind == "read":
            return ()
        if kind in ("typing", "mark"):
            return self.typing if kind == "typing" else self.mark
        own = self.send if kind == "send" else self.edit
        return (*own, *self.group) if group else own


class RateLimiter:
    """Delays all requests of one adapter to the rates that its platform allows.

    `is_group` tells by a chat's id whether many talk in it; None where that makes no difference. `clock` gives seconds.
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
        self._overall = Waiters(rates.overall, overall_allowance, clock=clock)
        self._waiters: dict[tuple[str, Kind], Waiters] = {}

    @asynccontextmanager
    async def permit(self, chat: str, kind: Kind, *, final: bool, notice: bool = False) -> AsyncIterator[None]:
        """Wait until the request that the context encloses may be made, and count it as over on leaving.

        `notice`: it only shows a sentence of the bridge.
        """
        waiters = self._waiters_of(chat, kind)
        rank = NOTICE if notice else FINAL if final else RANKS[kind]
        permit = await waiters.acquire(rank)
        try:
            overall = await self._overall.acquire(rank)
        except BaseException:
            waiters.cancel(permit)
            raise
        try:
            yield
        finally:
            waiters.end(permit)
            self._overall.end(overall)

    def spare(self, chat: str, kind: Kind) -> bool:
        """Tell whether a request that can be left out may be made now."""
        rank = RANKS[kind]
        return self._waiters_of(chat, kind).wait(rank) <= 0 and self._overall.wait(rank) <= 0

    def freeze(self, chat: str, kind: Kind, seconds: float) -> None:
        """Delay this kind of request in this chat by at least so many seconds, after the platform refused one."""
        self._waiters_of(chat, kind).freeze(seconds)

    def freeze_all(self, seconds: float) -> None:
        """Delay every request by at least so many seconds, after the platform refused one for its overall limit."""
        self._overall.freeze(seconds)

    def learn(self, chat: str, kind: Kind, rate: Rate) -> None:
        """Replace the rates of this kind of request in this chat by one that the platform named."""
        self._waiters_of(chat, kind).set((rate,))

    def wait(self, chat: str, kind: Kind, *, final: bool) -> float:
        """Return the least seconds that a request of this kind in this chat would wait; 0 or less: none."""
        waiters, rank = self._waiters_of(chat, kind), FINAL if final else RANKS[kind]
        return max(waiters.wait(rank), self._overall.wait(rank))

    def rates(self, chat: str, kind: Kind) -> tuple[Rate, ...]:
        """Return the rates of this kind of request in this chat, as configured or as learn() replaced them."""
        return self._waiters_of(chat, kind).rates

    @property
    def known(self) -> int:
        """Return for how many pairs of a chat and a kind of request a limit is kept."""
        return len(self._waiters)

    def _waiters_of(self, chat: str, kind: Kind) -> Waiters:
        waiters = self._waiters.get((chat, kind))
        if waiters is None:
            if len(self._waiters) > MOST_IDLE:
                self._waiters = {name: waiters for name, waiters in self._waiters.items() if not waiters.idle}
            rates = self._rates.of(kind, group=self._is_group is not None and self._is_group(chat))
            waiters = self._waiters[chat, kind] = Waiters(rates, chat_allowance, even=kind in EVEN, clock=self._clock)
        return waiters
