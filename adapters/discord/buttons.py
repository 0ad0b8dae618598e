"""The buttons under answers and words of the bot: what they look like, what they say, and how that is read again."""

from collections.abc import Sequence
from typing import Literal, cast

import discord

from bridge import Choice, Controls, sentences, translated

Action = Literal["stop", "again", "show"]

ACTIONS = ("stop", "again", "show")

LONGEST_ID = 100
"""Characters in a button's custom id (Discord's developer documentation, Component Object)."""

MOST = 25
"""Buttons under a message: five rows of five."""

SECONDARY, DANGER = discord.ButtonStyle.secondary, discord.ButtonStyle.danger


def under_answer(controls: Controls, language: str) -> discord.ui.View:
    """Stop while it runs; afterwards Regenerate, or Continue, and the way to other versions, if there are any."""
    if controls.running:
        stop = f"⏹ {translated(sentences.STOP, language)}"
        return _view([_button(stop, f"qb:stop:{controls.turn}", DANGER)])
    label = f"▶️ {translated(sentences.CONTINUE, language)}" if controls.left else _again(language)
    buttons = [_button(label, f"qb:again:{controls.turn}")]
    if len(controls.versions) > 1:
        number = _button(f"{controls.number}/{len(controls.versions)}", "qb:number", disabled=True)
        buttons += [_arrow("◀", controls.before, "qb:first"), number, _arrow("▶", controls.after, "qb:last")]
    return _view(buttons)


def _again(language: str) -> str:
    return f"🔄 {translated(sentences.REGENERATE, language)}"


def under_words(choices: Sequence[Choice], language: str) -> discord.ui.View | None:
    """A button for each choice that fits; None where there are none."""
    buttons = [
        _button(translated(choice.label, language)[:80], f"qb:do:{choice.command}:{choice.argument}")
        for choice in choices
        if len(f"qb:do:{choice.command}:{choice.argument}") <= LONGEST_ID
    ]
    return _view(buttons[:MOST]) if buttons else None


def pressed(custom_id: str) -> tuple[Action, int] | None:
    """The action and the turn that a button under an answer says; None for anything else."""
    prefix, action, turn = (*custom_id.split(":"), "", "")[:3]
    if prefix != "qb" or action not in ACTIONS or not (turn.isascii() and turn.isdecimal() and len(turn) < LONGEST):
        return None
    return cast("Action", action), int(turn)


LONGEST = 19
"""Digits: a larger number is no turn of any database."""


def typed(custom_id: str) -> tuple[str, str] | None:
    """The command and the argument that a choice types; None for anything else."""
    prefix, do, command, argument = (*custom_id.split(":", 3), "", "", "")[:4]
    return (command, argument) if (prefix, do) == ("qb", "do") else None


def _arrow(label: str, turn: int | None, placeholder: str) -> "discord.ui.Button[discord.ui.View]":
    return _button(label, f"qb:show:{turn}" if turn else placeholder, disabled=turn is None)


def _button(
    label: str, custom_id: str, style: discord.ButtonStyle = SECONDARY, *, disabled: bool = False
) -> "discord.ui.Button[discord.ui.View]":
    return discord.ui.Button(label=label, custom_id=custom_id, style=style, disabled=disabled)


def _view(buttons: "Sequence[discord.ui.Button[discord.ui.View]]") -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    # The library remembers the views that it sends, for good, unless they have ended; presses are read from their ids.
    view.stop()
    return view
