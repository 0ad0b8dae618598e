"""The buttons under answers and words of the bot: what they look like, what they say, and how that is read again."""

from collections.abc import Sequence
from typing import Literal, cast

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from bridge import Choice, Controls, sentences, translated

Action = Literal["stop", "again", "show"]

ACTIONS = ("stop", "again", "show")

NOWHERE = "qb:nowhere"
"""What a button says that only shows something: Telegram knows no button that cannot be pressed."""

LONGEST_DATA = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)

LONGEST_NUMBER = 18
"""Digits: a larger number is no turn of any database."""


def under_answer(controls: Controls, language: str) -> InlineKeyboardMarkup:
    """Stop while it runs; afterwards Regenerate, or Continue, and the way to other versions, if there are any."""
    if controls.running:
        return _rows([_button(f"⏹ {translated(sentences.STOP, language)}", f"qb:stop:{controls.turn}")])
    label = f"▶️ {translated(sentences.CONTINUE, language)}" if controls.left else _again(language)
    again = _button(label, f"qb:again:{controls.turn}")
    if len(controls.versions) < 2:
        return _rows([again])
    arrows = [
        *([_button("◀", f"qb:show:{controls.before}")] if controls.before else []),
        _button(f"{controls.number}/{len(controls.versions)}", NOWHERE),
        *([_button("▶", f"qb:show:{controls.after}")] if controls.after else []),
    ]
    return _rows([again], arrows)


def _again(language: str) -> str:
    return f"🔄 {translated(sentences.REGENERATE, language)}"


def under_words(choices: Sequence[Choice], language: str) -> InlineKeyboardMarkup | None:
    """A button for each choice whose data Telegram takes; None where there are none."""
    typed = [(choice.label, f"qb:do:{choice.command}:{choice.argument}") for choice in choices]
    buttons = [
        [_button(translated(label, language), data)] for label, data in typed if len(data.encode()) <= LONGEST_DATA
    ]
    return _rows(*buttons) if buttons else None


def pressed(data: str) -> tuple[Action, int] | None:
    """The action and the turn that a button under an answer says; None for anything else."""
    prefix, action, turn = (*data.split(":"), "", "")[:3]
    number = turn if turn.isascii() and turn.isdecimal() and len(turn) <= LONGEST_NUMBER else ""
    return (cast("Action", action), int(number)) if prefix == "qb" and action in ACTIONS and number else None


def typed(data: str) -> tuple[str, str] | None:
    """The command and the argument that a choice types; None for anything else."""
    prefix, do, command, argument = (*data.split(":", 3), "", "", "")[:4]
    return (command, argument) if (prefix, do) == ("qb", "do") and command else None


def _button(label: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=data)


def _rows(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(rows)
