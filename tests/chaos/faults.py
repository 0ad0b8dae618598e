"""What goes wrong: on the platforms, at Qwen, and with updates, which are late, overtaken and doubled."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

from adapters.sandbox.discord.events import Event, Intent
from tests.chaos.people import People
from tests.chaos.texts import NOISE
from tests.chaos.world import World
from tests.mutations.odd import malformed

QWEN = (
    *("busy", "internal_error", "server_error", "http_500", "http_502", "http_503", "drop", "late", "empty_body"),
    *("not_json", "zero_bytes", "created_only", "done_only", "finished_only", "reasoning_only", "in_progress"),
    *("chat_gone", "chat_not_found", "parent_gone", "broken_chain", "delta_error", "internal_error_frame"),
    *("disconnect", "unfinished", "idle", "invalid_json_line", "odd_frames", "keep_alives", "error_string_frame"),
    *("two_answers", "search_failed", "aborted"),
)
"""Faults of the stand-in's table after which a question is answered, or said to have failed, and the next one asked."""

NEW_CHAT = ("busy", "internal_error", "http_502", "drop", "late", "empty_body")

STALLS = ("stall", "silence", "hang")
"""Those that only end with the client's patience: 60 s."""

DISCORD = (
    ("POST", "/channels/*/messages"),
    ("PATCH", "/channels/*/messages/*"),
    ("POST", "/channels/*/typing"),
    ("*", "**"),
)

FLOOD = 50
"""So many questions are asked at once in one place."""

MOST_PENDING = 6
"""So many faults wait at a server; when nobody asks it, they would become an outage that never ends."""

LATE_SECONDS, AGAIN_SECONDS = 1.5, 3.0
LATE_SHARE, DOUBLED_SHARE = 0.1, 0.1


class Delivery:
    """Brings what people say to the bot: most of it at once, some of it late, and some twice."""

    def __init__(self, people: People, rng: random.Random) -> None:
        self.late = self.doubled = 0
        self._people = people
        self._rng = rng
        self._under_way: set[asyncio.Task[None]] = set()

    def send(self, number: int, arrive: Callable[[], object], *, late: bool) -> None:
        """Let a question arrive, sooner or later."""
        late, doubled = late and self._rng.random() < LATE_SHARE, self._rng.random() < DOUBLED_SHARE
        self.late += late
        self.doubled += doubled
        waits = self._rng.uniform(0, LATE_SECONDS) * late, self._rng.uniform(0, AGAIN_SECONDS)
        task = asyncio.create_task(self._bring(number, arrive, waits if doubled else waits[:1]))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def all_arrived(self) -> None:
        """Returns when nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _bring(self, number: int, arrive: Callable[[], object], waits: tuple[float, ...]) -> None:
        for wait in waits:
            if wait:
                await asyncio.sleep(wait)
            await self._people.arrive(number, arrive)


class Crowd:
    """A group on Telegram and a channel on Discord whose people say too much, and what no program can read."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self._rng = rng
        self._telegram, self._discord = world.telegram, world.discord
        self._group, self._channel = world.telegram.supergroup("Crowd"), world.discord.guild().channel("crowd")
        self._eve, self._mallory = world.telegram.user("Eve"), world.discord.user("mallory")

    async def flood(self) -> str:
        """Ask FLOOD questions at once on both platforms."""
        for _ in range(FLOOD):
            await self._telegram.say(self._group, self._eve, f"/ask {NOISE}")
            await self._discord.say(self._channel, self._mallory, f"{self._discord.bot.mention} {NOISE}")
        return "flood"

    async def poison(self) -> str:
        """Send an update of Telegram and an event of Discord that are malformed."""
        said = await self._telegram.say(self._group, self._eve, f"/ask {NOISE}")
        self._telegram.updates.add("message", malformed(self._rng, said.json()))
        spoken = await self._discord.say(self._channel, self._mallory, f"{self._discord.bot.mention} {NOISE}")
        event = Event("MESSAGE_CREATE", malformed(self._rng, spoken.payload(open_=True)), Intent.GUILD_MESSAGES)
        self._discord.gateway.emit(event)
        return "poison"


class Trouble:
    """Orders faults, about one in `seconds`, until it is cancelled. `ordered` counts them by kind."""

    def __init__(self, world: World, rng: random.Random, seconds: float, *, stalls: bool) -> None:
        self.ordered: Counter[str] = Counter()
        self._world = world
        self._rng = rng
        self._seconds = seconds
        known = world.standin.schedule.menu.faults
        self._qwen = [name for name in ((*QWEN, *STALLS) if stalls else QWEN) if name in known]
        crowd = Crowd(world, rng)
        self._makers: tuple[tuple[Callable[[], Awaitable[str]], float], ...] = (
            (self._at_qwen, 4),
            (self._at_telegram, 4),
            (self._at_discord, 3),
            (self._at_gateway, 1),
            (crowd.poison, 1),
            (crowd.flood, 0.1),
        )
        self._new_chats = "chats/new" in world.standin.schedule.menu.endpoints

    async def run(self) -> None:
        """Make trouble."""
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / self._seconds))
            (maker,) = self._rng.choices(*zip(*self._makers, strict=True))
            for server in (self._world.standin, self._world.telegram, self._world.discord):
                if server.pending_faults > MOST_PENDING:
                    server.clear_faults()
            self.ordered[await maker()] += 1

    def end(self) -> None:
        """No more faults."""
        self._world.standin.clear_faults()
        self._world.telegram.clear_faults()
        self._world.discord.clear_faults()

    async def _at_qwen(self) -> str:
        pieces, seconds = self._rng.randint(0, 8), self._rng.uniform(0.2, 2)
        if self._new_chats and self._rng.random() < 0.15:
            self._world.standin.fault(self._rng.choice(NEW_CHAT), on="chats/new", seconds=seconds)
        else:
            self._world.standin.fault(self._rng.choice(self._qwen), pieces=pieces, seconds=seconds)
        return "Qwen"

    async def _at_telegram(self) -> str:
        methods = ("sendMessage", "sendMessage", "editMessageText", "getUpdates", "sendChatAction", "*")
        method, fault = self._rng.choice(methods), self._world.telegram.fault
        match self._rng.randrange(6):
            case 0:
                fault(method, retry_after=1)
            case 1:
                fault(method, code=self._rng.choice((500, 502)), description="Bad Gateway")
            case 2:
                fault(method, drop="before")
            case 3:
                fault(method, drop="after")
            case 4:
                fault(method, drop="after", delay=self._rng.uniform(0, 1))
            case _:
                fault(method, delay=self._rng.uniform(0, 3))
        return "Telegram"

    async def _at_discord(self) -> str:
        method, path = self._rng.choice(DISCORD)
        fault, effect = self._world.discord.fault, self._rng.random() < 0.5
        match self._rng.randrange(5):
            case 0:
                fault(method, path, status=429)
            case 1:
                fault(method, path, status=self._rng.choice((500, 502, 503)), effect=effect)
            case 2 | 3:
                fault(method, path, drop=True, effect=effect)
            case _:
                fault(method, path, delay=self._rng.uniform(0, 3))
        return "Discord"

    async def _at_gateway(self) -> str:
        discord = self._world.discord
        match self._rng.randrange(4):
            case 0 | 1:
                await discord.drop_gateway(resumable=True)
            case 2:
                await discord.ask_to_reconnect()
            case _:
                self._world.died()
                await discord.drop_gateway(resumable=False)
        return "gateway"
