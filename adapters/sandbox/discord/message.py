"""Messages of the pretended Discord: posting, editing, deleting, what the bot sees of them, and whom they ping."""

import re
from dataclasses import dataclass, field
from enum import IntFlag

from adapters.sandbox.discord.channels import DM, Channel
from adapters.sandbox.discord.components import Button, buttons_in
from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.events import Event, Intent
from adapters.sandbox.discord.files import Attachment, keep_file
from adapters.sandbox.discord.mentions import Allowed, find_mentions
from adapters.sandbox.discord.snowflakes import timestamp
from adapters.sandbox.discord.users import Role, User

DEFAULT, REPLY, COMMAND, THREAD_STARTER, MENU = 0, 19, 20, 21, 23
LINK = re.compile(r"(?<!<)https?://\S+")


class Flag(IntFlag):
    """Message flags that a bot may meet or set."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


@dataclass(eq=False)
class Message:
    """A message, with everything it ever was. ``pinged``: ids of all users it pinged or, edited, highlighted.

    ``origin``: of an answer to an interaction, the fields that tell which. ``poll``: as Discord shows it, or nothing.
    ``stickers``: their names.
    """

    channel: Channel
    id: str
    author: User
    content: str = ""
    type: int = DEFAULT
    referenced: "Message | None" = None
    forwarded: "Message | None" = None
    flags: int = 0
    nonce: str | int | None = None
    tts: bool = False
    allowed_mentions: Payload | None = None
    attachments: list[Attachment] = field(default_factory=list)
    embeds: list[object] = field(default_factory=list)
    components: list[object] = field(default_factory=list)
    poll: Payload = field(default_factory=dict)
    stickers: list[str] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[Role] = field(default_factory=list)
    mention_everyone: bool = False
    reactions: dict[str, list[User]] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    pinged: list[str] = field(default_factory=list)
    deleted: bool = False
    edited_timestamp: str | None = None
    thread: Channel | None = None
    origin: Payload = field(default_factory=dict)

    @property
    def reference(self) -> str | None:
        """Return the id of the message that this one replies to."""
        return self.referenced.id if self.referenced else None

    @property
    def ephemeral(self) -> bool:
        """Tell whether only the person who used the bot sees it."""
        return bool(self.flags & Flag.EPHEMERAL)

    @property
    def thinking(self) -> bool:
        """Tell whether people see "... is thinking" in its place."""
        return bool(self.flags & Flag.LOADING)

    @property
    def buttons(self) -> list[Button]:
        """Return the buttons below it, in the order in which people see them."""
        return buttons_in(self.components)

    @property
    def shows_previews(self) -> bool:
        """Tell whether people see previews of links in the content."""
        return not self.flags & Flag.SUPPRESS_EMBEDS and bool(LINK.search(self.content))

    def write(self, content: str, allowed: Allowed) -> None:
        """Set the content and find anew whom it mentions. Discord cuts the white space at both ends."""
        self.content = content.strip()
        if not self.history or self.history[-1] != self.content:
            self.history.append(self.content)
        found = find_mentions(self.content, allowed)
        state, guild = self.channel.state, self.channel.guild
        self.mentions = [state.users[user_id] for user_id in found.users if user_id in state.users]
        # who replies to the answer of an interaction pings nobody, as with webhooks
        pings = self.referenced and self.type == REPLY and not self.referenced.origin
        replied = self.referenced.author if self.referenced and pings else None
        if replied and allowed.replied_user and replied not in (*self.mentions, self.author) and not replied.webhook:
            self.mentions.append(replied)
        self.mention_roles = [role for role in (guild.roles if guild else []) if role.id in found.roles]
        self.mention_everyone = found.everyone and guild is not None
        self.pinged = list(dict.fromkeys([*self.pinged, *self._reached()]))

    def _reached(self) -> list[str]:
        members = self.channel.guild.members.values() if self.channel.guild else ()
        called = [m.user for m in members if self.mention_everyone or set(m.roles) & set(self.mention_roles)]
        return [user.id for user in (*self.mentions, *called) if user is not self.author]

    def is_open(self) -> bool:
        """Tell whether the bot sees the content without the message_content intent."""
        bot = self.channel.state.bot
        return self.author is bot or self.channel.type == DM or bot in self.mentions

    def attach(self, filename: str, content: bytes, *, description: str | None = None) -> Attachment:
        """Add a file; it can be fetched at its URL on the stand-in."""
        folder = "ephemeral-attachments" if self.ephemeral else "attachments"
        file = keep_file(self.channel.state, self.channel.id, filename, content, folder=folder, note=description)
        self.attachments.append(file)
        return file

    def post(self) -> None:
        """Put the message into its channel and dispatch it; a thread that was archived comes back."""
        channel = self.channel
        if self.ephemeral:
            return
        if channel.is_thread:
            channel.members.setdefault(self.author.id, timestamp())
            if channel.archived:
                channel.archive(archived=False)
        channel.messages.append(self)
        self.dispatch("MESSAGE_CREATE")

    def delete(self) -> None:
        """Take the message away and dispatch that."""
        self.deleted = True
        guild = self.channel.guild
        body: Payload = {"id": self.id, "channel_id": self.channel.id}
        self._emit(Event("MESSAGE_DELETE", body | ({"guild_id": guild.id} if guild else {}), Intent(0)))

    def dispatch(self, name: str) -> None:
        """Dispatch MESSAGE_CREATE or MESSAGE_UPDATE, with and without the content."""
        if self.channel.hidden:
            return
        extra: Payload = {"channel_type": self.channel.type, "mentions": [self._mentioned(u) for u in self.mentions]}
        guild = self.channel.guild
        if guild:
            extra["guild_id"] = guild.id
            if not self.author.webhook:
                extra["member"] = guild.join(self.author).payload()
        self._emit(Event(name, self.payload() | extra, Intent(0), None, self.payload(open_=True) | extra))

    def _emit(self, event: Event) -> None:
        if self.channel.hidden or self.ephemeral:
            return
        guild = self.channel.guild
        intent = Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES
        self.channel.state.emit(Event(event.name, event.payload, intent, guild.id if guild else None, event.open))

    def payload(self, *, open_: bool = False, nested: bool = False) -> Payload:
        """Return the message object as the bot gets it; ``open_``: the bot may read everything."""
        body: Payload = {
            "id": self.id,
            "channel_id": self.channel.id,
            "type": self.type,
            "author": self.author.payload(),
            "timestamp": timestamp(self.id),
            "edited_timestamp": self.edited_timestamp,
            "tts": self.tts,
            "pinned": False,
            "mention_everyone": self.mention_everyone,
            "mentions": [user.payload() for user in self.mentions],
            "mention_roles": [role.id for role in self.mention_roles],
            "flags": self.flags,
        }
        body |= self._words(shown=open_ or self.is_open())
        return body | self.origin | self._marks() | self._relations(open_=open_, nested=nested)

    def _words(self, *, shown: bool) -> Payload:
        stickers = [{"id": f"{number}", "name": name, "format_type": 1} for number, name in enumerate(self.stickers, 1)]
        more: Payload = {"sticker_items": stickers} if stickers else {}
        if not shown:
            return more | {"content": "", "attachments": [], "embeds": [], "components": []}
        return (
            more
            | ({"poll": self.poll} if self.poll else {})
            | {
                "content": self.content,
                "attachments": [attachment.payload() for attachment in self.attachments],
                "embeds": self.embeds,
                "components": self.components,
            }
        )

    def _marks(self) -> Payload:
        body: Payload = {}
        if self.nonce is not None:
            body["nonce"] = self.nonce
        if self.author.webhook:
            body["webhook_id"] = self.author.id
        if self.channel.is_thread:
            body["position"] = self.channel.messages.index(self) if self in self.channel.messages else 0
        if self.reactions:
            body["reactions"] = [self._reaction(emoji, users) for emoji, users in self.reactions.items()]
        if self.thread:
            body["thread"] = self.thread.payload()
        return body

    def _reaction(self, emoji: str, users: list[User]) -> Payload:
        return {
            "emoji": {"id": None, "name": emoji},
            "count": len(users),
            "count_details": {"burst": 0, "normal": len(users)},
            "burst_colors": [],
            "me": self.channel.state.bot in users,
            "me_burst": False,
        }

    def _mentioned(self, user: User) -> Payload:
        guild = self.channel.guild
        member = guild.members.get(user.id) if guild else None
        return user.payload() | ({"member": member.payload()} if member else {})

    def _relations(self, *, open_: bool, nested: bool) -> Payload:
        if self.forwarded:
            return {"message_reference": _pointer(self.forwarded, 1)} | self._snapshots(shown=open_ or self.is_open())
        if not self.referenced:
            return {}
        body: Payload = {"message_reference": _pointer(self.referenced, 0)}
        if not nested:
            gone = self.referenced.deleted
            body["referenced_message"] = None if gone else self.referenced.payload(open_=open_, nested=True)
        return body

    def _snapshots(self, *, shown: bool) -> Payload:
        source = self.forwarded
        if source is None or not shown:
            return {}
        kept = ("type", "timestamp", "edited_timestamp", "flags", "mentions", "mention_roles")
        whole = source.payload(open_=True, nested=True)
        snapshot: Payload = {name: whole[name] for name in kept}
        words = source._words(shown=True)
        words.pop("poll", None)  # a snapshot has none (developer documentation, Message Snapshot Object)
        return {"message_snapshots": [{"message": snapshot | words}]}


def _pointer(message: Message, kind: int) -> Payload:
    body: Payload = {"type": kind, "channel_id": message.channel.id, "message_id": message.id}
    return body | ({"guild_id": message.channel.guild.id} if message.channel.guild else {})
