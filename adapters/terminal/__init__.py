"""The adapter of the terminal, which needs no account: a prompt, and answers that grow below it."""

from adapters.terminal.adapter import TerminalAdapter

__all__ = ["TerminalAdapter"]
