"""Recognize questions that a proxy (PluralKit, Tupperbox) says again as a webhook, and whose originals it deletes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import discord

REMEMBERED_SECONDS = 10.0
"""How long after a question its words may be said again."""

WAIT_SECONDS = 2.0
"""How long after the deletion of so young a question its words are waited for; most proxies say them before it."""

ANSWER_SECONDS = 3600.0
"""How long an answer may refer to the original of its question; the database knows the other message at once."""

MAX_TAGS = 40
"""Characters at most around the words by which a person tells their proxy to say them again ("L: …")."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Holds what a message says: its channel, its words, and the names of its files."""

    channel: int
    words: str
    files: tuple[str, ...]

    def is_said_by(self, other: "_Said") -> bool:
        """Tell whether another message says this one again, with or without the tags around its words."""
        if (self.channel, self.files) != (other.channel, other.files):
            return False
        tags = len(self.words) - len(other.words)
        return other.words in self.words and tags <= MAX_TAGS and bool(other.words or other.files)


class Proxies:
    """Remembers for some seconds what people ask and what webhooks say.

    `originals`: the ids of questions that were said again, each with the id of the message that says it now.
    """

    def __init__(self) -> None:
        self.originals: dict[int, int] = {}
        self._asked: dict[int, _Said] = {}
        self._said: dict[int, _Said] = {}
        self._heard = asyncio.Event()

    def asked(self, message: discord.Message) -> None:
        """Remember what may be a question."""
        self._remember(self._asked, message)

    def said(self, message: discord.Message) -> None:
        """Remember what a webhook says."""
        self._remember(self._said, message)
        self._heard.set()

    async def said_again(self, question: int) -> int | None:
        """Return the id of the message that says a deleted question again, as soon as there is one; else None."""
        asked = self._asked.pop(question, None)
        if asked is None:
            return None
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                while (again := self._find(question, asked)) is None:
                    self._heard.clear()
                    await self._heard.wait()
                del self._said[again]
                self.replaced(question, again)
                return again
        return None

    def replaced(self, question: int, message: int) -> None:
        """Note that a question stands in another message from now on."""
        self.originals[question] = message
        asyncio.get_running_loop().call_later(ANSWER_SECONDS, self.originals.pop, question, None)

    def _find(self, question: int, asked: _Said) -> int | None:
        """Return the id of a message after the question that says it again; ids grow with time."""
        later = [number for number, said in self._said.items() if number > question and asked.is_said_by(said)]
        return min(later, default=None)

    def _remember(self, those: dict[int, _Said], message: discord.Message) -> None:
        files = tuple(file.filename for file in message.attachments)
        those[message.id] = _Said(message.channel.id, " ".join(message.content.split()), files)
        asyncio.get_running_loop().call_later(REMEMBERED_SECONDS, those.pop, message.id, None)
