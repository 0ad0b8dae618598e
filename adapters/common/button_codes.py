"""The labels and callback data of buttons, written and parsed; what comes back from a platform may be forged."""

import re
from typing import Literal, cast

from bridge import Choice, shortened, translated

Action = Literal["stop", "again", "show"]
"""The actions of buttons under an answer: stop it, ask again, or show another version."""

MOST_DIGITS = 18
"""The most digits of a turn's number: any such number fits into SQLite's 64-bit integers."""

_ACTION = re.compile(rf"qb:(stop|again|show):([0-9]{{1,{MOST_DIGITS}}})")
_CHOICE = re.compile(r"qb:do:([^:]+)(?::(.*))?", re.DOTALL)


def encode_action(action: Action, turn: int) -> str:
    """Return the data of a button under an answer, as "qb:stop:7"; `turn` is the number of its row in the store."""
    return f"qb:{action}:{turn}"


def label_of(choice: Choice, language: str) -> str:
    """Return the label of a choice in a person's language; what holds now has a mark."""
    label = translated(choice.label, language)
    return f"✓ {label}" if choice.current else label


def encode_choice(choice: Choice, most: int) -> str:
    """Return the data of a button that runs a command, as "qb:do:model:x".

    An argument with which it would be longer than `most` UTF-8 bytes is shortened; a model is found by that, too.
    """
    code = f"qb:do:{choice.command}:{choice.argument}"
    fits = len(code.encode("utf-8", "surrogatepass")) <= most
    return code if fits else f"qb:do:{choice.command}:{shortened(choice.argument)}"


def decode_action(data: str) -> tuple[Action, int] | None:
    """Return the action and the turn that encode_action() wrote; None for any other data."""
    found = _ACTION.fullmatch(data)
    return (cast("Action", found[1]), int(found[2])) if found else None


def decode_choice(data: str) -> tuple[str, str] | None:
    """Return the command and its argument ("" without one) that encode_choice() wrote; None for any other data."""
    found = _CHOICE.fullmatch(data)
    return (found[1], found[2] or "") if found else None
