"""Make the buttons under answers and under what the bot says itself."""

from collections.abc import Sequence

import discord

from adapters.common.button_codes import encode_action, encode_choice, label_of
from bridge import Choice, Controls, sentences, translated

MAX_ID_LENGTH = 100
"""Characters in a button's custom_id (Discord's developer documentation, Button)."""

MAX_LABEL_LENGTH = 80
"""Characters in a button's label (Button)."""

MAX_BUTTONS = 25
"""Buttons under a message: five action rows of five (Action Row)."""

SECONDARY, DANGER = discord.ButtonStyle.secondary, discord.ButtonStyle.danger


def answer_buttons(controls: Controls, language: str) -> discord.ui.View:
    """Make the buttons under an answer: Stop while it runs; then Regenerate or Continue, and arrows to versions."""
    if controls.running:
        stop = f"⏹ {translated(sentences.STOP, language)}"
        return _view([_button(stop, encode_action("stop", controls.turn), DANGER)])
    sign, words = ("▶️", sentences.CONTINUE) if controls.left else ("🔄", sentences.REGENERATE)
    buttons = [_button(f"{sign} {translated(words, language)}", encode_action("again", controls.turn))]
    if len(controls.versions) > 1:
        number = _button(f"{controls.number}/{len(controls.versions)}", "qb:number", disabled=True)
        buttons += [_arrow("◀", controls.before, "qb:first"), number, _arrow("▶", controls.after, "qb:last")]
    return _view(buttons)


def choice_buttons(choices: Sequence[Choice], language: str) -> discord.ui.View | None:
    """Make a button for each choice, MAX_BUTTONS at most; return None where there is none."""
    buttons = [
        _button(label_of(choice, language)[:MAX_LABEL_LENGTH], encode_choice(choice, MAX_ID_LENGTH))
        for choice in choices[:MAX_BUTTONS]
    ]
    return _view(buttons) if buttons else None


def has_button(message: discord.Message | None, custom_id: str) -> bool:
    """Tell whether the message has a button with this custom_id: a modified client may send any, under any message."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)] if message else []
    return any(button.custom_id == custom_id for row in rows for button in row.children)


def _arrow(label: str, turn: int | None, placeholder: str) -> "discord.ui.Button[discord.ui.View]":
    return _button(label, encode_action("show", turn) if turn else placeholder, disabled=turn is None)


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
