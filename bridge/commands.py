"""Define the commands in one table, from which slash commands, menus and the README are made."""

from dataclasses import dataclass
from typing import Literal

from bridge.i18n import sentences
from bridge.i18n.language import translated

Takes = Literal["", "text", "switch", "model", "code", "yes"]
"""The argument of a command: none, any text, on or off, a model's id, a code of /move, or "yes" as confirmation."""


@dataclass(frozen=True, slots=True)
class Command:
    """Describes one command.

    name: without the slash.
    takes: the kind of argument that follows.
    option: True if it changes how everybody in a shared conversation is answered.
    """

    name: str
    takes: Takes = ""
    option: bool = False

    @property
    def help(self) -> str:
        """Return one line in English that says what the command does."""
        return sentences.HELP[self.name]

    def help_in(self, language: str) -> str:
        """Return the line of `help` in a language as a platform names it ("de", "zh-CN"), or in English."""
        return translated(self.help, language)


TABLE = (
    Command("ask", "text"),
    Command("new", option=True),
    Command("stop"),
    Command("retry"),
    Command("model", "model", option=True),
    Command("think", "switch", option=True),
    Command("search", "switch", option=True),
    Command("system", "text", option=True),
    Command("status"),
    Command("export"),
    Command("forget", "yes", option=True),
    Command("move", "code", option=True),
    Command("help"),
)
"""All commands, in the order in which help and menus list them."""
COMMANDS = {command.name: command for command in TABLE}
"""The commands of TABLE, by name."""
