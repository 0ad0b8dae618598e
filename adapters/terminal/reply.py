"""An answer in the terminal: one live region that grows, or plain Markdown in a pipe."""

import asyncio
import re
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text

from adapters.terminal.keyboard import PROMPT, Keyboard
from adapters.terminal.render import printable, recent, rendered
from bridge import CannotShow, Controls

EDIT_SECONDS = 0.08
"""Fast enough to look fluent, slow enough to cost nothing."""


STATUS = re.compile(r"\*(.+ … \d+ s)\*")
"""A line that says what is being done, before there is an answer."""

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
"""Between these a terminal shows nothing half-drawn; one that does not know them ignores them."""

JOINERS = re.compile("[\u200d\ufe0f\U0001f3fb-\U0001f3ff]")
"""What makes one sign of several: terminals disagree on its width, and a wrong one leaves fragments of lines behind."""


class TerminalReply:
    """See bridge.Reply; one live region that grows, and at the end the whole answer printed for good."""

    limit = most = sys.maxsize

    def __init__(self, console: Console, answered: asyncio.Event, keyboard: Keyboard) -> None:
        self._console = console
        self._answered = answered
        self._keyboard = keyboard
        self._live = Steady(_spinner("Qwen is writing …"), console)

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
            self._console.print(rendered(markdown))
            self._console.print()
            if self._keyboard.prompting:
                self._console.print(PROMPT, end="")
            self._answered.set()
        elif status := STATUS.fullmatch(markdown):
            self._live.update(_spinner(printable(status[1])))
        else:
            end = recent(markdown, self._console.height)
            self._live.update(Tail(rendered(JOINERS.sub("", end))))
        return message or uuid.uuid4().hex

    def _end(self) -> None:
        self._live.stop()
        self._keyboard.echo(on=True)

    async def drop(self, messages: Sequence[str]) -> None:
        """Nothing: what was printed stays."""


class Steady(Live):
    """A live region that is never seen half-drawn, and finds its beginning again after the terminal was resized."""

    def __init__(self, renderable: RenderableType, console: Console) -> None:
        super().__init__(
            renderable,
            console=console,
            refresh_per_second=12,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),  # log lines go above the region
        )
        self._width = console.width
        self._drawn: RenderableType = ""

    def refresh(self) -> None:
        """Draw it anew."""
        with self._lock:
            if self.console.width != self._width:
                self._rewrap()
            self.console.file.write(BEGIN)
            super().refresh()
            self._drawn = self.get_renderable()
            self.console.file.write(END)
            self.console.file.flush()

    def _rewrap(self) -> None:
        """A narrower terminal has wrapped what stands there: it is so many lines by now, which are to be drawn over."""
        self._width = self.console.width
        if isinstance(self._drawn, Tail):
            height = sum(max(1, -(-width // self._width)) for width in self._drawn.widths)
            self._live_render._shape = (self._width, height)  # by this the library moves the cursor up


class Tail:
    """The last lines of something that grows: so few that a terminal made narrower does not scroll as it wraps them."""

    def __init__(self, whole: RenderableType) -> None:
        self._whole = whole
        self.widths: list[int] = []

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._whole, options, pad=False)[-max(1, console.height * 2 // 3) :]
        lines = [_trimmed(line) for line in lines]
        self.widths = [sum(segment.cell_length for segment in line) for line in lines]
        for line in lines:
            yield from line
            yield Segment.line()


def _trimmed(line: list[Segment]) -> list[Segment]:
    """A line without the blanks at its end, which would be wrapped like words in a narrower terminal."""
    while line and line[-1].text.isspace() and not (line[-1].style and line[-1].style.bgcolor):
        line = line[:-1]
    return line


def _spinner(text: str) -> Spinner:
    return Spinner("dots", Text(text, style="dim"))


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
                print(printable(markdown), file=self._target, flush=True)
            except OSError as error:
                raise CannotShow(error.strerror or "the output is closed") from error
            finally:
                self._answered.set()
        return message or uuid.uuid4().hex

    async def drop(self, messages: Sequence[str]) -> None:
        """Nothing: only whole answers were printed."""
