"""A terminal's input: lines with the comforts of readline, pastes as one piece, and its echo."""

import importlib
import os
import select
from contextlib import suppress
from typing import TextIO

PROMPT = "you> "

END_OF_INPUT = b"\x04"
"""Ctrl-D."""

PASTE_SECONDS = 0.05
"""What follows an entered line faster than this was pasted with it, and belongs to the same question."""


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
