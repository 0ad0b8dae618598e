"""What people do on the pretended Discord: messages of every kind, interactions, and what the gateway says besides."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from adapters.sandbox.discord import Event, FakeDiscord, Interaction, Message
from tests.mutations.odd import Json
from tests.mutations.play import Act, Said
from tests.waiting import eventually

ACTS_IN_GUILD = 25
"""Bounds the people of one guild; each has a channel of their own."""

Doing = Callable[["Here"], Awaitable[object]]


class Here:
    """Somebody new in a place of their own: a direct message, a channel, or a thread."""

    def __init__(self, world: "World", number: int, kind: str) -> None:
        self.discord = discord = world.discord
        if number % ACTS_IN_GUILD == 0:
            world.guild = discord.guild(f"guild {number}")
        self.guild = world.guild
        self.ann, self.bob = discord.user(f"ann{number}"), discord.user(f"bob{number}")
        self.guild.join(self.ann)
        self.guild.join(self.bob)
        channel = discord.dm(self.ann) if kind == "dm" else self.guild.channel(f"channel-{number}")
        self.channel = channel.thread("a thread", self.ann) if kind == "thread" else channel
        self.mention = "" if kind == "dm" else f"{discord.bot.mention} "

    def say(self, text: str = "echo fine", **more: Any) -> Awaitable[Message]:
        """Say something."""
        return self.discord.say(self.channel, self.ann, f"{self.mention}{text}", **more)

    async def bobs(self, **more: Any) -> Message:
        """Let Bob, or an app, say something that a question is about."""
        author = self.discord.user("app", bot=True) if more else self.bob
        return await self.discord.say(self.channel, author, "one big thing", **more)

    async def replies(self, **more: Any) -> object:
        """Reply to what somebody said."""
        return await self.say(reply_to=await self.bobs(**more))

    async def reacts(self) -> None:
        """React to a message."""
        await self.discord.react(await self.bobs(), self.ann, "👍")

    async def deletes(self) -> None:
        """Delete a message."""
        await self.discord.delete(await self.say())

    async def purges(self) -> None:
        """Let a moderator delete several messages."""
        await self.discord.purge(await self.bobs(), await self.bobs())

    async def edits(self) -> None:
        """Say it otherwise."""
        said = await self.say("echo first")
        await self.discord.edit(said, f"{self.mention}echo fine")

    async def unfurls(self) -> None:
        """Let a preview appear."""
        await self.discord.unfurl(await self.say("https://a.example"), "https://a.example")

    async def asks_about(self) -> object:
        """Use the menu of a message."""
        return await self.discord.menu(await self.bobs(), self.ann, "Ask Qwen")

    async def presses(self) -> object:
        """Press a button below an answer."""
        old = int(self.discord.state.ids.new()) - (60_000 << 22)  # what is new may not be known yet, and is waited for
        answer = Message(self.channel, str(old), self.discord.bot)
        answer.components = [
            {"type": 1, "components": [{"type": 2, "id": 1, "label": "Stop", "custom_id": "qb:stop:1"}]}
        ]
        self.channel.messages.append(answer)
        return await self.discord.press(answer, self.ann, "Stop")

    async def threads(self) -> object:
        """Begin a thread."""
        return self.channel.thread("new", self.ann)

    async def channels(self) -> object:
        """Make a channel."""
        return self.guild.channel("new")

    async def archives(self) -> None:
        """Close a thread."""
        self.channel.archive()

    async def command(self, name: str, **options: Any) -> object:
        """Use a slash command."""
        return await self.discord.command(self.channel, self.ann, name, options)

    async def guilds(self) -> object:
        """Let the bot be added to a server."""
        return self.discord.guild("a new one")


EMBED: Json = {
    "type": "rich", "title": "A card", "url": "https://a.example", "description": "words", "color": 5,
    "author": {"name": "Somebody"}, "footer": {"text": "below"},
    "fields": [{"name": "a", "value": "b", "inline": True}],
}  # fmt: skip

DOINGS: dict[str, tuple[str, Doing]] = {
    "words": ("dm", Here.say),
    "dm reply": ("dm", Here.replies),
    "dm file": ("dm", lambda here: here.say(attachments=[("a.txt", b"words")])),
    "dm voice": ("dm", lambda here: here.say("", attachments=[("voice.ogg", b"x")], voice_seconds=1.0)),
    "dm poll": ("dm", lambda here: here.say("", poll=("Tea?", "yes", "no"))),
    "dm sticker": ("dm", lambda here: here.say(stickers=("wave",))),
    "mention": ("channel", Here.say),
    "reply": ("channel", Here.replies),
    "reply to a card": ("channel", lambda here: here.replies(embeds=[EMBED])),
    "thread": ("thread", Here.say),
    "help": ("channel", lambda here: here.command("help")),
    "ask": ("channel", lambda here: here.command("ask", question="echo fine")),
    "dm ask": ("dm", lambda here: here.command("ask", question="echo fine")),
    "menu": ("channel", Here.asks_about),
    "press": ("channel", Here.presses),
    "dm press": ("dm", Here.presses),
    "-edit": ("dm", Here.edits),
    "-channel edit": ("channel", Here.edits),
    "-thread": ("channel", Here.threads),
    "-archived": ("thread", Here.archives),
    "-channel": ("channel", Here.channels),
    "-preview": ("dm", Here.unfurls),
    "-delete": ("channel", Here.deletes),
    "-purge": ("channel", Here.purges),
    "-reaction": ("channel", Here.reacts),
    "-guild": ("dm", Here.guilds),
}
"""Name what somebody does and where; a name that begins with "-" is of an act that gets no answer."""


class World:
    """The pretended Discord; see play.World."""

    vital = frozenset(
        (
            *("id", "channel_id", "author", "author.id", "author.bot", "content", "type", "token", "guild_id"),
            *("member", "member.user", "member.user.id", "user", "user.id", "application_id", "channel.id"),
            *("data", "data.", "mentions", "mentions."),
        )
    )

    def __init__(self, discord: FakeDiscord) -> None:
        self.discord = discord
        self.guild = discord.guild()
        self.variables = {
            "DISCORD_BOT_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        self._numbers = count(1)
        self._kept: list[Event] | None = None
        discord.state.emit = self._emit
        self.acts: dict[str, Act] = {name: self._act(*doing) for name, doing in DOINGS.items()}

    def deliver(self, kind: str, body: Json) -> None:
        """See play.World."""
        for session in self.discord.gateway.live:
            session.dispatch(kind, body)

    async def ready(self) -> None:
        """See play.World."""
        await self.discord.connected(within=60)
        await eventually(lambda: self.discord.commands, 60)

    async def ask(self) -> Callable[[], object]:
        """See play.World."""
        places = [Here(self, next(self._numbers), kind) for kind in ("dm", "channel")]
        for here in places:
            await here.say()
        return lambda: all([m.content for m in self.discord.answers(here.channel)] == ["fine"] for here in places)

    def _emit(self, event: Event) -> None:
        if self._kept is None:
            self.discord.gateway.emit(event)
        else:
            self._kept.append(event)

    def _act(self, kind: str, doing: Doing) -> Act:
        async def act() -> Said:
            here = Here(self, next(self._numbers), kind)
            kept: list[Event] = []
            self._kept = kept
            done = await doing(here)
            self._kept = None
            event = kept[-1]
            return Said(event.name, event.open or event.payload, lambda: self._heard(here, done))

        return act

    def _heard(self, here: Here, done: object) -> bool:
        if isinstance(done, Interaction):
            return done.acknowledged is not None
        return bool(self.discord.answers(here.channel))
