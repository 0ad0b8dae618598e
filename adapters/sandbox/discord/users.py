"""The small things of the stand-in Discord: ids, intents, permissions, events, users, roles and members."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag

from adapters.sandbox.discord.errors import Payload

EPOCH = 1_420_070_400_000


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


class Permission(IntFlag):
    """The permissions that the stand-in enforces on the bot."""

    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


NONE = Permission(0)
MODERATION = Permission.MANAGE_MESSAGES | Permission.MANAGE_THREADS
ORDINARY = Permission(sum(Permission)) & ~MODERATION
WRITING = (
    Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.ADD_REACTIONS
)


@dataclass(frozen=True)
class Event:
    """A gateway dispatch. ``open`` is sent instead of ``payload`` to sessions with the message_content intent."""

    name: str
    payload: Payload
    intent: Intent
    guild_id: str | None = None
    open: Payload | None = None


class Snowflakes:
    """Ids that carry their time (milliseconds since 2015, shifted by 22) and always rise."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        """Make the next id."""
        now = (int(time.time() * 1000) - EPOCH) << 22
        self._last = max(now, self._last + 1)
        return str(self._last)


def timestamp(snowflake: str | None = None) -> str:
    """Return the ISO time at which an id was made, or now."""
    seconds = time.time() if snowflake is None else ((int(snowflake) >> 22) + EPOCH) / 1000
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


@dataclass(eq=False)
class User:
    """A person, a bot or the face of a webhook."""

    id: str
    name: str
    bot: bool = False
    webhook: bool = False
    locale: str = "en-US"

    @property
    def mention(self) -> str:
        """Return the text that mentions this user."""
        return f"<@{self.id}>"

    def payload(self) -> Payload:
        """Return the user object."""
        body: Payload = {
            "id": self.id,
            "username": self.name,
            "discriminator": "0000" if self.bot else "0",
            "global_name": None if self.bot else self.name.title(),
            "avatar": None,
            "public_flags": 0,
            "flags": 0,
            "banner": None,
            "accent_color": None,
            "avatar_decoration_data": None,
            "collectibles": None,
            "primary_guild": None,
        }
        return body | {"bot": True} if self.bot else body


@dataclass(eq=False)
class Role:
    """A role of a guild; ``bot_id`` marks the managed role of a bot."""

    id: str
    name: str
    permissions: Permission
    position: int
    bot_id: str | None = None

    @property
    def mention(self) -> str:
        """Return the text that mentions this role."""
        return f"<@&{self.id}>"

    def payload(self) -> Payload:
        """Return the role object."""
        body: Payload = {
            "id": self.id,
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "icon": None,
            "unicode_emoji": None,
            "position": self.position,
            "permissions": str(int(self.permissions)),
            "managed": self.bot_id is not None,
            "mentionable": True,
            "flags": 0,
        }
        return body | {"tags": {"bot_id": self.bot_id}} if self.bot_id else body


@dataclass(eq=False)
class Member:
    """A user in a guild."""

    user: User
    nick: str | None = None
    roles: list[Role] = field(default_factory=list)
    joined_at: str = field(default_factory=timestamp)

    def payload(self) -> Payload:
        """Return the member object as messages carry it, without its user."""
        return {
            "roles": [role.id for role in self.roles],
            "joined_at": self.joined_at,
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "premium_since": None,
            "communication_disabled_until": None,
            "pending": False,
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
