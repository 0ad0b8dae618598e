"""The three stand-ins, and the program as a process: started, killed, asked to leave; and what its database knows."""

import asyncio
import signal
import sqlite3
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

from aiohttp import web

from adapters.sandbox.discord import Event, FakeDiscord
from adapters.sandbox.qwen import ApiStandIn, StandIn
from adapters.sandbox.telegram import FakeTelegram, Fault, Message, Params, Request
from tests.chaos import texts
from tests.process import PROGRAM, environment

DRAIN_SECONDS = 1.0
LEAVING_SECONDS = 10.0

UNHEARD_SECONDS = 3.0
"""What is said on Discord so shortly before a process dies may never have reached it."""


class Arrival(Protocol):
    """Takes a question that is on its way to the bot, and what lets it arrive; `late`: whether it may be overtaken."""

    def __call__(self, number: int, arrive: Callable[[], object], *, late: bool) -> None: ...


class Telegram(FakeTelegram):
    """`arrival` decides when people's messages arrive; `unheard` are messages whose sending was answered to nobody."""

    arrival: Arrival

    def __init__(self) -> None:
        super().__init__()
        self.unheard: set[int] = set()

    def arrives(self, message: Message) -> None:
        payload = message.json()
        assert self.sees(message)
        if numbers := texts.questions(message.text):
            self.arrival(numbers[-1], lambda: self.updates.add("message", payload), late=True)
        else:
            self.updates.add("message", payload)

    async def outcome(self, record: Request, params: Params, fault: Fault | None) -> web.Response:
        response = await super().outcome(record, params, fault)
        if fault and fault.drop and record.status == 200 and record.method == "sendMessage":
            self.unheard.add(id(self.chats[int(params.text("chat_id"))].messages[-1]))
        return response


Backend = Literal["guest", "account", "api"]


class World:
    """Everything but the people, in an empty folder `home`, or in one that is removed.

    `backend`: how Qwen is asked: as a guest, with a login, or by an API. `drain_seconds`: how long running answers may
    go on in the next process that is started; `environment`: what it gets besides its settings.
    `deaths`: moments before which what Discord said may have been heard by nobody.
    """

    def __init__(self, home: Path | None, *, backend: Backend = "guest") -> None:
        self._kept = home
        self.backend = backend
        self.standin: StandIn | ApiStandIn = ApiStandIn(context=10**9) if backend == "api" else StandIn(settle=0.3)
        self.standin.pace = 0.004
        self.standin.reply = texts.reply
        self.discord = FakeDiscord()
        self.telegram = Telegram()
        self.command: tuple[str | Path, ...] = (PROGRAM,)
        self.processes: list[Process] = []
        self.deaths: list[float] = []
        self.environment: dict[str, str] = {}
        self.drain_seconds = DRAIN_SECONDS
        self.kills = self.leavings = self.pauses = 0
        self._ambiguous: set[int] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.home = self._kept or Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        for server in (self.standin, self.discord, self.telegram):
            await self._stack.enter_async_context(server)
        self.discord.limit(sends=(1000, 1.0), edits=(1000, 1.0), typing=(1000, 1.0), global_per_second=10_000)
        self.telegram.limits = None
        self.telegram.updates.hurry_seconds = 0.2
        self._log = self._stack.enter_context((self.home / "log").open("wb"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self.processes:
            await self._ended(self.processes[0], by=signal.SIGKILL)
        await self._stack.aclose()

    def set_arrival(self, arrival: Arrival) -> None:
        """Let everything that people say go this way to the bot."""
        self.telegram.arrival = arrival

        def emit(event: Event) -> None:
            numbers = texts.questions(str((event.open or event.payload).get("content", "")))
            if event.name == "MESSAGE_CREATE" and numbers:
                arrival(numbers[-1], lambda: self.discord.gateway.emit(event), late=False)
            else:
                self.discord.gateway.emit(event)

        self.discord.state.emit = emit

    @property
    def _qwen(self) -> dict[str, str]:
        if self.backend == "api":
            return {"QWEN_BACKEND": "api", "QWEN_API_URL": self.standin.url, "QWEN_API_CONTEXT": "10000000"}
        return {"QWEN_URL": self.standin.url, "QWEN_TOKEN" if self.backend == "account" else "QWEN_UMIDTOKEN": "chaos"}

    @property
    def variables(self) -> dict[str, str]:
        rates = {
            f"{name}_{kind}_RATE": "6/1" for name in ("DISCORD", "TELEGRAM") for kind in ("SEND", "EDIT", "TYPING")
        }
        return rates | {
            **self._qwen,
            "QWEN_MAX_PARALLEL": "0",
            "QWEN_REQUESTS_PER_MINUTE": "0",
            "DISCORD_BOT_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "DISCORD_OVERALL_RATE": "0",
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_API_URL": self.telegram.url,
            "TELEGRAM_GROUP_RATE": "0",
            "TELEGRAM_OVERALL_RATE": "0",
            "DRAIN_SECONDS": str(self.drain_seconds),
        }

    async def start(self) -> None:
        """Start the program; what runs already goes on."""
        self.processes.append(
            await asyncio.create_subprocess_exec(
                *self.command,
                stdin=DEVNULL,
                stdout=self._log,
                stderr=self._log,
                cwd=self.home,
                env=environment(self.home, **self.variables) | self.environment,
            )
        )

    async def kill(self) -> None:
        """Kill the oldest process."""
        self.kills += 1
        await self._ended(self.processes[0], by=signal.SIGKILL)

    async def leave(self) -> None:
        """Let the oldest process leave."""
        self.leavings += 1
        await self._ended(self.processes[0], by=signal.SIGTERM)

    async def pause(self, seconds: float) -> None:
        """Suspend the oldest process for so long."""
        process = self.processes[0]
        self.suspend(process)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    def suspend(self, process: Process) -> None:
        """Suspend a process; of what it is sending it may never be told that it was sent."""
        self.pauses += 1
        process.send_signal(signal.SIGSTOP)
        self._ambiguous |= self._unknown()

    async def overlap(self, leaving: float, seconds: float) -> None:
        """Ask the oldest process to leave, suspend it `leaving` seconds later, and continue it `seconds` after that.

        Meanwhile the next one takes over.
        """
        self.leavings += 1
        process = self.processes[0]
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(leaving)
        if process.returncode is None:
            self.suspend(process)
        await self.start()
        await asyncio.sleep(seconds)
        await self._ended(process, by=signal.SIGCONT)

    async def _ended(self, process: Process, by: signal.Signals) -> None:
        if process.returncode is None:
            process.send_signal(by)
        try:
            await asyncio.wait_for(process.wait(), LEAVING_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        self.processes.remove(process)
        self.died()
        self._ambiguous |= self._unknown()
        sessions = self.discord.gateway.sessions
        for name in [name for name, session in sessions.items() if not session.connection]:
            del sessions[name]  # nobody comes back to them
        self.telegram.requests.clear()
        self.discord.requests.clear()

    def died(self) -> None:
        """What Discord said just now may have been heard by nobody."""
        self.deaths.append(time.monotonic())

    @property
    def connected(self) -> bool:
        """Whether a process listens to Discord."""
        return bool(self.discord.gateway.live)

    @property
    def ambiguous(self) -> set[int]:
        """Telegram's messages (by identity) of which no process was ever told, by now."""
        known = self._known()
        every = [(chat.id, message) for chat in self.telegram.chats.values() for message in chat.messages]
        unheard = self._ambiguous | self.telegram.unheard
        return {id(each) for chat, each in every if id(each) in unheard and (chat, each.message_id) not in known}

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What the program's database says; nothing before there is one."""
        path = next(self.home.rglob("bridge.db"), None)
        if path is None:
            return []
        try:
            with closing(sqlite3.connect(path, timeout=10)) as database:
                return list(database.execute(sql))
        except sqlite3.OperationalError:  # no tables yet
            return []

    def unfinished(self) -> int:
        """Questions that are recorded and not answered."""
        rows = self.rows("SELECT count(*) FROM turns WHERE state <> 'shown'")
        return int(str(rows[0][0])) if rows else 0

    def recorded(self) -> set[int]:
        """The questions that are."""
        return {
            number for (prompt,) in self.rows("SELECT prompt FROM turns") for number in texts.questions(str(prompt))
        }

    def finished(self) -> set[int]:
        """The questions that are answered and shown."""
        rows = self.rows("SELECT prompt FROM turns WHERE state = 'shown'")
        return {number for (prompt,) in rows for number in texts.questions(str(prompt))}

    def catches_up(self) -> bool:
        """Whether the program has kept how far it read Discord: from then on it looks for what it missed."""
        return bool(self.rows("SELECT 1 FROM cursors"))

    def answers(self) -> dict[int, str]:
        """Return the answers that the database holds, by the numbers of their questions."""
        rows = self.rows("SELECT prompt, answer FROM turns WHERE state = 'shown' AND replaced_by IS NULL")
        return {number: str(answer) for prompt, answer in rows for number in texts.questions(str(prompt))[-1:]}

    def log(self) -> str:
        """What all processes said."""
        return (self.home / "log").read_text(errors="replace")

    def _known(self) -> set[tuple[int, int]]:
        sql = "SELECT channel, message FROM messages WHERE role = 'answer' AND platform LIKE 'telegram%'"
        return {(int(str(channel)), int(str(message))) for channel, message in self.rows(sql)}

    def _unknown(self) -> set[int]:
        """The newest message of the bot in each chat and topic of Telegram, where no process knows of it."""
        known = self._known()
        places = [(chat, topic) for chat in self.telegram.chats.values() for topic in (None, *chat.topics)]
        newest = [(chat.id, own[-1]) for chat, topic in places if (own := self.telegram.answers(chat, topic))]
        return {id(message) for chat, message in newest if (chat, message.message_id) not in known}
