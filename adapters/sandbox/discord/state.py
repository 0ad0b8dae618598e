"""The state of the pretended Discord: everybody and everything by id."""

from collections.abc import Callable

from adapters.sandbox.discord.channels import DM, GROUP_DM, Channel, Guild
from adapters.sandbox.discord.events import Event, Intent
from adapters.sandbox.discord.permissions import ORDINARY
from adapters.sandbox.discord.snowflakes import Snowflakes
from adapters.sandbox.discord.users import Role, User


class State:
    """Everybody and everything on the stand-in, by id. ``emit`` is the way to the gateway.

    ``installed``: ids of the users who have installed the application for themselves.
    """

    def __init__(self) -> None:
        self.ids = Snowflakes()
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, bytes] = {}
        self.installed: set[str] = set()
        self.base_url = ""
        self.message_content = False
        self.emit: Callable[[Event], None] = lambda _: None
        self.bot = self.user("bridge", bot=True)

    def user(self, name: str, *, bot: bool = False, webhook: bool = False) -> User:
        """Make a user."""
        user = User(self.ids.new(), name, bot, webhook)
        self.users[user.id] = user
        return user

    def guild(self, name: str, *, bot_role: bool, joined: bool = True) -> Guild:
        """Make a guild, usually with the bot in it, with its managed role unless it was invited without permissions."""
        guild = Guild(self, self.ids.new(), name)
        guild.roles.append(Role(guild.id, "@everyone", ORDINARY, 0))
        if not joined:
            return guild
        member = guild.join(self.bot)
        if bot_role:
            role = Role(self.ids.new(), self.bot.name, ORDINARY, 1, self.bot.id)
            guild.roles.append(role)
            member.roles.append(role)
        self.guilds[guild.id] = guild
        self.emit(Event("GUILD_CREATE", guild.payload(), Intent.GUILDS, guild.id))
        return guild

    def add(self, channel: Channel) -> Channel:
        """Register a channel."""
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: User) -> Channel:
        """Return the direct conversation between the bot and a user; there is only ever one."""
        for channel in self.channels.values():
            if channel.recipient is user and not channel.others:
                return channel
        return self.add(Channel(self, self.ids.new(), DM, "", recipient=user))

    def conversation(self, *people: User) -> Channel:
        """Make a direct conversation between people, without the bot."""
        return self.add(Channel(self, self.ids.new(), DM if len(people) <= 2 else GROUP_DM, "", others=list(people)))

    def application_flags(self) -> int:
        """Return the flags of the application: whether the message_content intent is switched on in the portal."""
        return 1 << 19 if self.message_content else 0
