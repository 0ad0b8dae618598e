"""Encode what a button tells the bot, and decode it again; whatever comes back may be forged."""

import re
from typing import Literal, cast

from bridge import Choice

Action = Literal["stop", "again", "show"]

MOST_DIGITS = 18
"""A larger number is no turn of any database."""

_ACTION = re.compile(rf"qb:(stop|again|show):([0-9]{{1,{MOST_DIGITS}}})")
_CHOICE = re.compile(r"qb:do:([^:]+)(?::(.*))?", re.DOTALL)


def encode_action(action: Action, turn: int) -> str:
    """Return the data of a button under an answer, such as "qb:stop:7"."""
    return f"qb:{action}:{turn}"


def encode_choice(choice: Choice) -> str:
    """Return the data of a button that types a command, such as "qb:do:model:x"."""
    return f"qb:do:{choice.command}:{choice.argument}"


def decode_action(data: str) -> tuple[Action, int] | None:
    """Return the action and the turn in a button's data; None for anything else."""
    found = _ACTION.fullmatch(data)
    return (cast("Action", found[1]), int(found[2])) if found else None


def decode_choice(data: str) -> tuple[str, str] | None:
    """Return the command and its argument, which may be empty, in a button's data; None for anything else."""
    found = _CHOICE.fullmatch(data)
    return (found[1], found[2] or "") if found else None
