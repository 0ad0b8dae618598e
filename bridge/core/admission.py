"""Check that a person may talk and has questions left, before anything is spent, and say which refusal they get."""

import math
from dataclasses import replace

from bridge.access import Access, Limits
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey
from bridge.store import Store

TOLD_SECONDS = 3600.0
"""The shortest time, in seconds, between two refusals to somebody who may not talk."""

REFUSED_SECONDS = 60.0
"""The shortest time, in seconds, between two refusals to somebody without questions left, however many they send."""

MINUTES_UNTIL = 2 * 3600.0
"""The longest time, in seconds, that is said in minutes; a longer one is said in hours."""


UNLIMITED = Limits()


class Admission:
    """Decides who may talk and counts questions. The operator's admins may always talk, without a limit."""

    def __init__(self, store: Store, access: Access, limits: Limits) -> None:
        self._store = store
        self._access = access
        self._limits = limits

    def with_rights(self, author: Author, key: ConversationKey) -> Author:
        """Return the author, with `admin` set where the operator named them an admin."""
        return replace(author, admin=True) if self._access.standing(author, key) == "admin" else author

    def barred(self, author: Author, key: ConversationKey) -> str:
        """Return the refusal for somebody who may not talk here, in their language; empty for everybody else."""
        allowed = self._access.standing(author, key) != "barred"
        return "" if allowed else translated(sentences.NOT_ALLOWED, author.language)

    async def admit(self, incoming: Incoming, *, counted: bool) -> Incoming | None:
        """Return the message in the form to be recorded; None if it is to be ignored.

        A refused message has the refusal as its notice, and keeps none of its words where its author may not talk. A
        repeated refusal is suppressed, see TOLD_SECONDS and REFUSED_SECONDS. `counted`: True if the message was counted
        before, or belongs to a question that was.
        """
        key, author = incoming.key, incoming.author
        standing = self._access.standing(author, key)
        if standing == "barred":
            if not incoming.addressed or await self._store.usage.told(key, author.id, "barred", TOLD_SECONDS):
                return None
            refusal = translated(sentences.NOT_ALLOWED, author.language)
            return Incoming(key, incoming.message, author, "", refusal, shared=incoming.shared)
        if standing == "admin":
            return replace(incoming, author=replace(author, admin=True))
        if incoming.notice or counted or self._limits == UNLIMITED:
            return incoming
        refusal = await self.spent(author, key)
        if refusal and await self._store.usage.told(key, author.id, "refused", REFUSED_SECONDS):
            return None
        return replace(incoming, notice=refusal)

    async def may_ask(self, incoming: Incoming, *, counted: bool) -> bool:
        """Tell whether `admit`, which explains `counted`, would let a question pass; counts none and tells nobody."""
        standing = self._access.standing(incoming.author, incoming.key)
        if standing != "member" or counted or self._limits == UNLIMITED:
            return standing != "barred"
        return await self._store.usage.left(incoming.key, incoming.author.id, self._limits)

    async def spent(self, author: Author, key: ConversationKey) -> str:
        """Count a question and return ""; if none is left, return the refusal, in the author's language, uncounted.

        The refusal names the time until another question may be asked.
        """
        if self._limits == UNLIMITED or self._access.standing(author, key) == "admin":
            return ""
        refusal = await self._store.usage.count(key, author.id, self._limits)
        if refusal is None:
            return ""
        sentence = sentences.CHAT_BUDGET_SPENT if refusal.chat else sentences.BUDGET_SPENT
        return translated(sentence, author.language).format(time=_duration(refusal.seconds, author.language))


def _duration(seconds: float, language: str) -> str:
    if seconds <= MINUTES_UNTIL:
        return translated(sentences.MINUTES, language).format(minutes=max(1, math.ceil(seconds / 60)))
    return translated(sentences.HOURS, language).format(hours=math.ceil(seconds / 3600))
