"""Admission: who may talk and has questions left, before anything is spent; and what the others are told."""

import math
from dataclasses import replace

from bridge.access import Access, Limits
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Author, ConversationKey, Incoming
from bridge.store import Store

TOLD_SECONDS = 3600.0
"""Somebody who may not talk is told so once in this time."""

REFUSED_SECONDS = 60.0
"""Somebody without questions left is told so once in this time: one who floods gets no flood for it."""

MINUTES_UNTIL = 2 * 3600.0
"""So many seconds and less are said in minutes."""


class Admission:
    """Decides about people and their questions. The operator's admins may always, and as often as they like."""

    def __init__(self, store: Store, access: Access, limits: Limits) -> None:
        self._store = store
        self._access = access
        self._limits = limits

    def known(self, author: Author, key: ConversationKey) -> Author:
        """Return the person, an admin everywhere where the operator named them one."""
        return replace(author, admin=True) if self._access.is_admin(author, key) else author

    def barred(self, author: Author, key: ConversationKey) -> str:
        """Return the sentence for somebody who may not talk here; empty for all others."""
        return "" if self._access.may_talk(author, key) else translated(sentences.NOT_ALLOWED, author.language)

    async def admit(self, incoming: Incoming, *, counted: bool) -> Incoming | None:
        """Return the message as it may be recorded: as it is, or with the refusal as its notice; None: not at all.

        `counted`: it was counted before. Nothing is kept of what somebody wrote who may not talk.
        """
        key, author = incoming.key, self.known(incoming.author, incoming.key)
        incoming = replace(incoming, author=author)
        if barred := self.barred(author, key):
            if not incoming.addressed or await self._store.usage.told(key, author.id, "barred", TOLD_SECONDS):
                return None
            return Incoming(key, incoming.message, author, "", barred, shared=incoming.shared)
        if incoming.notice or counted:
            return incoming
        refusal = await self.spent(author, key)
        if refusal and await self._store.usage.told(key, author.id, "refused", REFUSED_SECONDS):
            return None
        return replace(incoming, notice=refusal)

    async def spent(self, author: Author, key: ConversationKey) -> str:
        """Count a question; or, where none is left, return the sentence that says so and when there are some again."""
        if self._limits == Limits() or self._access.is_admin(author, key):
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
