"""Check that a person may talk and has questions left, before anything is spent, and say which refusal they get."""

import math
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bridge.access import Limits
from bridge.core.policy import Policy
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey
from bridge.ports import Declined
from bridge.store import Arrival, Budget, Refusal, Store

TOLD_SECONDS = 3600.0
"""The shortest time, in seconds, between two refusals of one kind to one person in one place."""

MOST_TOLD = 10_000
"""How many refusals are remembered; whose was forgotten is told again."""

MOST_SAID, SAID_SECONDS = 5, 60.0
"""How many refusals and notices are said in one place, to all together, within so many seconds."""

CROWD = 10
"""How many times Policy.most_waiting may wait where every further question is the only one of its author."""

MINUTES_UNTIL = 2 * 3600.0
"""The longest time, in seconds, that is said in minutes; a longer one is said in hours."""


UNLIMITED = Limits()

Look = Callable[[ConversationKey, str, Limits], Awaitable[Refusal | None]]
"""Returns the refusal where a person of this id has no question left: see QuestionUsage.count and .refusal."""


class Told:
    """Remembers in memory who was told what, and where; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at: dict[tuple[ConversationKey, str, str], float] = {}
        self._said: dict[ConversationKey, deque[float]] = {}

    def again(self, key: ConversationKey, author: str, what: str) -> bool:
        """Tell whether this is not to be said: they were told so in the last TOLD_SECONDS, or much is said here.

        If it is to be said, it counts as said now.
        """
        now, told = self._clock(), (key.place, author, what)
        if _within(TOLD_SECONDS, self._at.get(told), now):
            return True
        said = self._said.pop(key.place, None) or deque(maxlen=MOST_SAID)
        self._said[key.place] = said
        if len(said) == MOST_SAID and _within(SAID_SECONDS, said[0], now):
            return True
        self._at.pop(told, None)  # so that the oldest one comes first
        self._at[told] = now
        said.append(now)
        _forget_oldest(self._at)
        _forget_oldest(self._said)
        return False


class Admission:
    """Decides who may talk and counts questions. The operator's admins may always talk, without a limit."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy
        self._access = policy.access
        self._limits = policy.limits
        self._told = Told(store.usage.clock)

    def with_rights(self, author: Author, key: ConversationKey) -> Author:
        """Return the author, with `admin` set where the operator named them an admin."""
        return replace(author, admin=True) if self._access.standing(author, key) == "admin" else author

    def barred(self, author: Author, key: ConversationKey) -> str:
        """Return the refusal for somebody who may not talk here, in their language; empty for everybody else."""
        allowed = self._access.standing(author, key) != "barred"
        return "" if allowed else translated(sentences.NOT_ALLOWED, author.language)

    def told(self, author: Author, key: ConversationKey, why: str) -> bool:
        """See Told.again. Of a notice, `why` is its sentence."""
        return self._told.again(key, author.id, why)

    async def admit(self, incoming: Incoming, arrival: Arrival) -> Incoming | Declined | None:
        """Return the message in the form to be recorded, or None if it is to be ignored.

        A refused message has the refusal as its notice, and keeps none of its words where its author may not talk.
        Where the author was told the same within TOLD_SECONDS, only the reason is returned.
        """
        key, author = incoming.key, incoming.author
        standing = self._access.standing(author, key)
        if standing == "barred":
            if not incoming.addressed or arrival.known:
                return None
            wordless = Incoming(key, incoming.message, author, "", shared=incoming.shared)
            return self._refused(wordless, "denied", translated(sentences.NOT_ALLOWED, author.language))
        if standing == "admin":
            incoming = replace(incoming, author=replace(author, admin=True))
        if arrival.known:
            return incoming
        if incoming.notice:
            return "unasked" if self.told(author, key, incoming.notice) else incoming
        if full := self.line_full(incoming, arrival):
            return self._refused(incoming, "full", full)
        if self._limits == UNLIMITED:
            return incoming
        refusal = await self.spent(author, key)
        return self._refused(incoming, "spent", refusal) if refusal else incoming

    def _refused(self, incoming: Incoming, why: Declined, refusal: str) -> Incoming | Declined:
        return why if self.told(incoming.author, incoming.key, why) else replace(incoming, notice=refusal)

    def line_full(self, incoming: Incoming, arrival: Arrival) -> str:
        """Return the refusal where too many questions wait, in the author's language; empty where this one may wait."""
        most, each = self._policy.most_waiting, self._policy.most_waiting_each
        sentence, count = sentences.LINE_FULL, arrival.waiting
        if incoming.shared and (arrival.own >= each or arrival.elsewhere >= most):
            sentence, count = sentences.OWN_LINE_FULL, arrival.elsewhere
        elif arrival.waiting < (most if arrival.own else most * CROWD):
            return ""
        return translated(sentence, incoming.author.language, count=count)

    async def budgets(self, author: Author, key: ConversationKey) -> list[Budget]:
        """List how much this person and this chat have asked, for each limit that holds for them."""
        if self._access.standing(author, key) == "admin":
            return []
        return await self._store.usage.budgets(key, author.id, self._limits)

    async def may_ask(self, incoming: Incoming, *, counted: bool) -> bool:
        """Tell whether `admit`, which explains `counted`, would let a question pass; counts none and tells nobody."""
        standing = self._access.standing(incoming.author, incoming.key)
        return standing != "barred" and (counted or not await self.refusal(incoming.author, incoming.key))

    async def spent(self, author: Author, key: ConversationKey) -> str:
        """Count a question and return ""; if none is left, return the refusal, in the author's language, uncounted.

        The refusal names the time until another question may be asked.
        """
        return await self._spent(author, key, self._store.usage.count)

    async def refusal(self, author: Author, key: ConversationKey) -> str:
        """Return what spent() would, without counting a question."""
        return await self._spent(author, key, self._store.usage.refusal)

    async def _spent(self, author: Author, key: ConversationKey, look: Look) -> str:
        if self._limits == UNLIMITED or self._access.standing(author, key) == "admin":
            return ""
        refusal = await look(key, author.id, self._limits)
        if refusal is None:
            return ""
        sentence = sentences.CHAT_BUDGET_SPENT if refusal.chat else sentences.BUDGET_SPENT
        return translated(sentence, author.language).format(time=duration(refusal.seconds, author.language))


def duration(seconds: float, language: str) -> str:
    """Return a time in minutes or, from MINUTES_UNTIL on, in hours, rounded up."""
    if seconds <= MINUTES_UNTIL:
        return translated(sentences.MINUTES, language).format(minutes=max(1, math.ceil(seconds / 60)))
    return translated(sentences.HOURS, language).format(hours=math.ceil(seconds / 3600))


def _forget_oldest(remembered: dict[Any, Any]) -> None:
    """Delete the first of more than MOST_TOLD entries."""
    if len(remembered) > MOST_TOLD:
        del remembered[next(iter(remembered))]


def _within(seconds: float, at: float | None, now: float) -> bool:
    """Tell whether `at` is at most so long ago; a clock that was set back makes it long ago."""
    return at is not None and 0 <= now - at < seconds
