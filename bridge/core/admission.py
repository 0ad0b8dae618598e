"""Check that a person may talk and has questions left, before anything is spent, and say which refusal they get."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import replace

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

MINUTES_UNTIL = 2 * 3600.0
"""The longest time, in seconds, that is said in minutes; a longer one is said in hours."""


UNLIMITED = Limits()

Look = Callable[[ConversationKey, str, Limits], Awaitable[Refusal | None]]
"""Returns the refusal where a person of this id has no question left: see QuestionUsage.count and .refusal."""


class Told:
    """Remembers in memory who was refused why, and where; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at: dict[tuple[ConversationKey, str, Declined], float] = {}

    def again(self, key: ConversationKey, author: str, why: Declined) -> bool:
        """Tell whether they were told so in the last TOLD_SECONDS; if not, they count as told now."""
        now, what = self._clock(), (key, author, why)
        if 0 <= now - self._at.get(what, -TOLD_SECONDS) < TOLD_SECONDS:  # below 0: the clock was set back
            return True
        self._at.pop(what, None)  # so that the oldest one comes first
        self._at[what] = now
        if len(self._at) > MOST_TOLD:
            del self._at[next(iter(self._at))]
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

    def told(self, author: Author, key: ConversationKey, why: Declined) -> bool:
        """See Told.again."""
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
        if incoming.notice or arrival.known:
            return incoming
        if arrival.waiting >= (most := self._policy.most_waiting):
            return self._refused(incoming, "full", translated(sentences.LINE_FULL, author.language, count=most))
        if self._limits == UNLIMITED:
            return incoming
        refusal = await self.spent(author, key)
        return self._refused(incoming, "spent", refusal) if refusal else incoming

    def _refused(self, incoming: Incoming, why: Declined, refusal: str) -> Incoming | Declined:
        told = self._told.again(incoming.key, incoming.author.id, why)
        return why if told else replace(incoming, notice=refusal)

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
