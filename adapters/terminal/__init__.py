"""Serve the terminal, the platform that needs no account: a prompt, and answers that appear as they grow."""

from adapters.terminal.adapter import TerminalAdapter

__all__ = ["TerminalAdapter"]
