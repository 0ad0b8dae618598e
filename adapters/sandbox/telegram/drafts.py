"""Drafts on the pretended Telegram: previews of an answer in private chats, which vanish by themselves."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.sandbox.telegram.model import Chat, Shown


@dataclass(eq=False)
class Draft:
    """One preview. ``history``: every text that it showed with its entities; an empty one is shown as "Thinking…"."""

    draft_id: int
    chat: Chat
    topic: int | None
    history: list[Shown] = field(default_factory=list)
    time: float = 0.0
    removed: bool = False

    @property
    def text(self) -> str:
        """Return what it shows now, or showed last."""
        return self.history[-1][0]


class Drafts:
    """All drafts. One that is not sent again within ``seconds`` vanishes, and so does one where a message follows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = 30.0
        self.all: list[Draft] = []
        self._clock = clock

    def shown(self, chat: Chat, topic: int | None = None) -> list[Draft]:
        """List those that a person sees now in a chat or topic."""
        oldest = self._clock() - self.seconds
        here = [draft for draft in self.all if draft.chat is chat and draft.topic == topic]
        return [draft for draft in here if not draft.removed and draft.time > oldest]

    def show(self, draft_id: int, chat: Chat, topic: int | None, shown: Shown) -> None:
        """Begin a draft, or show another text in it."""
        draft = next((each for each in self.shown(chat, topic) if each.draft_id == draft_id), None)
        if draft is None:
            draft = Draft(draft_id, chat, topic)
            self.all.append(draft)
        draft.history.append(shown)
        draft.time = self._clock()

    def remove(self, chat: Chat, topic: int | None) -> None:
        """Remove the drafts whose place a message of the bot takes."""
        for draft in self.shown(chat, topic):
            draft.removed = True
