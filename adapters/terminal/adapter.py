"""The adapter of a terminal, or of a pipe or file in its place: one conversation, one question at a time."""

import asyncio
import getpass
import io
import os
import re
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from rich.console import Console

from adapters.terminal.live_region import LiveRegion
from adapters.terminal.markdown import THEME, Markdown
from adapters.terminal.reply import PlainReply, TerminalReply
from adapters.terminal.text import PROMPT, safe, without_marks
from bridge import Attachment, Author, ConversationKey, Declined, Incoming, Intake, Invocation, Turn, sentences

if TYPE_CHECKING:
    from adapters.terminal.line_editor import LineEditor

PLATFORM = "terminal"
KEY = ConversationKey(PLATFORM, "here")
"""The only conversation."""

HINT = "/help lists the commands, /quit ends, Ctrl-C stops an answer. Anything else is a question."
QUIT = "/quit – end the program"
"""The line about it below those of /help: a command of the terminal's own."""


class TerminalAdapter:
    """See bridge.Adapter. Where `source` or `target` is no terminal, each line is a question, and answers are plain."""

    platform = PLATFORM

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self._source = source
        self._target = target
        self._console = Console(file=target, theme=THEME)
        self._live_region = LiveRegion(self._console)
        self._line_editor = _line_editor(source, target)
        self._asked: dict[str, asyncio.Event] = {}
        self._again: asyncio.Event | None = None
        self._stop: Callable[[], Awaitable[object]] | None = None
        self._stopping: asyncio.Future[object] | None = None
        self._unread = bytearray()
        if isinstance(target, io.TextIOWrapper):
            target.reconfigure(errors="replace")  # what the terminal's encoding lacks must not cost the answer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line_editor:
            self._live_region.close()
            self._line_editor.restore()
            self._console.show_cursor()

    async def tell(self, user: str, text: str) -> None:
        """See Adapter.tell. Do nothing: who sits at the terminal sees the log."""

    async def decline(self, key: ConversationKey, message: str, why: Declined) -> None:
        """See Adapter.decline. Do nothing: who sits at the terminal may always ask."""

    def open(self, turn: Turn) -> "TerminalReply | PlainReply":
        """See Adapter.open."""
        answered = self._asked.get(turn.question) or self._again or asyncio.Event()
        if not self._line_editor:
            return PlainReply(self._target, answered)
        from_before = turn.question not in self._asked and not self._again  # of an earlier process
        heading = f"\r{PROMPT}{safe(turn.prompt)}" if from_before else ""
        return TerminalReply(self._console, self._live_region, answered, self._line_editor, heading)

    def interrupt(self) -> bool:
        """Stop the answer that grows, at Ctrl-C. Return False where none does, or one is being stopped already."""
        if not (self._line_editor and self._stop and (self._asked or self._again)) or self._stopping:
            return False
        self._stopping = asyncio.ensure_future(self._stop())
        return True

    async def listen(self, intake: Intake) -> None:
        """See Adapter.listen. Return at /quit and at the end of the input."""
        author = Author("me", _user_name())
        self._stop = lambda: intake.command(Invocation(KEY, author, "stop"))
        if self._line_editor:
            self._console.print(HINT, style="dim", highlight=False)
        async for line in self._lines(intake):
            self._stopping = None
            match line.strip():
                case "":
                    continue
                case "/quit" | "/exit":
                    return
                case command if found := re.fullmatch(r"/([a-zA-Z]+)(?:\s+(.*))?", command, re.DOTALL):
                    await self._command(intake, Invocation(KEY, author, found[1].lower(), found[2] or ""))
                case question:
                    await self._ask(intake, Incoming(KEY, uuid.uuid4().hex, author, question))

    async def _command(self, intake: Intake, typed: Invocation) -> None:
        if typed.name == "ask":
            if typed.argument:
                await self._ask(intake, Incoming(KEY, uuid.uuid4().hex, typed.author, typed.argument))
            else:
                self._say(sentences.NOTHING_ASKED)
            return
        again = self._again = asyncio.Event()
        said = await intake.command(typed)
        quit_line = [QUIT] if typed.name == "help" else []
        choices = (f"  /{each.command} {each.argument}{'  ✓' * each.current}" for each in said.choices)
        self._say("\n".join([said.text, *quit_line, *choices]))
        for file in said.files:
            self._say(f"  {_written(file).resolve()}")
        if typed.name == "retry" and said.text == sentences.AGAIN:
            await again.wait()
        self._again = None

    async def _ask(self, intake: Intake, incoming: Incoming) -> None:
        """Hand a question to the bridge, and wait until its answer is shown, if it gets one."""
        answered = self._asked[incoming.message] = asyncio.Event()
        if await intake.receive(incoming):
            await answered.wait()
        del self._asked[incoming.message]

    def _say(self, sentence: str) -> None:
        """Print what a command answers; without a terminal as plain text, among the answers of Qwen."""
        if self._line_editor:
            lines = safe(sentence).split("\n")
            self._console.print(Markdown("  \n".join(lines)), style="dim")  # two blanks keep a line's end
        else:
            print(without_marks(sentence), file=self._target, flush=True)

    async def _lines(self, intake: Intake) -> AsyncIterator[str]:
        editor = self._line_editor
        while line := await (editor.read(intake.models) if editor else _in_thread(self._read_line)):
            yield line

    def _read_line(self) -> str:
        """Read the next line of a pipe or file as UTF-8; "" at its end.

        By os.read(), for a thread that waits in TextIO.readline() holds a lock that Python wants when it ends.
        """
        while b"\n" not in self._unread:
            more = os.read(self._source.fileno(), 65536)
            if not more:
                break
            self._unread += more
        end = self._unread.find(b"\n") + 1 or len(self._unread)
        line = self._unread[:end].decode("utf-8", "replace")
        del self._unread[:end]
        return line


def _line_editor(source: TextIO, target: TextIO) -> "LineEditor | None":
    """Make the prompt of a terminal; None without one, where importing its library would only cost time."""
    if not (source.isatty() and target.isatty()):
        return None
    from adapters.terminal.line_editor import LineEditor  # noqa: PLC0415  only for a terminal

    return LineEditor(source, target)


async def _in_thread(read: Callable[[], str]) -> str:
    """Call a blocking read in a daemon thread, which does not keep the process from ending; "" where it fails."""
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


def _written(file: Attachment) -> Path:
    """Write a file to the current folder, under its name or with a number behind it where that is taken."""
    path = Path(file.name)
    others = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    name = next(each for each in chain((path,), others) if not each.exists())
    name.write_bytes(file.data)
    return name


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "you"
