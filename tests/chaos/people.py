"""The places where people ask, and in which order their questions arrived."""

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection

from adapters.sandbox.discord import Channel
from adapters.sandbox.telegram import Chat
from bridge.core.policy import MOST_WAITING_EACH
from tests.chaos import texts
from tests.chaos.check import Seen
from tests.chaos.world import UNHEARD_SECONDS, World
from tests.waiting import eventually

MOST_WAITING = MOST_WAITING_EACH
"""Nobody asks where so many questions wait: beyond that the bridge refuses them, beside the others."""


CONNECTED_SECONDS = 300.0
"""How long Discord's people wait for the bot to be there."""


class Place(ABC):
    """Where people talk to the bot. `arrived`: the questions that did, in their order, and when. `line`: the others.

    `people`: how many of them ask here; a question is asked by that of its number modulo their count.
    """

    hears_always: bool
    people = 1

    def __init__(self, name: str) -> None:
        self.name = name
        self.arrived: dict[int, float] = {}
        self.line = asyncio.Lock()

    @abstractmethod
    async def ask(self, number: int) -> None:
        """Somebody asks a question."""

    @abstractmethod
    def seen(self) -> list[Seen]:
        """The bot's messages as they are now, oldest first."""


class OnTelegram(Place):
    """A private chat, a group, or a topic of a forum."""

    hears_always = True

    def __init__(self, name: str, world: World, chat: Chat, topic: int | None = None) -> None:
        super().__init__(name)
        self._telegram, self._chat, self._topic = world.telegram, chat, topic
        self._people = [chat.user] if chat.user else [world.telegram.user("Cem"), world.telegram.user("Dora")]
        self.people = len(self._people)

    async def ask(self, number: int) -> None:
        person = self._people[number % len(self._people)]
        ask = "" if self._chat.private else "/ask "
        await self._telegram.say(self._chat, person, f"{ask}{texts.question(number)}", topic=self._topic)

    def seen(self) -> list[Seen]:
        return [Seen(str(id(each)), each.text) for each in self._telegram.answers(self._chat, self._topic)]


class OnDiscord(Place):
    """A channel or a direct conversation."""

    hears_always = False

    def __init__(self, name: str, world: World, channel: Channel) -> None:
        super().__init__(name)
        self._discord, self._channel = world.discord, channel
        self._person = channel.recipient or world.discord.user(f"ann-{name}")

    async def ask(self, number: int) -> None:
        mention = self._discord.bot.mention if self._channel.guild else ""
        await self._discord.say(self._channel, self._person, f"{mention} {texts.question(number)}")

    def seen(self) -> list[Seen]:
        return [Seen(each.id, each.content) for each in self._discord.answers(self._channel)]


class People:
    """Ask up to `allowed` questions, one after the other, as they are answered."""

    def __init__(self, world: World, places: int, rng: random.Random) -> None:
        self._world = world
        self._rng = rng
        self.places = places_in(world, places)
        self._place_of: dict[int, Place] = {}
        self.asked = self.allowed = 0
        self._introduced = False

    async def introduce(self) -> None:
        """Ask once everywhere, until all is answered and the program will look for what it misses on Discord."""
        for place in self.places:
            await self._ask(place)
        await eventually(
            lambda: self._world.catches_up() and len(self._world.recorded()) == self.asked, CONNECTED_SECONDS
        )
        self._introduced = True

    async def ask(self, questions: int) -> None:
        """Returns when all are asked."""
        while self.asked < questions:
            await asyncio.sleep(self._rng.uniform(0, 0.1))
            place = self._rng.choice(self.places)
            if self.asked < self.allowed and self._waiting(place) < MOST_WAITING:
                await self._ask(place)

    def _waiting(self, place: Place) -> int:
        finished = self._world.finished()
        return sum(where is place and number not in finished for number, where in self._place_of.items())

    async def _ask(self, place: Place) -> None:
        self.asked += 1
        self._place_of[self.asked] = place
        await place.ask(self.asked)

    async def arrive(self, number: int, arrive: Callable[[], object]) -> None:
        """Let a question reach the bot, once a platform would keep it or somebody hears it.

        What waits for that in one place arrives in its order, as Discord tells it.
        """
        place = self._place_of[number]
        async with place.line:
            await eventually(lambda: place.hears_always or self._introduced or self._world.connected, CONNECTED_SECONDS)
            place.arrived.setdefault(number, time.monotonic())
            arrive()

    def unheard(self, recorded: Collection[int]) -> set[int]:
        """What was asked on Discord just before a process died, and heard by none, where none looks for it later."""
        deaths = self._world.deaths
        return {
            number
            for place in self.places
            if not place.hears_always and not self._introduced
            for number, at in place.arrived.items()
            if number not in recorded and any(0 <= death - at < UNHEARD_SECONDS for death in deaths)
        }


def places_in(world: World, count: int) -> list[Place]:
    """As many places as are wanted, of every kind in turn."""
    guild = world.discord.guild()
    forum = world.telegram.supergroup("Forum", forum=True)
    owner = world.telegram.user("Olga")

    def place(number: int) -> Place:
        match number % 5:
            case 0:
                return OnTelegram(
                    f"private-{number}", world, world.telegram.private(world.telegram.user(f"Bob{number}"))
                )
            case 1:
                return OnDiscord(f"channel-{number}", world, guild.channel(f"channel-{number}"))
            case 2:
                return OnTelegram(f"topic-{number}", world, forum, forum.topic(f"Topic {number}", owner))
            case 3:
                return OnDiscord(f"dm-{number}", world, world.discord.dm(world.discord.user(f"dan{number}")))
            case _:
                return OnTelegram(f"group-{number}", world, world.telegram.supergroup(f"Group {number}"))

    return [place(number) for number in range(count)]
