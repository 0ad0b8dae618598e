"""The pretended Telegram without its API: who is there, what people do, and what of it the bot gets to see."""

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adapters.sandbox.telegram.callbacks import Callbacks
from adapters.sandbox.telegram.drafts import Drafts
from adapters.sandbox.telegram.entities import CAPTION_LIMIT, Entity, formatted, width
from adapters.sandbox.telegram.errors import Json
from adapters.sandbox.telegram.flood_control import FloodControl
from adapters.sandbox.telegram.media import CAPTIONED, media, mime_of
from adapters.sandbox.telegram.membership import change, standing, turn_switches
from adapters.sandbox.telegram.model import Chat, File, Message, User
from adapters.sandbox.telegram.origins import external_reply, text_quote
from adapters.sandbox.telegram.text_splitting import split_as_apps_do
from adapters.sandbox.telegram.updates import Updates

BOT_ID = 7_000_000_001
FIRST_UPDATE = 481_516_200


class Action(NamedTuple):
    """One sendChatAction; ``time`` is monotonic."""

    chat_id: int
    topic: int | None
    action: str
    time: float


class State:
    """Users, chats and files, and the acts of people."""

    def __init__(self) -> None:
        self.bot = User(BOT_ID, "Qwen", "qwen_bridge_bot", is_bot=True, language=None)
        self.privacy_mode = True
        self.topics_enabled = False
        self.users = {self.bot.id: self.bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.actions: list[Action] = []
        self.updates = Updates(FIRST_UPDATE)
        self.flood = FloodControl()
        self.drafts = Drafts()
        self.callbacks = Callbacks(self.updates)
        self._people = itertools.count(6_200_000_001, 1_003)
        self._groups = itertools.count(4_100_000_001, 1_007)
        self._supergroups = itertools.count(1_002_100_000_001, 1_009)
        self._albums = itertools.count(13_700_000_000_000_001)
        # Private chats and basic groups number their messages together: one row per account.
        self._account_ids = itertools.count(101)
        self._anonymous = self._hidden(1_087_968_824, "Group", "GroupAnonymousBot")
        self._channel_bot = self._hidden(136_817_688, "Channel", "Channel_Bot")

    def _hidden(self, user_id: int, name: str, username: str) -> User:
        self.users[user_id] = User(user_id, name, username, is_bot=True, language=None)
        return self.users[user_id]

    def user(self, name: str, *, is_bot: bool = False, language: str | None = "en", username: str = "") -> User:
        """Make a person, or another bot."""
        user = User(next(self._people), name, username, is_bot, language)
        self.users[user.id] = user
        return user

    def private(self, user: User, *, topics: bool = False, started: bool = True) -> Chat:
        """Make the chat of a person with the bot, which knows it once it is ``started`` or the person writes."""
        if user.id in self.chats:
            return self.chats[user.id]
        self.topics_enabled = self.topics_enabled or topics
        return self._chat(user.id, "private", user.first_name, self._account_ids, user=user, topics=topics, on=started)

    def group(self, title: str) -> Chat:
        """Make a basic group with the bot in it."""
        return self._chat(-next(self._groups), "group", title, self._account_ids)

    def supergroup(self, title: str, *, forum: bool = False, username: str | None = None) -> Chat:
        """Make a supergroup with the bot in it, with topics if ``forum``."""
        ids = itertools.count(2)
        return self._chat(-next(self._supergroups), "supergroup", title, ids, topics=forum, username=username)

    def channel(self, title: str) -> Chat:
        """Make a channel that can be the ``sender_chat`` of a message."""
        return self._chat(-next(self._supergroups), "channel", title, itertools.count(2))

    def _chat(
        self,
        chat_id: int,
        kind: str,
        title: str,
        ids: Iterator[int],
        *,
        user: User | None = None,
        topics: bool = False,
        on: bool = True,
        username: str | None = None,
    ) -> Chat:
        chat = Chat(chat_id, kind, title, ids, self.announce, user, username, topics, started=on)
        self.chats[chat_id] = chat
        return chat

    async def say(
        self,
        chat: Chat,
        author: User,
        text: str,
        *,
        topic: int | None = None,
        reply_to: Message | None = None,
        entities: Sequence[Entity] = (),
        caption: bool = False,
        sender_chat: Chat | None = None,
        quote: str = "",
        extra: Json | None = None,
    ) -> Message:
        """Write as a person; returns the (first) message.

        Longer texts become several messages, as in Telegram's apps. ``caption``: under a photo. ``sender_chat``: in
        the name of the group itself (an anonymous administrator) or of a channel. ``quote``: a part of the message
        that is answered. ``extra``: more fields of the message. A message of another chat is answered from outside.
        """
        extra = {**(extra or {}), **({"quote": text_quote(reply_to, quote)} if reply_to and quote else {})}
        if caption:
            return await self.post(
                chat, author, "photo", text, topic=topic, reply_to=reply_to, sender_chat=sender_chat, extra=extra
            )
        pieces = split_as_apps_do(text)
        if entities and len(pieces) > 1:
            raise ValueError("entities are for one message")
        said: list[Message] = []
        for piece in pieces:
            replied, more = (None, None) if said else (reply_to, extra)
            message = self._written(
                chat, author, piece, entities, topic=topic, replied=replied, sender_chat=sender_chat, extra=more
            )
            self.arrives(message)
            said.append(message)
        return said[0]

    async def post(
        self,
        chat: Chat,
        author: User,
        kind: str,
        caption: str = "",
        *,
        topic: int | None = None,
        reply_to: Message | None = None,
        name: str | None = None,
        data: bytes = b"\x89stand-in content of a file",
        album: str | None = None,
        sender_chat: Chat | None = None,
        extra: Json | None = None,
    ) -> Message:
        """Post a photo, document, voice, audio, video, video_note, animation, sticker, location, ... as a person.

        Messages of one ``album`` carry the same media_group_id (see ``new_album``).
        """
        if caption and (kind not in CAPTIONED or width(caption) > CAPTION_LIMIT):
            raise ValueError("no such caption")
        shown = media(kind, self.store, name, data)
        if album:
            shown["media_group_id"] = album
        said = self._written(
            chat,
            author,
            caption,
            (),
            topic=topic,
            replied=reply_to,
            sender_chat=sender_chat,
            shown=shown,
            extra=extra,
        )
        self.arrives(said)
        return said

    def new_album(self) -> str:
        """Make a media_group_id."""
        return str(next(self._albums))

    async def edit(self, message: Message, text: str, *, entities: Sequence[Entity] = ()) -> None:
        """Edit a message as a person (its caption, where it has media); the same text again is no edit."""
        new = formatted(text, entities, may_be_empty=bool(message.media))
        if new == (message.text, message.marks):
            return
        message.text, message.marks = new
        message.edit_date = int(time.time())
        message.remember()
        if self.sees(message):
            self.updates.add("edited_message", message.json())

    async def delete(self, message: Message) -> None:
        """Delete a message as a person; no bot is told."""
        message.deleted = True

    def push_update(self, raw: Json) -> Json | None:
        """Queue a raw update (one field beside the update_id, which the server gives) if the bot asked for its kind."""
        ((kind, payload),) = ((key, value) for key, value in raw.items() if key != "update_id")
        return self.updates.add(kind, payload)

    def announce(self, message: Message) -> None:
        """Queue a service message, or one that is known to concern the bot."""
        if not message.chat.kicked and message.author is not self.bot:
            self.updates.add("message", message.json())

    def _written(
        self,
        chat: Chat,
        author: User,
        text: str,
        entities: Sequence[Entity],
        *,
        topic: int | None,
        replied: Message | None,
        sender_chat: Chat | None = None,
        shown: Json | None = None,
        extra: Json | None = None,
    ) -> Message:
        if chat.migrated_to or (topic is not None and (topic not in chat.topics or chat.topics[topic].closed)):
            raise ValueError("nobody can write here")
        if replied and replied.deleted:
            raise ValueError("that message is not here")
        extra = dict(extra or {})
        if replied and replied.chat is not chat:
            extra["external_reply"], replied = external_reply(replied), None
        text, marks = formatted(text, entities, may_be_empty=bool(shown))
        if sender_chat:
            author = self._anonymous if sender_chat is chat else self._channel_bot
        topic = topic if topic is not None or replied is None else replied.topic
        message = Message(chat, author, text, marks, topic, replied, shown or {}, sender_chat=sender_chat, extra=extra)
        chat.started = True
        chat.add(message)
        return message

    def bot_becomes(self, chat: Chat, status: str, by: User) -> None:
        """Change what the bot is in a chat, and tell the bot."""
        old = standing(chat, self.bot, self.bot)
        turn_switches(chat, status)
        new = standing(chat, self.bot, self.bot)
        self.updates.add("my_chat_member", change(chat, by, self.bot, old, new, int(time.time())))

    def arrives(self, message: Message) -> None:
        """Queue what a person sent, if the bot gets to see it."""
        if self.sees(message):
            self.updates.add("message", message.json())

    def sees(self, message: Message) -> bool:
        """Tell whether Telegram shows this message to the bot (privacy mode, other bots, chats it is not in)."""
        chat = message.chat
        other_bot = message.author is not None and message.author.is_bot and message.sender_chat is None
        if other_bot or chat.kicked or chat.kind == "channel":
            return False
        if chat.private or chat.admin or not self.privacy_mode:
            return True
        return (message.replied is not None and message.replied.author is self.bot) or self._commanded(message)

    def _commanded(self, message: Message) -> bool:
        first = next((mark for mark in message.marks if mark.offset == 0 and mark.type == "bot_command"), None)
        if first is None:
            return False
        _, named, name = message.text[: first.length].partition("@")
        return not named or name.lower() == self.bot.username.lower()

    def store(self, folder: str, name: str, data: bytes) -> File:
        """Put a file on the server."""
        number = len(self.files)
        ending = name.rpartition(".")[2]
        path = f"{folder}/file_{number}.{ending}"
        file = File(f"BQACAgIAAxk{number:029d}", f"AgAD{number:011d}", path, name, mime_of(name), data)
        self.files[file.file_id] = file
        return file
