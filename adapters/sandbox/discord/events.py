"""The gateway events of the pretended Discord, and the intents that let them through."""

from dataclasses import dataclass
from enum import IntFlag

from adapters.sandbox.discord.errors import Payload


class Intent(IntFlag):
    """The gateway intents that the stand-in distinguishes."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    MESSAGE_CONTENT = 1 << 15


@dataclass(frozen=True)
class Event:
    """A gateway dispatch. ``open`` is sent instead of ``payload`` to sessions with the message_content intent."""

    name: str
    payload: Payload
    intent: Intent
    guild_id: str | None = None
    open: Payload | None = None
