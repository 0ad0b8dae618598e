"""Hold interactions whose tokens let the bot answer where it is no member; in memory, for 15 minutes at most."""

import asyncio
from typing import Any

import discord

from bridge import Turn

HELD_SECONDS = 14.5 * 60
"""An interaction's token is good for 15 minutes (developer documentation, Receiving and Responding)."""

Interaction = discord.Interaction[Any]


class InteractionTokens:
    """Holds interactions by the question that they asked, or by the message whose button was pressed."""

    def __init__(self) -> None:
        self._held: dict[str, Interaction] = {}

    def hold(self, name: str, interaction: Interaction) -> None:
        """Keep one while its token is good."""
        self._held[name] = interaction
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._forget, name, interaction)

    def of(self, turn: Turn) -> Interaction | None:
        """Find the way to a turn's answer: the interaction that asked it, or else the newest press under it."""
        found = [self._held[name] for name in (turn.question, *reversed(turn.shown)) if name in self._held]
        return found[0] if found else None

    def _forget(self, name: str, interaction: Interaction) -> None:
        if self._held.get(name) is interaction:
            del self._held[name]
