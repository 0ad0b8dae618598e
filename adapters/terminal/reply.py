"""The replies: an answer that grows in a terminal, and one that is printed whole into a pipe or file."""

import asyncio
import re
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from adapters.terminal.live_blocks import split_blocks
from adapters.terminal.live_region import LiveRegion
from adapters.terminal.markdown import Markdown
from adapters.terminal.text import safe, safe_in_a_pipe
from bridge import CannotShow, Controls

if TYPE_CHECKING:  # a pipe does not pay for importing it
    from adapters.terminal.line_editor import LineEditor

EDIT_SECONDS = 0.08
"""The least time between two edits: it looks fluent, and rendering costs little."""

WRITING = "Qwen is writing …"
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
"""The pictures of the spinner, each shown for FRAME_SECONDS."""
FRAME_SECONDS = 0.1

STATUS = re.compile(r"\*(.+ … \d+ s)\*")
"""The bridge's status line, as `*Thinking … 3 s*`, which is shown beside the spinner instead of an answer."""


class TerminalReply:
    """See bridge.Reply. Prints finished blocks for good, and draws the growing one in the live region below them.

    `answered` is set when the answer is complete. `heading` is printed above the answer where it is not empty: the
    question, which is not on the screen where an earlier process was asked it.
    """

    limit = most = sys.maxsize
    begins_short = False

    def __init__(
        self,
        console: Console,
        live_region: LiveRegion,
        answered: asyncio.Event,
        line_editor: "LineEditor",
        heading: str = "",
    ) -> None:
        self._console = console
        self._live_region = live_region
        self._answered = answered
        self._line_editor = line_editor
        self._heading = heading
        self._printed = ""
        self._status = WRITING
        self._spinning: asyncio.Task[None] | None = None

    def measure(self, markdown: str) -> int:
        """See Reply.measure."""
        return len(markdown)

    async def waiting(self, on: bool) -> bool:
        """See Reply.waiting. Do nothing: one question is asked at a time."""
        return False

    @asynccontextmanager
    async def permit(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
        """See Reply.permit."""
        if message and not final:
            await asyncio.sleep(EDIT_SECONDS)
        yield

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """See Reply.working."""
        await self._begin()
        self._spinning = asyncio.create_task(self._spin())
        try:
            yield
        except BaseException:
            self._end()
            raise

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str:
        """See Reply.put."""
        try:
            if final:
                await self._begin()
                self._finish(safe(markdown))
            elif status := STATUS.fullmatch(markdown):
                self._status = safe(status[1])
            else:
                self._grow(safe(markdown))
        except OSError as error:
            raise CannotShow(error.strerror or "the terminal is closed") from error
        return message or uuid.uuid4().hex

    async def _begin(self) -> None:
        await self._line_editor.pause()
        if self._heading:
            self._console.print(self._heading, markup=False, highlight=False)
            self._heading = ""

    def _finish(self, text: str) -> None:
        try:
            rest = self._rest(text)
            self._end([Markdown(rest), ""] if rest.strip() else [])
        finally:
            self._answered.set()

    def _grow(self, text: str) -> None:
        self._stop_spinning()
        done, tail = split_blocks(self._rest(text), self._console.width, self._live_region.height)
        self._printed += done
        self._live_region.show(Markdown(tail), above=[Markdown(done), ""] if done.strip() else [])

    def _rest(self, text: str) -> str:
        """Return the part of the text that is not printed yet; all of it where the printed part has changed."""
        if not text.startswith(self._printed):
            self._printed = ""
        return text[len(self._printed) :]

    async def _spin(self) -> None:
        with suppress(OSError):
            for frame in cycle(FRAMES):
                self._live_region.show(
                    Text(f"{frame} {self._status}", style="dim italic", overflow="ellipsis", no_wrap=True)
                )
                await asyncio.sleep(FRAME_SECONDS)

    def _stop_spinning(self) -> None:
        if self._spinning:
            self._spinning.cancel()
            self._spinning = None

    def _end(self, last: Sequence[RenderableType] = ()) -> None:
        self._stop_spinning()
        self._live_region.show(None, above=last)
        self._line_editor.resume()

    async def sent(self) -> list[str]:
        """See Reply.sent. Return nothing: what is printed cannot be edited later."""
        return []

    async def drop(self, messages: Sequence[str]) -> None:
        """See Reply.drop. Do nothing: what is printed cannot be removed."""


class PlainReply:
    """See bridge.Reply. Prints the answer's Markdown once it is complete, without control characters.

    `answered` is set then, also where printing failed.
    """

    limit = most = sys.maxsize
    begins_short = False

    def __init__(self, target: TextIO, answered: asyncio.Event) -> None:
        self._target = target
        self._answered = answered

    def measure(self, markdown: str) -> int:
        """See Reply.measure."""
        return len(markdown)

    async def waiting(self, on: bool) -> bool:
        """See Reply.waiting. Do nothing: one question is asked at a time."""
        return False

    @asynccontextmanager
    async def permit(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
        """See Reply.permit."""
        if message and not final:
            await asyncio.sleep(EDIT_SECONDS)
        yield

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """See Reply.working."""
        yield

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str:
        """See Reply.put."""
        if final:
            text = safe(markdown) if self._target.isatty() else safe_in_a_pipe(markdown)
            try:
                print(text, file=self._target, flush=True)
            except OSError as error:
                raise CannotShow(error.strerror or "the output is closed") from error
            finally:
                self._answered.set()
        return message or uuid.uuid4().hex

    async def sent(self) -> list[str]:
        """See Reply.sent. Return nothing: answers are only printed when they are complete."""
        return []

    async def drop(self, messages: Sequence[str]) -> None:
        """See Reply.drop. Do nothing: unfinished texts are not printed."""
