"""Lets people write, edit, delete and react on the pretended Discord, and take its places away."""

from collections.abc import Sequence

from adapters.sandbox.discord.channels import Channel, Guild
from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.events import Event, Intent
from adapters.sandbox.discord.mentions import Allowed
from adapters.sandbox.discord.message import DEFAULT, REPLY, Flag, Message
from adapters.sandbox.discord.message_routes import emit_reaction
from adapters.sandbox.discord.snowflakes import timestamp
from adapters.sandbox.discord.state import State
from adapters.sandbox.discord.users import User

PERSON_LIMIT = 4000


class MessageActions:
    """People write, change their minds, react, and take things away."""

    state: State

    async def say(
        self,
        channel: Channel,
        author: User,
        text: str,
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        attachments: Sequence[tuple[str, bytes]] = (),
        webhook: bool = False,
        forward: Message | None = None,
        voice_seconds: float | None = None,
        embeds: Sequence[Payload] = (),
        components: Sequence[Payload] = (),
        poll: Sequence[str] = (),
        stickers: Sequence[str] = (),
    ) -> Message:
        """Write a message as a person (or webhook). ``voice_seconds`` makes the files a voice message.

        ``embeds`` and ``components`` are for apps alone, of which ``components`` are those of Components V2. ``poll``
        is its question and its answers. ``stickers`` are names.
        """
        if (embeds or components) and not (author.bot or webhook):
            raise ValueError("people have no embeds or components")
        if len(text) > PERSON_LIMIT:
            raise ValueError("nobody can send this much text: use paste()")
        if webhook and not author.webhook:
            author = self.state.user(author.name, bot=True, webhook=True)
        message = Message(channel, self.state.ids.new(), author, referenced=reply_to, forwarded=forward)
        message.type = REPLY if reply_to else DEFAULT
        for name, content in attachments:
            message.attach(name, content).duration_secs = voice_seconds
        message.embeds, message.components, message.stickers = list(embeds), list(components), list(stickers)
        message.poll = _poll(*poll) if poll else {}
        message.flags |= Flag.IS_COMPONENTS_V2 if components else 0
        message.flags |= Flag.HAS_SNAPSHOT if forward else 0
        message.flags |= Flag.IS_VOICE_MESSAGE if voice_seconds is not None else 0
        message.write(text, Allowed(replied_user=ping))
        if channel.guild and not author.webhook:
            channel.guild.join(author)
        message.post()
        return message

    async def post(self, forum: Channel, author: User, title: str, text: str) -> Message:
        """Begin a post in a forum: a thread whose first message has its id and stands in it."""
        thread = forum.thread(title, author)
        message = Message(thread, thread.id, author)
        message.write(text, Allowed())
        message.post()
        return message

    async def paste(self, channel: Channel, author: User, text: str, *, reply_to: Message | None = None) -> Message:
        """Paste a text too long for a message: Discord's clients send it as the file message.txt."""
        return await self.say(channel, author, "", reply_to=reply_to, attachments=[("message.txt", text.encode())])

    async def edit(self, message: Message, text: str) -> None:
        """Change a message as its author."""
        # a reply keeps the ping that it was sent with
        pings = bool(message.referenced and message.referenced.author in message.mentions)
        message.write(text, Allowed(replied_user=pings))
        message.edited_timestamp = timestamp()
        message.dispatch("MESSAGE_UPDATE")

    async def unfurl(self, message: Message, url: str, *, title: str = "A page") -> None:
        """Add the preview of a link to a message. Nobody has edited anything, yet it is a MESSAGE_UPDATE."""
        message.embeds = [*message.embeds, {"type": "link", "url": url, "title": title}]
        message.dispatch("MESSAGE_UPDATE")

    async def delete(self, message: Message) -> None:
        """Delete a message."""
        message.delete()

    async def purge(self, *messages: Message) -> None:
        """Delete several messages of one channel at once, as a moderator does."""
        channel = messages[0].channel
        for message in messages:
            message.deleted = True
        body: Payload = {"ids": [message.id for message in messages], "channel_id": channel.id}
        if channel.guild and not channel.hidden:
            body["guild_id"] = channel.guild.id
            self.state.emit(Event("MESSAGE_DELETE_BULK", body, Intent.GUILD_MESSAGES, channel.guild.id))

    async def react(self, message: Message, user: User, emoji: str) -> None:
        """React to a message as a person."""
        message.reactions.setdefault(emoji, []).append(user)
        emit_reaction("MESSAGE_REACTION_ADD", message, emoji, user.id)

    async def unreact(self, message: Message, user: User, emoji: str) -> None:
        """Take a person's reaction back."""
        message.reactions[emoji].remove(user)
        if not message.reactions[emoji]:
            del message.reactions[emoji]
        emit_reaction("MESSAGE_REACTION_REMOVE", message, emoji, user.id)

    async def remove(self, channel: Channel) -> None:
        """Delete a channel with its threads, or a thread."""
        channel.remove()

    async def expel(self, guild: Guild) -> None:
        """Throw the bot out of a guild; it no longer sees anything there."""
        self.state.emit(Event("GUILD_DELETE", {"id": guild.id}, Intent.GUILDS, guild.id))
        self.state.guilds.pop(guild.id, None)
        guild.members.pop(self.state.bot.id, None)

    async def outage(self, guild: Guild) -> None:
        """Make a guild unavailable for a while: an outage of Discord's, no farewell."""
        self.state.emit(Event("GUILD_DELETE", {"id": guild.id, "unavailable": True}, Intent.GUILDS, guild.id))

    async def recover(self, guild: Guild) -> None:
        """End the outage of a guild."""
        self.state.emit(Event("GUILD_CREATE", guild.payload(), Intent.GUILDS, guild.id))


def _poll(question: str, *answers: str) -> Payload:
    """Return a poll on which nobody has voted yet (developer documentation, Poll Object)."""
    if not answers:
        raise ValueError("a poll has answers")
    shown = [{"answer_id": number, "poll_media": {"text": text}} for number, text in enumerate(answers, start=1)]
    return {
        "question": {"text": question},
        "answers": shown,
        "expiry": timestamp(),
        "allow_multiselect": False,
        "layout_type": 1,
        "results": {"is_finalized": False, "answer_counts": []},
    }
