"""Lets people act on the pretended Telegram besides writing: press, forward, pin, change who is what."""

import time
from collections.abc import Sequence

from adapters.sandbox.telegram.callbacks import Press
from adapters.sandbox.telegram.errors import Json
from adapters.sandbox.telegram.keyboards import Button
from adapters.sandbox.telegram.media import NAMES
from adapters.sandbox.telegram.membership import INSIDE, OUTSIDE, change, standing
from adapters.sandbox.telegram.model import Chat, Member, Message, User
from adapters.sandbox.telegram.origins import Source, origin
from adapters.sandbox.telegram.state import State
from adapters.sandbox.telegram.text_splitting import split_hard

SERVICE_USER = 777_000


class UserActions(State):
    """The acts of people."""

    async def forward(
        self,
        chat: Chat,
        author: User,
        source: Source,
        text: str = "",
        *,
        hidden: bool = False,
        topic: int | None = None,
    ) -> Message:
        """Forward a message, or a ``text`` of somebody, as a person; ``hidden``: only its writer's name is seen."""
        writer = source.author if isinstance(source, Message) else source
        shown: Source = writer.first_name if hidden and isinstance(writer, User) else source
        extra: Json = {"forward_origin": origin(shown, int(time.time()) - 60)}
        if isinstance(source, Message):
            return await self.repeat(chat, author, source, extra, topic)
        return await self.say(chat, author, text, topic=topic, extra=extra)

    async def repeat(self, chat: Chat, author: User, source: Message, extra: Json, topic: int | None) -> Message:
        """Send what another message shows as a person."""
        said = self._written(
            chat, author, source.text, source.marks, topic=topic, replied=None, shown=source.media, extra=extra
        )
        self.arrives(said)
        return said

    async def paste(self, chat: Chat, author: User, text: str, *, topic: int | None = None) -> list[Message]:
        """Paste a long text as an app does that cuts it hard, in pieces of exactly 4096 UTF-16 units."""
        return [await self.say(chat, author, piece, topic=topic) for piece in split_hard(text)]

    async def post_album(
        self,
        chat: Chat,
        author: User,
        kinds: Sequence[str] = ("photo", "photo"),
        *,
        caption: str = "",
        topic: int | None = None,
        reply_to: Message | None = None,
    ) -> list[Message]:
        """Post an album as a person: an update for each piece, the caption under the first."""
        if not 2 <= len(kinds) <= 10:
            raise ValueError("an album has two to ten pieces")
        album = self.new_album()
        texts = [caption, *[""] * (len(kinds) - 1)]
        return [
            await self.post(chat, author, kind, caption=text, topic=topic, reply_to=reply_to, album=album)
            for kind, text in zip(kinds, texts, strict=True)
        ]

    def content(self, message: Message) -> bytes:
        """Return the content of the file of a message (of a photo: the largest size)."""
        shown = next((value for kind, value in message.media.items() if kind in NAMES), None)
        found = shown[-1] if isinstance(shown, list) else shown
        if not isinstance(found, dict):
            raise TypeError("the message has no file")
        return self.files[found["file_id"]].data

    async def unfurl(self, message: Message) -> None:
        """Finish the preview of a link in a message: to the bot an edit that changes nothing it can see."""
        message.edit_date = int(time.time())
        if self.sees(message):
            self.updates.add("edited_message", message.json())

    async def comment_on(self, group: Chat, channel: Chat, text: str) -> Message:
        """Let a post of the linked channel arrive in its discussion group, as it does by itself."""
        telegram = self.users.setdefault(SERVICE_USER, User(SERVICE_USER, "Telegram", language=None))
        extra: Json = {"is_automatic_forward": True, "forward_origin": origin(channel, int(time.time()))}
        said = self._written(group, telegram, text, (), topic=None, replied=None, extra=extra)
        said.sender_chat = channel
        self.arrives(said)
        return said

    async def service(self, chat: Chat, author: User, topic: int | None = None, **fields: object) -> Message:
        """Add a service message: ``new_chat_title="Enemies"``, ``forum_topic_edited={"name": "Talk"}``, ..."""
        message = Message(chat, author, topic=topic, service=fields)
        chat.add(message)
        self.announce(message)
        return message

    async def pin(self, message: Message, author: User) -> Message:
        """Pin a message as a person; returns the service message."""
        return await self.service(message.chat, author, message.topic, pinned_message=message.json(reply=False))

    async def press(
        self, message: Message, user: User, wanted: str | Button, *, inaccessible: bool = False, forged: bool = False
    ) -> Press:
        """Press the button with that text or data as a person; what the bot answers is read from the Press.

        ``inaccessible``: the bot is told the message's id only, as for a deleted one. ``forged``: a changed app sends
        data that is on no button.
        """
        return self.callbacks.press(message, user, wanted, inaccessible=inaccessible, forged=forged)

    async def migrate(self, group: Chat) -> Chat:
        """Make a supergroup with another id of a basic group; the bot hears of it from both."""
        new = self.supergroup(group.title)
        owner = self.user("Owner")
        for chat, field, other in ((group, "migrate_to_chat_id", new), (new, "migrate_from_chat_id", group)):
            message = Message(chat, owner, service={field: other.id})
            chat.add(message)
            self.announce(message)
        group.migrated_to = new
        return new

    async def set_member(
        self, chat: Chat, user: User, status: str, *, by: User | None = None, anonymous: bool = False, title: str = ""
    ) -> None:
        """Make somebody ``creator``, ``administrator``, ``member``, ``restricted``, ``left`` or ``kicked``.

        A bot that is an administrator and asked for ``chat_member`` hears of it.
        """
        if status not in (*INSIDE, *OUTSIDE) or chat.private:
            raise ValueError(f"nobody can be {status} here")
        old, new = standing(chat, user, self.bot), Member(status, anonymous, title)
        chat.members[user.id] = new
        if chat.admin:
            self.updates.add("chat_member", change(chat, by or user, user, old, new, int(time.time())))

    async def set_bot(self, chat: Chat, status: str, by: User) -> None:
        """Add or remove the bot, make it an administrator, restrict it, or block it (``kicked``), as a person does.

        In private chats only ``member`` and ``kicked``. The bot hears ``my_chat_member``, in a group that it is added
        to also the service message.
        """
        was_out = chat.kicked
        self.bot_becomes(chat, status, by)
        if was_out and not chat.kicked:
            await self.service(chat, by, new_chat_members=[self.bot.json()])
