"""What a button says to the bot, and how that is read again; whatever comes back may be forged."""

import re
from typing import Literal, cast

from bridge import Choice

Action = Literal["stop", "again", "show"]

MOST_DIGITS = 18
"""A larger number is no turn of any database."""

_ACTION = re.compile(rf"qb:(stop|again|show):([0-9]{{1,{MOST_DIGITS}}})")
_CHOICE = re.compile(r"qb:do:([^:]+)(?::(.*))?", re.DOTALL)


def encode_action(action: Action, turn: int) -> str:
    """Write what a button under an answer says: "qb:stop:7"."""
    return f"qb:{action}:{turn}"


def encode_choice(choice: Choice) -> str:
    """Write what a button says that types a command: "qb:do:model:x"."""
    return f"qb:do:{choice.command}:{choice.argument}"


def decode_action(data: str) -> tuple[Action, int] | None:
    """Read the action and the turn; None for anything else."""
    found = _ACTION.fullmatch(data)
    return (cast("Action", found[1]), int(found[2])) if found else None


def decode_choice(data: str) -> tuple[str, str] | None:
    """Read the command and its argument, which may be empty; None for anything else."""
    found = _CHOICE.fullmatch(data)
    return (found[1], found[2] or "") if found else None
