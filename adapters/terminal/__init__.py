"""The terminal: the adapter that needs no account. A prompt, and answers that are typed as they come."""

from adapters.terminal.adapter import TerminalAdapter
from adapters.terminal.keyboard import Keyboard

__all__ = ["Keyboard", "TerminalAdapter"]
