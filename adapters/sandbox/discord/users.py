"""Users, roles and members on the pretended Discord, as its payloads show them."""

from dataclasses import dataclass, field

from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.permissions import Permission
from adapters.sandbox.discord.snowflakes import timestamp


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
