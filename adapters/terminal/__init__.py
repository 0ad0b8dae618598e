"""The terminal: the adapter that needs no account. A prompt, and answers that are typed as they come."""

from adapters.terminal.adapter import TerminalAdapter

__all__ = ["TerminalAdapter"]
