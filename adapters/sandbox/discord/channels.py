"""The places on the pretended Discord: guilds, channels and threads."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.sandbox.discord.errors import Payload, refusal
from adapters.sandbox.discord.events import Event, Intent
from adapters.sandbox.discord.permissions import MODERATION, NONE, ORDINARY, WRITING, Permission
from adapters.sandbox.discord.snowflakes import timestamp
from adapters.sandbox.discord.users import Member, Role, User

if TYPE_CHECKING:  # a message knows its channel and a channel its messages: only the types go round
    from adapters.sandbox.discord.message import Message
    from adapters.sandbox.discord.state import State

TEXT, DM, GROUP_DM, PUBLIC_THREAD, FORUM = 0, 1, 3, 11, 15


@dataclass(eq=False)
class Guild:
    """A server, usually one that the bot has joined. What is added while the bot is connected is dispatched to it."""

    state: "State"
    id: str
    name: str
    roles: list[Role] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    channels: list["Channel"] = field(default_factory=list)

    def channel(self, name: str, kind: int = TEXT) -> "Channel":
        """Make a text channel or FORUM and dispatch it; a forum's posts are threads: see FakeDiscord.post."""
        channel = Channel(self.state, self.state.ids.new(), kind, name, self)
        self.channels.append(self.state.add(channel))
        self.state.emit(Event("CHANNEL_CREATE", channel.payload(), Intent.GUILDS, self.id))
        return channel

    def role(self, name: str, *members: User) -> Role:
        """Make a role and give it to these users."""
        role = Role(self.state.ids.new(), name, ORDINARY, len(self.roles))
        self.roles.append(role)
        for user in members:
            self.join(user).roles.append(role)
        self.state.emit(
            Event("GUILD_ROLE_CREATE", {"guild_id": self.id, "role": role.payload()}, Intent.GUILDS, self.id)
        )
        return role

    def join(self, user: User, *, nick: str | None = None) -> Member:
        """Return the membership of a user; whoever has none joins first."""
        member = self.members.setdefault(user.id, Member(user))
        member.nick = nick or member.nick
        return member

    def permissions(self, user: User) -> Permission:
        """Return what a member may do by the roles."""
        granted = self.roles[0].permissions
        for role in self.join(user).roles:
            granted |= role.permissions
        return granted

    def payload(self) -> Payload:
        """Return what GUILD_CREATE carries: of the members only the bot, for lack of the members intent."""
        bot = self.members[self.state.bot.id]
        threads = [c for c in self.state.channels.values() if c.guild is self and c.is_thread and not c.archived]
        names = ("emojis", "stickers", "features", "voice_states", "presences", "stage_instances", "soundboard_sounds")
        empty: Payload = {name: [] for name in (*names, "guild_scheduled_events")}
        return empty | {
            "id": self.id,
            "name": self.name,
            "icon": None,
            "owner_id": "1",
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 0,
            "premium_tier": 0,
            "roles": [role.payload() for role in self.roles],
            "channels": [channel.payload() for channel in self.channels],
            "threads": [thread.payload() for thread in threads if thread.permits(Permission.VIEW_CHANNEL)],
            "members": [bot.payload() | {"user": bot.user.payload()}],
            "member_count": len(self.members),
            "joined_at": bot.joined_at,
            "large": False,
            "unavailable": False,
        }


@dataclass(eq=False)
class Channel:
    """A text channel, a thread or a direct conversation. ``messages`` keeps the deleted ones too.

    ``others``: the people of a conversation that the bot does not take part in.
    """

    state: "State"
    id: str
    type: int
    name: str
    guild: Guild | None = None
    parent: "Channel | None" = None
    owner: User | None = None
    recipient: User | None = None
    messages: list["Message"] = field(default_factory=list)
    members: dict[str, str] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    auto_archive_duration: int = 4320
    denied: Permission = NONE
    blocked: bool = False
    others: list[User] = field(default_factory=list)

    @property
    def bot_is_here(self) -> bool:
        """Tell whether the bot takes part: it has joined the guild, or this is its own direct conversation."""
        return self.state.bot.id in self.guild.members if self.guild else not self.others

    @property
    def is_thread(self) -> bool:
        """Tell whether this is a thread."""
        return self.parent is not None

    @property
    def forbidden(self) -> bool:
        """Tell whether the bot may not write here: 50013 in a guild, 50007 in a direct conversation."""
        return self.blocked if self.guild is None else WRITING in (self.parent or self).denied

    @forbidden.setter
    def forbidden(self, value: bool) -> None:
        self.blocked = value
        self.deny(WRITING) if value else self.allow(WRITING)

    @property
    def hidden(self) -> bool:
        """Tell whether the bot does not see the channel: 50001, and no events from it."""
        return not self.permits(Permission.VIEW_CHANNEL)

    @hidden.setter
    def hidden(self, value: bool) -> None:
        self.deny(Permission.VIEW_CHANNEL) if value else self.allow(Permission.VIEW_CHANNEL)

    def deny(self, permissions: Permission) -> None:
        """Take permissions from the bot; of a thread, those of its parent channel."""
        (self.parent or self)._overwrite((self.parent or self).denied | permissions)

    def allow(self, permissions: Permission) -> None:
        """Give permissions back to the bot."""
        (self.parent or self)._overwrite((self.parent or self).denied & ~permissions)

    def _overwrite(self, denied: Permission) -> None:
        self.denied = denied
        if self.guild:
            self.state.emit(Event("CHANNEL_UPDATE", self.payload(), Intent.GUILDS, self.guild.id))

    def permits(self, permission: Permission) -> bool:
        """Tell whether the bot has a permission here."""
        if not self.bot_is_here:
            return False
        if self.guild is None:
            return permission not in MODERATION
        return permission in self.permissions(self.state.bot) & ~(self.parent or self).denied

    def permissions(self, user: User) -> Permission:
        """Return what a user may do here by the roles: in the bot's case, without what is denied to it."""
        if self.guild is None:
            return ORDINARY
        return self.guild.permissions(user)

    def require(self, *permissions: Permission) -> None:
        """Refuse with 50001 or 50013 unless the bot has these permissions here."""
        if not self.permits(Permission.VIEW_CHANNEL):
            raise refusal(50001)
        if not all(map(self.permits, permissions)):
            raise refusal(50013)

    def find(self, message_id: str) -> "Message | None":
        """Return the message with this id, unless it has been deleted."""
        return next((m for m in self.messages if m.id == message_id and not m.deleted), None)

    def thread(
        self, name: str, owner: User | None = None, *, message: "Message | None" = None, duration: int = 4320
    ) -> "Channel":
        """Make a public thread, begun on a message if one is given: then both have the same id."""
        owner = owner or self.state.bot
        thread_id = message.id if message else self.state.ids.new()
        thread = Channel(self.state, thread_id, PUBLIC_THREAD, name, self.guild, self, owner)
        thread.auto_archive_duration = duration
        thread.members[owner.id] = timestamp()
        self.state.add(thread)
        self._emit_thread("THREAD_CREATE", thread, thread.payload() | {"newly_created": True})
        return thread

    def archive(self, *, archived: bool = True, locked: bool | None = None) -> None:
        """Archive a thread or bring it back, and lock or unlock it."""
        self.archived = archived
        self.locked = self.locked if locked is None else locked
        self._emit_thread("THREAD_UPDATE", self, self.payload())

    def remove(self) -> None:
        """Delete the channel with its threads, or the thread."""
        for thread in [one for one in self.state.channels.values() if one.parent is self]:
            self.state.channels.pop(thread.id)
        if self.parent:
            body: Payload = {"id": self.id, "parent_id": self.parent.id, "type": self.type}
            self._emit_thread("THREAD_DELETE", self, body | {"guild_id": self.guild.id if self.guild else None})
        elif self.guild:
            self.state.emit(Event("CHANNEL_DELETE", self.payload(), Intent.GUILDS, self.guild.id))
            self.guild.channels.remove(self)
        self.state.channels.pop(self.id)

    def _emit_thread(self, name: str, thread: "Channel", payload: Payload) -> None:
        if thread.guild and not thread.hidden:
            self.state.emit(Event(name, payload, Intent.GUILDS, thread.guild.id))

    def payload(self) -> Payload:
        """Return the channel object."""
        last = self.messages[-1].id if self.messages else None
        body: Payload = {"id": self.id, "type": self.type, "last_message_id": last, "flags": 0}
        if self.guild is None:
            people = self.others or [self.recipient or self.state.bot]
            return body | {"recipients": [user.payload() for user in people]}
        body |= {"name": self.name, "guild_id": self.guild.id if self.guild else None, "rate_limit_per_user": 0}
        return body | (self._thread_payload() if self.parent else self._text_payload())

    def _text_payload(self) -> Payload:
        forum: Payload = {"available_tags": [], "default_reaction_emoji": None, "default_forum_layout": 0}
        overwrite = {"id": self.state.bot.id, "type": 1, "allow": "0", "deny": str(int(self.denied))}
        return (forum if self.type == FORUM else {}) | {
            "topic": None,
            "position": self.guild.channels.index(self) if self.guild and self in self.guild.channels else 0,
            "permission_overwrites": [overwrite] if self.denied else [],
            "nsfw": False,
            "parent_id": None,
        }

    def _thread_payload(self) -> Payload:
        count = sum(message.type != 21 and not message.deleted for message in self.messages)
        body: Payload = {
            "parent_id": self.parent.id if self.parent else None,
            "owner_id": self.owner.id if self.owner else None,
            "message_count": count,
            "total_message_sent": count,
            "member_count": len(self.members),
            "thread_metadata": {
                "archived": self.archived,
                "archive_timestamp": timestamp(self.id),
                "auto_archive_duration": self.auto_archive_duration,
                "locked": self.locked,
                "create_timestamp": timestamp(self.id),
            },
        }
        joined = self.members.get(self.state.bot.id)
        own = {"id": self.id, "user_id": self.state.bot.id, "join_timestamp": joined, "flags": 1}
        return body | {"member": own} if joined else body
