"""Decide which conversation a message in a channel belongs to (DISCORD_CHANNELS)."""

from dataclasses import dataclass
from typing import Literal

import discord

from adapters.discord.keys import channel_key
from bridge import ConversationKey, Intake

Channels = Literal["shared", "replies", "threads"]
"""How mentions in a channel are answered: in one conversation, each in its own beside the others, each in a thread."""


@dataclass(frozen=True, slots=True)
class Place:
    """Says where a message belongs: the key of its conversation.

    group: that of the question which it goes on with, or "": see Incoming.group. replied: the id of the message, by
    whomever, that asks or answers in this conversation, and that it replies to; "" where its author tells.
    """

    key: ConversationKey
    group: str = ""
    replied: str = ""


async def beside(message: discord.Message, intake: Intake) -> Place:
    """Return the place of a message where each mention begins a conversation, in which the replies to it go on."""
    channel = channel_key(message.channel.id)
    if not begins_conversations(message.channel):
        return Place(channel)
    replied = message.reference.message_id if message.type is discord.MessageType.reply and message.reference else None
    found = await intake.conversation_of(channel, str(replied)) if replied else None
    if found and found.place == channel:
        return Place(found, replied=str(replied))
    return Place(channel.of_question(str(message.id)))  # also where the conversation goes on elsewhere


def begins_conversations(channel: object) -> bool:
    """Tell whether a channel is one of a server and no thread, which is a conversation by itself."""
    return isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel)
