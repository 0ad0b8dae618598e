"""How many of our own functions one question passes through on each platform: `python -m tests.bench.hops`.

Counted are distinct functions of bridge/ and adapters/, without the pretended servers, from the event that the library
reads to its last request for the answer, when a bridge that has answered before is asked. A comprehension
or a generator expression counts as the function that it stands in (from Python 3.12 on it mostly is); a lambda is a
function, and what a dataclass generates is none. Those that hand on call others of ours.
"""

import asyncio
import inspect
import logging
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

import structlog
import telegram
from discord.http import HTTPClient
from discord.state import ConnectionState

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.stage import Stage
from tests.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
PRETENDED = "adapters/sandbox/"
FIRST, QUESTION, END = "welcome", "echo hello", "hello"
QUIET_SECONDS = 0.5
"""A bridge that has done nothing for so long is at rest."""

_EXPRESSION = re.compile(r"\.<locals>\.<(?:list|set|dict)comp>|\.<locals>\.<genexpr>")


class Hops:
    """Notes each function of ours when it is first called. `begin` and `end`: functions of the platform's library."""

    def __init__(self, begin: tuple[Callable[..., object], ...], end: tuple[Callable[..., object], ...]) -> None:
        self._begin = {_code(function) for function in begin}
        self._end = {_code(function) for function in end}
        self._armed = self._begun = False
        self._names: dict[CodeType, str] = {}
        self._found: dict[str, None] = {}
        self._upto = 0
        self._last = time.monotonic()
        self.handing_on: set[str] = set()

    @property
    def found(self) -> list[str]:
        """The functions in the order of their first calls, until the last request."""
        return list(self._found)[: self._upto]

    async def arm(self) -> None:
        """Wait until nothing happens any more; what begins then is counted."""
        await eventually(lambda: time.monotonic() > self._last + QUIET_SECONDS)
        self._armed = True

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen in this thread and in those that begin meanwhile."""
        threading.setprofile(self._called)
        sys.setprofile(self._called)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _called(self, frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        self._begun = self._begun or (self._armed and code in self._begin)
        if self._begun and code in self._end:
            self._upto = len(self._found)
        if event != "call" or not (name := self._name(code)):
            return
        self._last = time.monotonic()
        if self._begun:
            self._found.setdefault(name)
            caller = self._name(frame.f_back.f_code) if frame.f_back else ""
            if caller and caller != name:
                self.handing_on.add(caller)

    def _name(self, code: CodeType) -> str:
        """The file and the name of a function; nothing where it is not ours."""
        if code not in self._names:
            path = code.co_filename.removeprefix(f"{ROOT}/")
            ours = path.startswith(("bridge/", "adapters/")) and not path.startswith(PRETENDED)
            name = _EXPRESSION.sub("", code.co_qualname)
            self._names[code] = f"{path} {name}" if ours and name != "<module>" else ""
        return self._names[code]


def _code(function: Callable[..., object]) -> CodeType:
    """The code of a function below its decorators."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    assert isinstance(code, CodeType)
    return code


async def on_discord(standin: StandIn, database: str) -> Hops:
    """The hops of a mention in a channel."""
    async with FakeDiscord() as server:
        server.limit(sends=(1000, 1.0), edits=(1000, 1.0))
        hops = Hops((ConnectionState.parse_message_create,), (HTTPClient.edit_message, HTTPClient.send_message))
        return await asked(DiscordStage(standin, database, server, "channel"), hops)


async def on_telegram(standin: StandIn, database: str) -> Hops:
    """The hops of a message in a private chat."""
    async with FakeTelegram() as server:
        server.limits = None
        hops = Hops((telegram.Update.de_json,), (telegram.Bot.edit_message_text, telegram.Bot.send_message))
        return await asked(TelegramStage(standin, database, server, "private"), hops)


async def asked(stage: Stage, hops: Hops) -> Hops:
    """Ask once more."""
    with hops.listening():
        async with stage:
            await stage.say(f"echo {FIRST}")
            await stage.hears(FIRST)
            await hops.arm()
            await stage.say(QUESTION)
            await stage.hears(FIRST, END)
    return hops


def tell(platform: str, hops: Hops) -> None:
    """Print the functions, those that hand on with a mark, and how many there are in all and in each package."""
    print(f"\n{platform}")
    for number, name in enumerate(hops.found, 1):
        print(f"{number:4} {'>' if name in hops.handing_on else ' '} {name}")
    handing_on = [name for name in hops.found if name in hops.handing_on]
    files = {name.partition(" ")[0] for name in hops.found}
    print(f"{platform}: {len(hops.found)} functions in {len(files)} files; {len(handing_on)} hand on (>)")
    every, some = (Counter(map(_package, names)) for names in (hops.found, handing_on))
    print("  " + ", ".join(f"{package} {count} (> {some[package]})" for package, count in every.most_common()))


def _package(name: str) -> str:
    """The package of ours in which a function stands, or its module in bridge/."""
    return "/".join(name.partition(" ")[0].split("/")[:2])


async def main() -> None:
    """Ask on each platform."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for platform, ask in (("Discord", on_discord), ("Telegram", on_telegram)):
        with tempfile.TemporaryDirectory() as folder:
            async with StandIn(settle=0, pace=0.02) as standin:
                tell(platform, await ask(standin, f"sqlite:///{folder}/bridge.db"))


if __name__ == "__main__":
    asyncio.run(main())
