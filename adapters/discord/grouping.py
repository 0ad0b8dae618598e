"""Recognize messages of Discord that are one act of a person: the parts of a long paste, a forward and its comment.

Discord's apps send what is forwarded first, and the comment on it at once as a message of its own.
"""

import asyncio
from dataclasses import dataclass, replace

import discord

from adapters.discord.channels import Place
from adapters.discord.incoming import author_of
from bridge import Intake

FULL_MESSAGE_LENGTHS = (2000, 4000)
"""Code points in a full message of a person, without and with Nitro: the rest of a paste comes in the next one."""

PASTE_SECONDS, FORWARD_SECONDS = 1.5, 1.0
"""How long the next part of a paste is waited for, and the comment on what was forwarded."""

Sender = tuple[int, int]
"""The ids of a channel and of a person."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Says to which group a message belongs, see Incoming.group and wait, and what was forwarded just before it."""

    group: str = ""
    wait: float = 0.0
    forwarded: tuple[discord.Message, ...] = ()


class Acts:
    """Remembers for a few seconds who may be going on with what they did in a channel."""

    def __init__(self) -> None:
        self._places: dict[Sender, Place] = {}
        self._forwarded: dict[Sender, tuple[discord.Message, ...]] = {}

    async def continued(self, message: discord.Message, intake: Intake) -> Place | None:
        """Return the place of a question that a message goes on with, or None."""
        place = self._places.get(_sender(message))
        if place is None or (place.group == "paste" and not message.content):
            return None
        return place if await intake.expects(place.key, author_of(message), place.group) else None

    def pass_over(self, message: discord.Message) -> None:
        """Keep a forwarded message that asks nobody: its comment may follow and mention the bot."""
        if message.message_snapshots:
            sender = _sender(message)
            self._forwarded[sender] = (*self._forwarded.get(sender, ()), message)
            asyncio.get_running_loop().call_later(2 * FORWARD_SECONDS, self._forwarded.pop, sender, None)

    def begun(self, message: discord.Message, place: Place) -> Grouping:
        """Return the grouping of a message for the bot, which belongs to `place`."""
        sender = _sender(message)
        forwarded = self._forwarded.pop(sender, ())
        if len(message.content) in FULL_MESSAGE_LENGTHS:
            return self._expecting(sender, replace(place, group=place.group or "paste"), PASTE_SECONDS, forwarded)
        if message.message_snapshots and not message.content:
            return self._expecting(sender, replace(place, group=place.group or "forward"), FORWARD_SECONDS, forwarded)
        self._places.pop(sender, None)
        return Grouping(place.group, 0.0, forwarded)

    def _expecting(
        self, sender: Sender, place: Place, seconds: float, forwarded: tuple[discord.Message, ...]
    ) -> Grouping:
        self._places[sender] = place
        asyncio.get_running_loop().call_later(2 * seconds, self._places.pop, sender, None)
        return Grouping(place.group, seconds, forwarded)


def _sender(message: discord.Message) -> Sender:
    return message.channel.id, message.author.id
