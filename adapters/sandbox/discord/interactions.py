"""Interactions on the pretended Discord: what people set off, and what the bot hears of it."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from adapters.sandbox.discord.channels import Channel, Guild
from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.events import Event, Intent
from adapters.sandbox.discord.message import Message
from adapters.sandbox.discord.message_forms import FILE_LIMIT
from adapters.sandbox.discord.permissions import Permission
from adapters.sandbox.discord.state import State
from adapters.sandbox.discord.users import User

COMMAND_USED, COMPONENT_USED, TYPING_OPTION = 2, 3, 4
IN_GUILD, IN_BOT_DM, IN_PRIVATE = 0, 1, 2
GUILD_INSTALL, USER_INSTALL = 0, 1
OUTSIDE = Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE


@dataclass(eq=False)
class Interaction:
    """One use of the bot, and everything it answered. ``acknowledged``: the type of the first answer, or None;
    ``answered`` is set by it.

    ``messages`` are those that came of it, the deleted ones too; ``choices`` what was offered while a person typed;
    ``message`` is the one with the button or menu that was used.
    """

    type: int
    user: User
    channel: Channel
    data: Payload
    owners: dict[str, str]
    id: str
    name: str = ""
    message: Message | None = None
    token: str = field(default_factory=lambda: "aW50ZXJhY3Rpb24" + secrets.token_urlsafe(120), repr=False)
    began: float = field(default_factory=time.monotonic)
    acknowledged: int | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    messages: list[Message] = field(default_factory=list)
    choices: list[Payload] | None = None
    followups: int = 0

    @property
    def response(self) -> Message | None:
        """Return the first message that came of it and says something, unless it was deleted."""
        first = self.messages[0] if self.messages else None
        return first if first and not first.thinking and not first.deleted else None

    @property
    def deferred(self) -> bool:
        """Tell whether the first answer was only that there will be one."""
        return self.acknowledged in (5, 6)

    @property
    def thinking(self) -> bool:
        """Tell whether the person still sees "... is thinking"."""
        return any(message.thinking and not message.deleted for message in self.messages)

    @property
    def context(self) -> int:
        """Tell where it happened: in a guild, in the bot's own direct conversation, or in one between people."""
        if self.channel.guild:
            return IN_GUILD
        return IN_BOT_DM if self.channel.bot_is_here else IN_PRIVATE

    def origin(self, *, followup: bool) -> Payload:
        """Return the fields of a message that came of it which tell so."""
        bot, person = self.channel.state.bot, self.user.payload()
        metadata: Payload = {"id": self.id, "type": self.type, "user": person}
        metadata |= {"authorizing_integration_owners": self.owners}
        if followup:
            metadata["original_response_message_id"] = self.messages[0].id if self.messages else self.id
        if "target_id" in self.data:
            metadata["target_message_id"] = self.data["target_id"]
        if self.message:
            metadata["interacted_message_id"] = self.message.id
        body: Payload = {"application_id": bot.id, "webhook_id": bot.id, "interaction_metadata": metadata}
        if self.type == COMMAND_USED and not followup:
            body["interaction"] = {"id": self.id, "type": self.type, "name": self.name, "user": person}
        return body

    def payload(self) -> Payload:
        """Return what INTERACTION_CREATE carries."""
        channel = self.channel
        body: Payload = {
            "id": self.id,
            "application_id": channel.state.bot.id,
            "type": self.type,
            "data": self.data,
            "channel_id": channel.id,
            "channel": _partial(channel, self.user),
            "token": self.token,
            "version": 1,
            "locale": self.user.locale,
            "app_permissions": str(int(_of_the_bot(channel))),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self.owners,
            "context": self.context,
            "attachment_size_limit": FILE_LIMIT,
        }
        if self.message:
            body["message"] = self.message.payload(open_=True)
        return body | (_in_guild(channel.guild, self.user) if channel.guild else {"user": self.user.payload()})


def _in_guild(guild: Guild, user: User) -> Payload:
    person = {"user": user.payload(), "permissions": str(int(guild.permissions(user)))}
    return {
        "guild_id": guild.id,
        "guild": {"id": guild.id, "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": guild.join(user).payload() | person,
    }


def _partial(channel: Channel, user: User) -> Payload:
    body = {name: value for name, value in channel.payload().items() if name not in ("permission_overwrites", "member")}
    return body | ({"permissions": str(int(channel.permissions(user)))} if channel.guild else {})


def _of_the_bot(channel: Channel) -> Permission:
    if channel.guild and channel.bot_is_here:
        return channel.permissions(channel.state.bot) & ~(channel.parent or channel).denied
    return OUTSIDE


class Interactions:
    """All interactions, in order. ``ack_seconds`` and ``token_seconds``: how long the bot may take, and go on."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.ack_seconds = 3.0
        self.token_seconds = 15 * 60.0
        self.all: list[Interaction] = []

    def begin(
        self, kind: int, user: User, channel: Channel, data: Payload, owners: dict[str, str], *, name: str = ""
    ) -> Interaction:
        """Let a person use a command: the bot hears so at once."""
        return self._announce(Interaction(kind, user, channel, data, owners, self.state.ids.new(), name))

    def touch(self, message: Message, user: User, data: Payload) -> Interaction:
        """Let a person use a button. Who installed the bot is said as in the interaction that it came of."""
        metadata = message.origin.get("interaction_metadata")
        owners = metadata["authorizing_integration_owners"] if isinstance(metadata, dict) else None
        owners = owners or self.owners(user, message.channel, (GUILD_INSTALL, USER_INSTALL))
        used = Interaction(COMPONENT_USED, user, message.channel, data, owners, self.state.ids.new(), message=message)
        return self._announce(used)

    def _announce(self, begun: Interaction) -> Interaction:
        self.all.append(begun)
        guild = begun.channel.guild if begun.channel.bot_is_here else None
        self.state.emit(Event("INTERACTION_CREATE", begun.payload(), Intent(-1), guild.id if guild else None))
        return begun

    def owners(self, user: User, channel: Channel, types: tuple[object, ...]) -> dict[str, str]:
        """Return whose installations let a person use the bot here: a guild's or the bot's own place's, or theirs."""
        found = {}
        if GUILD_INSTALL in types and channel.bot_is_here:
            found["0"] = channel.guild.id if channel.guild else "0"
        if USER_INSTALL in types and user.id in self.state.installed:
            found["1"] = user.id
        return found

    def of_token(self, token: str) -> Interaction | None:
        """Return the interaction with this token."""
        return next((one for one in self.all if one.token == token), None)

    def whispers(self, user: User) -> list[Message]:
        """Return what only this person sees, oldest first."""
        theirs = [message for one in self.all if one.user is user for message in one.messages]
        return [message for message in theirs if message.ephemeral and not message.deleted and not message.thinking]
