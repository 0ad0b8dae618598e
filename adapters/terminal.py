"""The terminal: the adapter that needs no account. A prompt, and answers that are typed as they come."""

import asyncio
import getpass
import importlib
import io
import os
import re
import select
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.spinner import Spinner

from bridge import Author, CannotShow, Controls, ConversationKey, Incoming, Intake, Invocation, Turn

PLATFORM = "terminal"
KEY = ConversationKey(PLATFORM, "here")
PROMPT = "you> "
HELP = "Commands: /new begins a new conversation, /help says this, /quit ends. Everything else is asked."
UNKNOWN = "There is no such command, so nothing was asked. "
BEGUN = "A new conversation begins with your next question."

EDIT_SECONDS = 0.08
"""Fast enough to look fluent, slow enough to cost nothing."""

END_OF_INPUT = b"\x04"
"""Ctrl-D."""

PASTE_SECONDS = 0.05
"""What follows an entered line faster than this was pasted with it, and belongs to the same question."""


class TerminalAdapter:
    """See bridge.Adapter. Plain text, a question a line, where `source` or `target` is no terminal."""

    platform = PLATFORM

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self._source = source
        self._target = target
        self._rich = source.isatty() and target.isatty()
        self._console = Console(file=target)
        self._keyboard = Keyboard(source) if self._rich else None
        self._asked: dict[str, asyncio.Event] = {}
        self._unread = bytearray()
        if isinstance(target, io.TextIOWrapper):
            target.reconfigure(errors="replace")  # what the terminal's encoding lacks must not cost the answer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keyboard:
            if self._keyboard.prompting:
                self._console.print()
            self._keyboard.restore()
            self._console.show_cursor()

    def open(self, turn: Turn) -> "TerminalReply | PlainReply":
        """See Adapter.open."""
        answered = self._asked.get(turn.question) or asyncio.Event()
        if not self._keyboard:
            return PlainReply(self._target, answered)
        if turn.question not in self._asked:  # from before a restart
            self._console.print(f"\r{PROMPT}{turn.prompt}", markup=False, highlight=False)
        return TerminalReply(self._console, answered, self._keyboard)

    async def listen(self, intake: Intake) -> None:
        """See Adapter.listen: until /quit or the end of the input."""
        author = Author("me", _user_name())
        if self._rich:
            self._console.print(HELP, style="dim", highlight=False)
        async for line in self._lines():
            match line.strip():
                case "":
                    continue
                case "/quit" | "/exit":
                    return
                case command if found := re.fullmatch(r"/([a-zA-Z]+)(?:\s+(.*))?", command, re.DOTALL):
                    said = await intake.command(Invocation(KEY, author, found[1].lower(), found[2] or ""))
                    self._say(said.text)
                case question:
                    await self._ask(intake, Incoming(KEY, uuid.uuid4().hex, author, question))

    async def _ask(self, intake: Intake, incoming: Incoming) -> None:
        """Ask, and return when the answer is shown."""
        answered = self._asked[incoming.message] = asyncio.Event()
        await intake.receive(incoming)
        await answered.wait()
        del self._asked[incoming.message]

    def _say(self, sentence: str) -> None:
        """To the person, never into a pipe that waits for answers."""
        if self._rich:
            self._console.print(sentence, style="dim", highlight=False)
        else:
            print(sentence, file=sys.stderr)  # noqa: T201  the terminal's own voice

    async def _lines(self) -> AsyncIterator[str]:
        read = self._keyboard.read if self._keyboard else self._read_line
        while line := await _in_thread(read):
            yield line
        if self._rich:
            self._console.print()

    def _read_line(self) -> str:
        """The next line of a pipe or file; "" at its end. No lock of Python's is held while it waits."""
        while b"\n" not in self._unread:
            more = os.read(self._source.fileno(), 65536)
            if not more:
                break
            self._unread += more
        end = self._unread.find(b"\n") + 1 or len(self._unread)
        line = self._unread[:end].decode("utf-8", "replace")
        del self._unread[:end]
        return line


class TerminalReply:
    """See bridge.Reply: one live region that grows; what has scrolled away is printed whole at the end."""

    limit = most = sys.maxsize

    def __init__(self, console: Console, answered: asyncio.Event, keyboard: "Keyboard") -> None:
        self._console = console
        self._answered = answered
        self._keyboard = keyboard
        self._live = Live(
            Spinner("dots", "Qwen is writing …", style="dim"), console=console, refresh_per_second=12, transient=True
        )

    def measure(self, markdown: str) -> int:
        return len(markdown)

    async def waiting(self, on: bool) -> None:
        """Nothing: one question is asked at a time."""

    @asynccontextmanager
    async def permit(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
        if message and not final:
            await asyncio.sleep(EDIT_SECONDS)
        yield

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        self._keyboard.echo(on=False)
        self._live.start()
        try:
            yield
        except BaseException:
            self._end()
            raise

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str:
        if final:
            self._end()
            self._console.print(Markdown(markdown))
            self._console.print()
            if self._keyboard.prompting:
                self._console.print(PROMPT, end="")
            self._answered.set()
        else:
            self._live.update(_Tail(Markdown(markdown)))
        return message or uuid.uuid4().hex

    def _end(self) -> None:
        self._live.stop()
        self._keyboard.echo(on=True)

    async def drop(self, messages: Sequence[str]) -> None:
        """Nothing: what was printed stays."""


class PlainReply:
    """See bridge.Reply: the answer's Markdown as it is, once it is whole."""

    limit = most = sys.maxsize

    def __init__(self, target: TextIO, answered: asyncio.Event) -> None:
        self._target = target
        self._answered = answered

    def measure(self, markdown: str) -> int:
        return len(markdown)

    async def waiting(self, on: bool) -> None:
        """Nothing: one question is asked at a time."""

    @asynccontextmanager
    async def permit(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
        if message and not final:
            await asyncio.sleep(EDIT_SECONDS)
        yield

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        yield

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str:
        if final:
            try:
                print(markdown, file=self._target, flush=True)
            except OSError as error:
                raise CannotShow(error.strerror or "the output is closed") from error
            finally:
                self._answered.set()
        return message or uuid.uuid4().hex

    async def drop(self, messages: Sequence[str]) -> None:
        """Nothing: only whole answers were printed."""


class _Tail:
    """The last lines of something, as many as the terminal is high: a growing answer never scrolls past its end."""

    def __init__(self, whole: Markdown) -> None:
        self._whole = whole

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._whole, options, pad=False)
        for line in lines[-max(1, console.height - 1) :]:
            yield from line
            yield Segment.line()


async def _in_thread(read: Callable[[], str]) -> str:
    """What a blocking read gives. Its thread is a daemon: an open prompt does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[str] = loop.create_future()

    def deliver(line: str) -> None:
        if not result.done():
            result.set_result(line)

    def run() -> None:
        try:
            line = read()
        except (EOFError, OSError, ValueError):
            line = ""
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(deliver, line)

    threading.Thread(target=run, daemon=True).start()
    return await result


class Keyboard:
    """A terminal's input: lines with the comforts of readline, pastes as one piece, and its echo."""

    def __init__(self, source: TextIO) -> None:
        import termios  # noqa: PLC0415  not on Windows

        self._termios = termios
        self._descriptor = source.fileno()
        self._as_it_was = termios.tcgetattr(self._descriptor)
        self.prompting = False
        with suppress(ImportError):
            importlib.import_module("readline")

    def read(self) -> str:
        """A line, or the lines that were pasted with it. Blocks; raises EOFError at the end."""
        self.prompting = True
        try:
            return input(PROMPT) + "\n" + self._pasted()
        finally:
            self.prompting = False

    def paste(self) -> str:
        """All that is pasted until Ctrl-D, unseen: lines of any length, which a terminal else cuts at 4096 bytes."""
        mode = self._termios.tcgetattr(self._descriptor)
        unseen = [*mode[:3], mode[3] & ~(self._termios.ICANON | self._termios.ECHO), *mode[4:]]
        self._termios.tcsetattr(self._descriptor, self._termios.TCSANOW, unseen)
        pasted = b""
        try:
            while END_OF_INPUT not in pasted and (more := os.read(self._descriptor, 65536)):
                pasted += more
        finally:
            self._termios.tcsetattr(self._descriptor, self._termios.TCSANOW, mode)
        return pasted.partition(END_OF_INPUT)[0].decode("utf-8", "replace").replace("\r", "\n")

    def echo(self, *, on: bool) -> None:
        """Whether what is typed shows: not into an answer that grows."""
        mode = self._termios.tcgetattr(self._descriptor)
        mode[3] = mode[3] | self._termios.ECHO if on else mode[3] & ~self._termios.ECHO
        self._termios.tcsetattr(self._descriptor, self._termios.TCSANOW, mode)

    def restore(self) -> None:
        """As it was: a prompt that is left open leaves a terminal without echo."""
        self._termios.tcsetattr(self._descriptor, self._termios.TCSADRAIN, self._as_it_was)

    def _pasted(self) -> str:
        """What came together with the line that was just read, the last line of it perhaps without its end."""
        mode = self._termios.tcgetattr(self._descriptor)
        at_once = [*mode[:3], mode[3] & ~(self._termios.ICANON | self._termios.ECHO), *mode[4:]]
        pasted = b""
        self._termios.tcsetattr(self._descriptor, self._termios.TCSANOW, at_once)
        try:
            while select.select([self._descriptor], [], [], PASTE_SECONDS)[0]:
                more = os.read(self._descriptor, 65536)
                if not more:
                    break
                pasted += more
        finally:
            self._termios.tcsetattr(self._descriptor, self._termios.TCSANOW, mode)
        return pasted.decode("utf-8", "replace").replace("\r", "\n")


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "you"
