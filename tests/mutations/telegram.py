"""What people do on the pretended Telegram: messages of every kind, edits, presses, and what the server says itself."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from adapters.sandbox.telegram import FakeTelegram
from adapters.sandbox.telegram.entities import Entity
from adapters.sandbox.telegram.model import Chat, Message
from tests.mutations.odd import Json
from tests.mutations.play import Act, Said
from tests.waiting import eventually

RICH: Json = {"blocks": [{"type": "paragraph", "text": ["echo ", {"type": "bold", "text": ["fine"]}]}]}

KEYS: Json = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop:1"}]]}

MEDIA = ("photo", "document", "voice", "video", "animation", "audio", "sticker", "location", "venue", "contact", "poll")

Doing = Callable[["Here"], Awaitable[object]]


class Here:
    """Somebody new in a place of their own: a private chat, a topic of one, a group, or a topic of a forum."""

    def __init__(self, telegram: FakeTelegram, number: int, kind: str) -> None:
        self.telegram = telegram
        self.ann = telegram.user(f"Ann {number}")
        self.bob = telegram.user("Bob")
        self.chat = {
            "private": lambda: telegram.private(self.ann, topics=kind.endswith("topic")),
            "group": lambda: telegram.supergroup(f"Group {number}", forum=kind.endswith("topic")),
        }[kind.partition(" ")[0]]()
        self.topic = self.chat.topic("Topic") if kind.endswith("topic") else None
        self.ask = "" if self.chat.private else "/ask "

    def say(self, text: str = "echo fine", **more: Any) -> Awaitable[Message]:
        """Say something."""
        return self.telegram.say(self.chat, self.ann, f"{self.ask}{text}", topic=self.topic, **more)

    async def bobs(self) -> Message:
        """Let Bob say something that a question is about."""
        return await self.telegram.say(self.chat, self.bob, "one big thing", topic=self.topic)

    async def replies(self) -> object:
        """Reply to a part of what Bob said."""
        return await self.say(reply_to=await self.bobs(), quote="big")

    async def edits(self) -> None:
        """Ask again with other words."""
        await self.telegram.edit(await self.say("echo first"), f"{self.ask}echo fine")

    async def presses(self) -> object:
        """Press a button below a message of the bot."""
        message = Message(self.chat, self.telegram.bot, "growing", reply_markup=KEYS, topic=self.topic)
        self.chat.add(message)
        return await self.telegram.press(message, self.ann, "Stop")

    async def elsewhere(self) -> object:
        """Reply to what stands in another chat."""
        there = self.telegram.supergroup("There")
        return await self.say(reply_to=await self.telegram.say(there, self.bob, "one big thing"))


MARKS = (Entity("bold", 0, 4), Entity("text_link", 5, 4, {"url": "https://a.example/"}))

DOINGS: dict[str, tuple[str, Doing]] = {
    "words": ("private", lambda here: here.say(entities=MARKS)),
    "topic": ("private topic", lambda here: here.say()),
    "reply": ("private", Here.replies),
    "elsewhere": ("private", Here.elsewhere),
    "-edit": ("private", Here.edits),
    "press": ("private", Here.presses),
    "command": ("private", lambda here: here.say("/help")),
    "rich": ("private", lambda here: here.telegram.service(here.chat, here.ann, rich_message=RICH)),
    "album": ("private", lambda here: here.telegram.post_album(here.chat, here.ann, caption="these")),
    **{
        f"forward of {name}": ("private", lambda here, of=of: here.telegram.forward(here.chat, here.ann, of(here), "x"))  # type: ignore[misc]
        for name, of in {
            "a person": lambda here: here.bob,
            "somebody": lambda _: "Somebody",
            "a group": lambda here: here.telegram.supergroup("There"),
            "a channel": lambda here: here.telegram.channel("News"),
        }.items()
    },
    **{kind: ("private", lambda here, kind=kind: here.telegram.post(here.chat, here.ann, kind)) for kind in MEDIA},  # type: ignore[misc]
    "group": ("group", lambda here: here.say()),
    "forum": ("group topic", lambda here: here.say()),
    "group reply": ("group", Here.replies),
    "-group edit": ("group", Here.edits),
    "group press": ("group", Here.presses),
    "as the group": ("group", lambda here: here.say(sender_chat=here.chat)),
    "-member": ("group", lambda here: here.telegram.set_bot(here.chat, "administrator", here.ann)),
    "-moved": ("group", lambda here: here.telegram.migrate(here.chat)),
    "-pinned": ("group", lambda here: here.telegram.service(here.chat, here.ann, new_chat_title="Renamed")),
    "-topic": (
        "group topic",
        lambda here: here.telegram.service(here.chat, here.ann, forum_topic_edited={"name": "x"}),
    ),
    "-comment": ("group", lambda here: here.telegram.comment_on(here.chat, here.telegram.channel("News"), "post")),
}
"""Name what somebody does and where; a name that begins with "-" is of an act that gets no answer."""


class World:
    """The pretended Telegram; see play.World."""

    vital = frozenset(
        (
            *("message_id", "chat", "chat.id", "from", "from.id", "from.is_bot", "is_automatic_forward", "message"),
            *(
                "text",
                "caption",
                "entities",
                "entities.type",
                "entities.offset",
                "entities.length",
                "chat.type",
                "rich_message",
                "rich_message.blocks",
                *MEDIA,
                "message.chat",
                "message.chat.id",
                "message.message_id",
                "id",
                "sender_chat",
                "sender_chat.id",
            ),
        )
    )

    def __init__(self, telegram: FakeTelegram) -> None:
        self.telegram = telegram
        telegram.privacy_mode = False
        self.variables = {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        self._numbers = count()
        self._add = telegram.updates.add
        self._kept: list[tuple[str, Json]] | None = None
        telegram.updates.add = self.deliver  # type: ignore[method-assign, assignment]
        self.acts: dict[str, Act] = {name: self._act(*doing) for name, doing in DOINGS.items()}

    def deliver(self, kind: str, body: Json) -> None:
        """See play.World; while somebody does something, its event is kept back."""
        if self._kept is None:
            self._add(kind, body)
        else:
            self._kept.append((kind, body))

    async def ready(self) -> None:
        """See play.World."""
        await eventually(lambda: self.telegram.polling, 60)

    async def ask(self) -> Callable[[], object]:
        """See play.World."""
        here = Here(self.telegram, next(self._numbers), "private")
        await here.say()
        return lambda: [each.text for each in self.telegram.answers(here.chat)] == ["fine"]

    def _act(self, kind: str, doing: Doing) -> Act:
        async def act() -> Said:
            here = Here(self.telegram, next(self._numbers), kind)
            before = len(self.telegram.callbacks.presses)
            said: list[tuple[str, Json]] = []
            self._kept = said
            await doing(here)
            self._kept = None
            presses = self.telegram.callbacks.presses[before:]
            own = {id(each) for each in self.telegram.answers(here.chat)}
            return Said(*said[-1], lambda: self._heard(here.chat, own, presses))

        return act

    def _heard(self, chat: Chat, own: set[int], presses: list[Any]) -> bool:
        said = any(id(each) not in own for each in self.telegram.answers(chat))
        return said or any(press.answered for press in presses)
