"""The commands, one table: names, help, and what follows them. Slash commands, menus and the README come from it."""

from dataclasses import dataclass
from typing import Literal

from bridge.i18n import sentences
from bridge.i18n.language import translated

Takes = Literal["", "text", "switch", "model", "code", "yes"]
"""What follows a command: nothing, any text, on or off, a model of the list, a code, a confirmation."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `option`: it changes how everybody in a shared place is answered."""

    name: str
    takes: Takes = ""
    option: bool = False

    @property
    def help(self) -> str:
        """One line on what it does, in English."""
        return sentences.HELP[self.name]

    def help_in(self, language: str) -> str:
        """The same in a language as a platform names it ("de", "zh-CN")."""
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
COMMANDS = {command.name: command for command in TABLE}
