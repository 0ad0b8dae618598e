"""The real program in a terminal: what is typed there, and everything that it writes."""

import asyncio
import os
import pty
import re
import signal
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.process import PROGRAM, UNTRUSTING, environment
from tests.waiting import eventually

PROMPT_OPENS = "\x1b[?2004h"
"""A prompt asks the terminal to mark what is pasted when it opens, and not again when it is drawn anew."""


def escapes_removed(text: str) -> str:
    """Return what was written, without the escapes that style it and move the cursor."""
    return re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", text)


@asynccontextmanager
async def terminal(
    home: Path, *arguments: str, program: Path = PROGRAM, variables: Mapping[str, str] | None = None
) -> AsyncIterator["Screen"]:
    """A program, ours unless told otherwise, in a terminal."""
    parent, child = pty.openpty()
    set_to = environment(home, TERM="xterm", **UNTRUSTING, **(variables or {}))
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdin=child, stdout=child, stderr=child, cwd=home, env=set_to
    )
    screen = Screen(parent, child, process)
    try:
        yield screen
    finally:
        screen.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


class Screen:
    """A program in a terminal, and everything that was written there."""

    def __init__(self, parent: int, child: int, process: Process) -> None:
        self._parent = parent
        self._child = child
        self._process = process
        self.text = ""
        asyncio.get_running_loop().add_reader(parent, self._read)

    def type(self, text: str) -> None:
        self.type_bytes(text.encode())

    def type_bytes(self, typed: bytes) -> None:
        os.write(self._parent, typed)

    def interrupt(self) -> None:
        self.signal(signal.SIGINT)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def shows(self, text: str, times: int = 1) -> None:
        try:
            await eventually(lambda: self.text.count(text) >= times)
        except AssertionError:
            raise AssertionError(f"{text!r} is not in {self.text!r}") from None

    async def ended(self) -> int:
        return await asyncio.wait_for(self._process.wait(), 10)

    def echoes(self) -> bool:
        """Tell whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._child)[3] & termios.ECHO)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent)
        os.close(self._parent)
        os.close(self._child)

    def _read(self) -> None:
        self.text += os.read(self._parent, 65536).decode("utf-8", "replace")
