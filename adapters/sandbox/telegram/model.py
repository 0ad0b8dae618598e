"""Users, chats with their topics, messages and files of the pretended Telegram, and how each looks as JSON."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from adapters.sandbox.telegram.entities import Entity
from adapters.sandbox.telegram.errors import Json
from adapters.sandbox.telegram.keyboards import Button, buttons

Shown = tuple[str, list[Json]]
"""A text with its entities."""


@dataclass(eq=False)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    username: str = ""
    is_bot: bool = False
    language: str | None = "en"

    def json(self) -> Json:
        """Return it as the Bot API shows it."""
        shown: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            shown["username"] = self.username
        if self.language and not self.is_bot:
            shown["language_code"] = self.language
        return shown


@dataclass(eq=False)
class Topic:
    """A forum topic, or one in a private chat; ``root`` is the service message that opened it."""

    name: str
    root: "Message"
    closed: bool = False


@dataclass(frozen=True)
class Member:
    """Say what somebody is in a group; an ``anonymous`` administrator writes in its name."""

    status: str
    anonymous: bool = False
    title: str = ""


@dataclass(eq=False)
class Chat:
    """One chat. A test sets the switches below the messages to make trouble.

    ``started``: whether the person ever wrote (a bot cannot find the chat before). ``muted``: the bot may not write.
    ``blocked``: the person blocked the bot; what they still ``say`` counts as written just before and arrives.
    ``kicked``: the bot was removed (``left`` besides: it left by itself). ``admin``: the bot is an administrator.
    ``reactions``: the emoji that are allowed here, None for all.
    """

    id: int
    kind: str
    title: str
    ids: Iterator[int]
    announce: Callable[["Message"], None]
    user: User | None = None
    username: str | None = None
    forum: bool = False
    messages: list["Message"] = field(default_factory=list)
    topics: dict[int, Topic] = field(default_factory=dict)
    started: bool = True
    muted: bool = False
    blocked: bool = False
    kicked: bool = False
    left: bool = False
    admin: bool = False
    reactions: list[str] | None = None
    members: dict[int, Member] = field(default_factory=dict)
    migrated_to: "Chat | None" = None

    @property
    def private(self) -> bool:
        """Tell whether it is a chat with one person."""
        return self.kind == "private"

    def json(self) -> Json:
        """Return it as the Bot API shows it inside a message."""
        shown: Json = {"id": self.id, "type": self.kind}
        if self.user:
            shown["first_name"] = self.user.first_name
        else:
            shown["title"] = self.title
        username = self.user.username if self.user else self.username
        if username:
            shown["username"] = username
        if self.forum and not self.private:
            shown["is_forum"] = True
        return shown

    def topic(self, name: str, author: User | None = None, *, implicit: bool = False) -> int:
        """Open a topic; returns its message_thread_id. The bot hears of it like of every service message.

        ``implicit``: nobody chose the name, as where an app opens a topic by itself.
        """
        if not self.forum:
            raise ValueError(f"{self.title} has no topics")
        created: Json = {"name": name, "icon_color": 7322096}
        if implicit:
            created["is_name_implicit"] = True
        root = Message(self, author or self.user, service={"forum_topic_created": created})
        root.topic = root.message_id
        self.topics[root.message_id] = Topic(name, root)
        self.add(root)
        self.announce(root)
        return root.message_id

    def close_topic(self, topic: int, *, closed: bool = True) -> None:
        """Close a topic or open it again: in a closed one only administrators write."""
        self.topics[topic].closed = closed
        service: Json = {"forum_topic_closed" if closed else "forum_topic_reopened": {}}
        message = Message(self, self.topics[topic].root.author, topic=topic, service=service)
        self.add(message)
        self.announce(message)

    def delete_topic(self, topic: int) -> None:
        """Delete a topic with its messages."""
        del self.topics[topic]
        for message in self.messages:
            message.deleted = message.deleted or message.topic == topic

    def add(self, message: "Message") -> None:
        """Put a message at the end."""
        self.messages.append(message)

    def message(self, message_id: int) -> "Message | None":
        """Return the message with this id, None where it is not or no more there."""
        return next((each for each in self.messages if each.message_id == message_id and not each.deleted), None)


@dataclass(eq=False)
class Message:
    """One message. ``text`` is the caption where there is media; ``history`` is every text and entities it showed.

    ``extra``: more of its fields (``quote``, ``forward_origin``, ``author_signature``, ...). An earlier ``date`` makes
    it older: after 48 h the bot can't delete it. ``rich``: the HTML of a rich message; ``text`` is its plain words.
    """

    chat: Chat
    author: User | None
    text: str = ""
    marks: list[Entity] = field(default_factory=list)
    topic: int | None = None
    replied: "Message | None" = None
    media: Json = field(default_factory=dict)
    service: Json = field(default_factory=dict)
    sender_chat: Chat | None = None
    extra: Json = field(default_factory=dict)
    link_preview_options: Json | None = None
    reply_markup: Json | None = None
    rich: str = ""
    edit_date: int | None = None
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    history: list[Shown] = field(default_factory=list)
    message_id: int = 0
    date: int = 0

    def __post_init__(self) -> None:
        self.message_id = self.message_id or next(self.chat.ids)
        self.date = self.date or int(time.time())
        self.remember()

    @property
    def entities(self) -> list[Json]:
        """Return its entities as the Bot API shows them."""
        return [entity.json() for entity in self.marks]

    @property
    def buttons(self) -> list[Button]:
        """Return the buttons of its inline keyboard, row after row."""
        return buttons(self.reply_markup)

    @property
    def reply_to(self) -> int | None:
        """Return the id of the message that it answers."""
        return self.replied.message_id if self.replied else None

    @property
    def thread(self) -> int | None:
        """Return its message_thread_id: the topic, or in other supergroups the first message of a chain of replies."""
        if self.topic is not None or self.replied is None or self.chat.kind != "supergroup" or self.chat.forum:
            return self.topic
        return self.replied.thread or self.replied.message_id

    def remember(self) -> None:
        """Note what it shows now."""
        self.history.append((self.text, self.entities))

    def json(self, *, reply: bool = True) -> Json:
        """Return it as the Bot API shows it; replies inside replies are left out, as there."""
        shown: Json = {"message_id": self.message_id}
        if self.author:
            shown["from"] = self.author.json()
        if self.sender_chat:
            shown["sender_chat"] = self.sender_chat.json()
        shown |= {"chat": self.chat.json(), "date": self.date}
        if self.edit_date:
            shown["edit_date"] = self.edit_date
        if self.thread:
            shown["message_thread_id"] = self.thread
        if self.topic:
            shown["is_topic_message"] = True
        return shown | self.extra | self._reply(reply) | self._content()

    def _reply(self, wanted: bool) -> Json:
        target = self.replied
        if target is None and self.topic in self.chat.topics and self.topic != self.message_id:
            target = self.chat.topics[self.topic].root
        if not wanted or target is None or target.deleted:
            return {}
        return {"reply_to_message": target.json(reply=False)}

    def _content(self) -> Json:
        shown: Json = self.service | self.media
        text, entities = ("caption", "caption_entities") if self.media else ("text", "entities")
        if self.rich:  # there is no text beside it, and each line stands for a block, of which all but a sign is bold
            lines = [[line[:1], {"type": "bold", "text": line[1:]}] for line in self.text.split("\n")]
            shown["rich_message"] = {"blocks": [{"type": "paragraph", "text": line} for line in lines]}
        elif self.text:
            shown[text] = self.text
        if self.marks:
            shown[entities] = self.entities
        if self.link_preview_options is not None:
            shown["link_preview_options"] = self.link_preview_options
        if self.reply_markup is not None:
            shown["reply_markup"] = self.reply_markup
        return shown


@dataclass(frozen=True)
class File:
    """A file on the server."""

    file_id: str
    unique_id: str
    path: str
    name: str
    mime: str
    data: bytes

    def json(self) -> Json:
        """Return the fields that every kind of file has."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.data)}
