"""The stages of Discord and Telegram: a person in one place, in front of the real adapter and its stand-in."""

from adapters.common.rate_limiter import Rate, Rates
from adapters.discord.adapter import DiscordAdapter
from adapters.discord.channels import Channels
from adapters.sandbox.discord import Channel, FakeDiscord, Interaction, Message, Permission, User
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import Chat, FakeTelegram
from adapters.sandbox.telegram import Message as TelegramMessage
from adapters.sandbox.telegram import User as TelegramUser
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.forms import Forms
from tests.actions_contract import ActionsStage
from tests.waiting import eventually

QUICK = Rates(edit=(Rate(21, 1.0),))
"""An edit every 50 ms."""

EDIT = "/channels/*/messages/*"
REACTION = f"{EDIT}/reactions/*/@me"


class DiscordStage(ActionsStage):
    """A person in one channel, thread or direct message."""

    rates = QUICK
    channels: Channels = "shared"

    def __init__(self, standin: StandIn, database: str, discord: FakeDiscord, kind: str) -> None:
        super().__init__(standin, database)
        self.discord = discord
        self.ann = discord.user("ann")
        self.people = {"ann": self.ann}
        self.questions: list[Message] = []
        self.guild = discord.guild()
        moderators = self.guild.role("moderators", self.ann)
        moderators.permissions |= Permission.MANAGE_MESSAGES
        self.general = self.guild.channel("general")
        self.elsewhere = self.guild.channel("elsewhere")
        self.here = self._place(kind)

    def _place(self, kind: str) -> Channel:
        if kind == "thread":
            return self.general.thread("a thread", owner=self.ann)
        return self.discord.dm(self.ann) if kind == "dm" else self.general

    @property
    def mention(self) -> str:
        return "" if self.here.guild is None else f"{self.discord.bot.mention} "

    def adapter(self) -> DiscordAdapter:
        api, gateway = self.discord.api_url, self.discord.gateway_url
        return DiscordAdapter(self.discord.token, api, gateway, rates=self.rates, channels=self.channels)

    async def listening(self) -> None:
        await self.discord.connected()

    async def say(self, text: str) -> None:
        self.questions.append(await self.discord.say(self.here, self.ann, f"{self.mention}{text}"))

    async def say_as(self, name: str, text: str) -> None:
        await self.discord.say(self.here, self.person(name), f"{self.mention}{text}")

    def person(self, name: str) -> User:
        """Somebody in the guild; the usual person where there is no name."""
        return self.people.setdefault(name or "ann", self.people.get(name or "ann") or self.discord.user(name))

    def asked(self, text: str) -> str:
        return text if self.here.guild is None else f"Ann: {text}"

    @property
    def name(self) -> str:
        return self.discord.bot.name

    @property
    def word(self) -> str:
        return f"discord:user:{self.ann.id}"

    def reactions(self) -> list[str]:
        return list(self.questions[-1].reactions)

    def refuse_reactions(self) -> None:
        self.discord.fault("PUT", REACTION, status=403, body={"code": 90001, "message": "Reaction blocked"}, times=99)

    def refused_reactions(self) -> int:
        return sum("/reactions/" in request.path and request.status == 403 for request in self.discord.requests)

    async def reply_to(self, text: str, answer: int) -> None:
        replied = self.discord.answers(self.here)[answer]
        self.questions.append(await self.discord.say(self.here, self.ann, text, reply_to=replied))

    async def edit_question(self, text: str, number: int = -1) -> None:
        await self.discord.edit(self.questions[number], f"{self.mention}{text}")

    async def unfurl_question(self, number: int = -1) -> None:
        await self.discord.unfurl(self.questions[number], "https://example.com")

    def buttons(self, answer: int = -1) -> list[str]:
        return [button.label for button in self.discord.answers(self.here)[answer].buttons]

    async def press(self, label: str, *, answer: int = -1, by: str = "") -> str:
        message = self.discord.answers(self.here)[answer]
        button = next(button for button in message.buttons if label in button.label)
        used = await self.discord.press(message, self.person(by), button.custom_id or "")
        return await self.told(used)

    async def type_command(self, name: str, argument: str = "", *, by: str = "") -> str:
        person = self.person(by)
        known = await eventually(lambda: [one for one in self.discord.commands if one["name"] == name])
        options = known[0].get("options")
        option = str(options[0]["name"]) if isinstance(options, list) and options else ""
        used = await self.discord.command(self.here, person, name, {option: argument} if argument else {})
        return await self.told(used)

    async def told(self, used: Interaction) -> str:
        """What came of it at once; nothing where it was only acknowledged."""
        await eventually(lambda: used.acknowledged is not None and not used.thinking)
        return used.response.content if used.response else ""

    def shown(self) -> list[str]:
        return self.shown_in(self.here)

    def pictures(self) -> list[tuple[str, bytes]]:
        """The pictures in the bot's messages here: their descriptions and bytes."""
        files = [file for message in self.discord.answers(self.here) for file in message.attachments]
        return [(file.description or "", file.content) for file in files if file.filename.endswith(".png")]

    def shown_in(self, channel: Channel) -> list[str]:
        """The visible text of the bot's messages in a channel."""
        return [message.content for message in self.discord.answers(channel)]

    def shown_on(self, question: Message) -> list[str]:
        """The same of the thread that was begun on a question, if any."""
        thread = self.discord.state.channels.get(question.id)
        return self.shown_in(thread) if thread else []

    async def say_to_nobody(self, text: str) -> None:
        await self.discord.say(self.here if self.here.guild else self.elsewhere, self.ann, text)

    async def say_as_bot(self, text: str) -> None:
        robot = self.discord.user("robot", bot=True)
        await self.discord.say(self.here, robot, f"{self.discord.bot.mention} {text}")
        await self.discord.say(self.here, self.ann, f"{self.discord.bot.mention} {text}", webhook=True)
        await self.discord.say(self.here, self.discord.bot, f"{self.discord.bot.mention} {text}")
        await self.discord.delete(self.here.messages[-1])

    async def say_elsewhere(self, text: str) -> None:
        await self.discord.say(self.elsewhere, self.ann, f"{self.discord.bot.mention} {text}")

    def shown_elsewhere(self) -> list[str]:
        return self.shown_in(self.elsewhere)

    async def say_nothing(self) -> None:
        await self.discord.say(self.here, self.ann, self.mention or "\u200b")

    def break_edits(self) -> None:
        self.discord.fault("PATCH", EDIT, status=503)
        self.discord.fault("PATCH", EDIT, status=429, body={"message": "", "retry_after": 0.1, "global": False})
        self.discord.fault("PATCH", EDIT, drop=True)

    def broken_edits(self) -> int:
        return sum(request.method == "PATCH" and request.status != 200 for request in self.discord.requests)

    def typed(self) -> bool:
        return any(channel == self.here.id for channel, _ in self.discord.typing)


class TelegramStage(ActionsStage):
    """A person in one chat or topic. In groups the bot has privacy mode on, as it is when nobody changes it."""

    rates = QUICK

    def __init__(self, standin: StandIn, database: str, telegram: FakeTelegram, kind: str) -> None:
        super().__init__(standin, database)
        self.telegram = telegram
        self.forms = Forms()
        self.ann = telegram.user("Ann")
        self.people = {"Ann": self.ann}
        self.questions: list[TelegramMessage] = []
        self.here = {
            "private": lambda: telegram.private(self.ann),
            "private topic": lambda: telegram.private(self.ann, topics=True),
            "group": lambda: telegram.supergroup("a group"),
            "topic": lambda: telegram.supergroup("a forum", forum=True),
        }[kind]()
        with_topics = "topic" in kind
        self.topic = self.here.topic("a topic", implicit=True) if with_topics else None
        self.elsewhere = self.here if with_topics else telegram.private(telegram.user("Bob"))
        self.other_topic = self.here.topic("another topic", implicit=True) if with_topics else None
        self.others = telegram.supergroup("others") if self.here.private else self.here

    @property
    def command(self) -> str:
        return "" if self.here.private else "/ask "

    def adapter(self) -> TelegramAdapter:
        return TelegramAdapter(self.telegram.token, self.telegram.url, rates=self.rates, forms=self.forms)

    async def listening(self) -> None:
        if not self.here.private:
            await self.telegram.set_member(self.here, self.ann, "administrator")
        await eventually(lambda: self.telegram.polling)

    async def say(self, text: str) -> None:
        said = f"{self.command}{text}"
        self.questions.append(await self.telegram.say(self.here, self.ann, said, topic=self.topic))

    async def say_as(self, name: str, text: str) -> None:
        await self.telegram.say(self.here, self.person(name), f"{self.command}{text}", topic=self.topic)

    def person(self, name: str) -> TelegramUser:
        """Somebody; the usual person where there is no name."""
        name = name or "Ann"
        return self.people.setdefault(name, self.people.get(name) or self.telegram.user(name))

    def asked(self, text: str) -> str:
        return text if self.here.private else f"Ann: {text}"

    def answer(self, number: int) -> TelegramMessage:
        """A message of the bot here."""
        return self.telegram.answers(self.here, topic=self.topic)[number]

    @property
    def name(self) -> str:
        return self.telegram.bot.username or ""

    @property
    def word(self) -> str:
        return f"telegram:user:{self.ann.id}"

    def reactions(self) -> list[str]:
        return self.questions[-1].reactions

    def refuse_reactions(self) -> None:
        self.here.reactions = []

    def refused_reactions(self) -> int:
        return sum(request.status != 200 for request in self.telegram.calls("setMessageReaction"))

    async def reply_to(self, text: str, answer: int) -> None:
        replied = self.answer(answer)
        said = await self.telegram.say(self.here, self.ann, text, topic=self.topic, reply_to=replied)
        self.questions.append(said)

    async def edit_question(self, text: str, number: int = -1) -> None:
        await self.telegram.edit(self.questions[number], f"{self.command}{text}")

    async def unfurl_question(self, number: int = -1) -> None:
        await self.telegram.unfurl(self.questions[number])

    def buttons(self, answer: int = -1) -> list[str]:
        return [button.text for button in self.answer(answer).buttons]

    async def press(self, label: str, *, answer: int = -1, by: str = "") -> str:
        message = self.answer(answer)
        button = next(button for button in message.buttons if label in button.text)
        press = await self.telegram.press(message, self.person(by), button)
        await eventually(lambda: press.answered)
        return press.answer or ""

    async def type_command(self, name: str, argument: str = "", *, by: str = "") -> str:
        before = self.shown()
        said = f"/{name} {argument}".strip()
        await self.telegram.say(self.here, self.person(by), said, topic=self.topic)
        await eventually(lambda: len(self.shown()) > len(before))
        return self.shown()[-1]

    def shown(self) -> list[str]:
        return self.shown_in(self.here, self.topic)

    def pictures(self) -> list[tuple[str, bytes]]:
        """The pictures in the bot's messages here; a photo has no description."""
        sizes = [message.media.get("photo") for message in self.telegram.answers(self.here)]
        photos = [each[-1] for each in sizes if isinstance(each, list)]
        return [("", self.telegram.files[photo["file_id"]].data) for photo in photos]

    def shown_in(self, chat: Chat, topic: int | None = None) -> list[str]:
        """The text of the bot's messages in a chat or topic."""
        return [message.text for message in self.telegram.answers(chat, topic=topic)]

    async def say_to_nobody(self, text: str) -> None:
        topic = self.topic if self.others is self.here else None
        for said in (text, f"@{self.telegram.bot.username} {text}", f"/ask@another_bot {text}"):
            await self.telegram.say(self.others, self.ann, said, topic=topic)

    async def say_as_bot(self, text: str) -> None:
        robot = self.telegram.user("Robot", is_bot=True)
        await self.telegram.say(self.here, robot, f"{self.command}{text}", topic=self.topic)
        # Telegram does not deliver what bots say; should it come all the same, it is not answered.
        for message in self.here.messages[-1:]:
            self.telegram.announce(message)

    async def say_elsewhere(self, text: str) -> None:
        command = "" if self.elsewhere.private else "/ask "
        await self.telegram.say(self.elsewhere, self.ann, f"{command}{text}", topic=self.other_topic)

    def shown_elsewhere(self) -> list[str]:
        elsewhere = self.telegram.answers(self.elsewhere, topic=self.other_topic)
        others = [] if self.others is self.here else self.telegram.answers(self.others)
        return [message.text for message in [*elsewhere, *others]]

    async def say_nothing(self) -> None:
        await self.telegram.say(self.here, self.ann, "/ask", topic=self.topic)

    def break_edits(self) -> None:
        self.telegram.fault("editMessageText", code=502, description="Bad Gateway")
        self.telegram.fault("editMessageText", retry_after=1)
        self.telegram.fault("editMessageText", drop="after")

    def broken_edits(self) -> int:
        return sum(request.status != 200 for request in self.telegram.calls("editMessageText"))

    def typed(self) -> bool:
        return bool(self.telegram.actions)
