"""Recognize messages of Discord that are one act of a person: the parts of a long paste, a forward and its comment.

Discord's apps send what is forwarded first, and the comment on it at once as a message of its own.
"""

import asyncio
from dataclasses import dataclass

import discord

from adapters.discord.incoming import author_of
from adapters.discord.keys import channel_key
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
        self._groups: dict[Sender, str] = {}
        self._forwarded: dict[Sender, tuple[discord.Message, ...]] = {}

    async def continued(self, message: discord.Message, intake: Intake) -> str:
        """Return the group of a question that a message goes on with, or ""."""
        group = self._groups.get(_sender(message), "")
        if not group or (group == "paste" and not message.content):
            return ""
        expected = await intake.expects(channel_key(message.channel.id), author_of(message), group)
        return group if expected else ""

    def pass_over(self, message: discord.Message) -> None:
        """Keep a forwarded message that asks nobody: its comment may follow and mention the bot."""
        if message.message_snapshots:
            sender = _sender(message)
            self._forwarded[sender] = (*self._forwarded.get(sender, ()), message)
            asyncio.get_running_loop().call_later(2 * FORWARD_SECONDS, self._forwarded.pop, sender, None)

    def begun(self, message: discord.Message, group: str) -> Grouping:
        """Return the grouping of a message for the bot; `group`: the one that it goes on with, or ""."""
        sender = _sender(message)
        forwarded = self._forwarded.pop(sender, ())
        if len(message.content) in FULL_MESSAGE_LENGTHS:
            return self._expecting(sender, group or "paste", PASTE_SECONDS, forwarded)
        if message.message_snapshots and not message.content:
            return self._expecting(sender, group or "forward", FORWARD_SECONDS, forwarded)
        self._groups.pop(sender, None)
        return Grouping(group, 0.0, forwarded)

    def _expecting(
        self, sender: Sender, group: str, seconds: float, forwarded: tuple[discord.Message, ...]
    ) -> Grouping:
        self._groups[sender] = group
        asyncio.get_running_loop().call_later(2 * seconds, self._groups.pop, sender, None)
        return Grouping(group, seconds, forwarded)


def _sender(message: discord.Message) -> Sender:
    return message.channel.id, message.author.id
