"""The prompt of a terminal: lines and pastes, history, completion, and no echo of what is typed between prompts."""

import asyncio
import sys
from contextlib import nullcontext
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.utils import is_dumb_terminal

from adapters.terminal.completion import CommandCompleter, Models
from adapters.terminal.text import PROMPT

if sys.platform != "win32":
    import termios


class LineEditor:
    """Reads questions at a prompt, with history and completion. What is typed while none is open shows in the next."""

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self._source = source
        self._echoed = _echoes(source)
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._paused: asyncio.Task[None] | None = None
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            multiline=True,
            prompt_continuation=" " * len(PROMPT),
            complete_while_typing=False,  # its menu would hold rows free below each prompt
            enable_suspend=True,
            interrupt_exception=EOFError,
            key_bindings=_key_bindings(),
            input=create_input(source),
            output=_output(target),
        )

    async def read(self, models: Models) -> str:
        """Return a question: a line, or several that were pasted or typed with Alt-Enter; "" at Ctrl-D and at Ctrl-C.

        Where something is typed, Ctrl-C clears it, and the prompt stays.

        `models` are offered after /model. Lines that are written to standard error meanwhile go above the prompt.
        """
        while not self._resumed.is_set():
            await self._resumed.wait()
        _set_echo(self._source, on=False)
        try:
            with patch_stdout(raw=True) if sys.stderr.isatty() else nullcontext():
                line = await self._session.prompt_async(
                    completer=CommandCompleter(models), handle_sigint=False, set_exception_handler=False
                )
        except EOFError:
            return ""
        return _valid(line) + "\n"

    async def pause(self) -> None:
        """Take an open prompt off the screen until resume(), and open none: something else is drawn there."""
        if not self._resumed.is_set():
            return
        self._resumed.clear()
        if self._session.app.is_running:
            off_screen = asyncio.Event()
            self._paused = asyncio.create_task(self._stay_off(off_screen))
            await off_screen.wait()

    def resume(self) -> None:
        """Show the prompt that pause() took off, with what was typed in it."""
        self._resumed.set()

    def restore(self) -> None:
        """Leave the terminal as it was found."""
        self.resume()
        _set_echo(self._source, on=self._echoed)

    async def _stay_off(self, off_screen: asyncio.Event) -> None:
        try:
            async with in_terminal():
                _set_echo(self._source, on=False)
                off_screen.set()
                await self._resumed.wait()
        finally:
            off_screen.set()  # also where the terminal is gone


async def read_paste(source: TextIO) -> str:
    """Return all that is pasted until Ctrl-D, unseen: lines of any length, which a terminal else cuts at 4096 bytes.

    Raises KeyboardInterrupt at Ctrl-C.
    """
    keyboard = create_input(source)
    pasted: list[str] = []
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def read_keys() -> None:
        for key in keyboard.read_keys():
            if ended.done():
                return
            if key.key == Keys.ControlC:
                ended.set_exception(KeyboardInterrupt())
            elif key.key == Keys.ControlD:
                ended.set_result(None)
            else:
                pasted.append(key.data)
        if keyboard.closed and not ended.done():
            ended.set_result(None)

    with keyboard.raw_mode(), keyboard.attach(read_keys):
        await ended
    return _valid("".join(pasted)).replace("\r", "\n")


def _valid(text: str) -> str:
    """Replace lone surrogates, as which prompt_toolkit keeps bytes that are no UTF-8, by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _key_bindings() -> KeyBindings:
    bindings = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)

    @bindings.add("enter", filter=typing)
    def enter(event: KeyPressEvent) -> None:
        if event.key_processor.input_queue:  # a line within a paste, of a terminal that does not mark pastes
            event.current_buffer.insert_text("\n")
        else:
            event.current_buffer.validate_and_handle()

    @bindings.add("c-c", filter=typing)
    def ctrl_c(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=EOFError)

    @bindings.add("escape", "enter", filter=typing)
    def alt_enter(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


def _output(target: TextIO) -> Output | None:
    """Return where to draw the prompt; None lets a dumb terminal have one without escapes."""
    if is_dumb_terminal():
        return None
    output = create_output(target)
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False  # the answer to where the cursor is would be waited for, and read as typed
    return output


def _echoes(source: TextIO) -> bool:
    """Tell whether the terminal echoes what is typed. Windows does only while a line is read, so nothing is set."""
    return sys.platform == "win32" or bool(termios.tcgetattr(source)[3] & termios.ECHO)


def _set_echo(source: TextIO, *, on: bool) -> None:
    if sys.platform != "win32":
        mode = termios.tcgetattr(source)
        mode[3] = mode[3] | termios.ECHO if on else mode[3] & ~termios.ECHO
        termios.tcsetattr(source, termios.TCSANOW, mode)
