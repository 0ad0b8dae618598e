"""Keep interactions in memory while their tokens are valid, for answers where the bot is no member."""

import asyncio
from typing import Any

import discord

from bridge import Turn

HELD_SECONDS = 14.5 * 60
"""A little less than the 15 minutes for which an interaction's token is valid.

Source: Discord's developer documentation, Receiving and Responding.
"""

Interaction = discord.Interaction[Any]


class InteractionTokens:
    """Holds interactions, by the id of the question that they asked or of the message whose button was pressed."""

    def __init__(self) -> None:
        self._held: dict[str, Interaction] = {}

    def hold(self, name: str, interaction: Interaction) -> None:
        """Keep an interaction under an id for HELD_SECONDS, in place of an earlier one."""
        self._held[name] = interaction
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._forget, name, interaction)

    def held(self, name: str) -> Interaction | None:
        """Return the interaction that is kept under an id, or None."""
        return self._held.get(name)

    def of(self, turn: Turn) -> Interaction | None:
        """Return the interaction that asked a turn, else the last press under its newest message, or None."""
        found = [self._held[name] for name in (turn.question, *reversed(turn.shown)) if name in self._held]
        return found[0] if found else None

    def _forget(self, name: str, interaction: Interaction) -> None:
        if self._held.get(name) is interaction:
            del self._held[name]
