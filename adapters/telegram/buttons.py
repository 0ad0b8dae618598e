"""Make the buttons under answers and under what the bot says itself."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MaybeInaccessibleMessage, Message
from telegram.constants import InlineKeyboardButtonLimit

from adapters.common.button_codes import encode_action, encode_choice, label_of
from bridge import Choice, Controls, sentences, translated

NO_ACTION = "qb:nowhere"
"""Callback data of a button that only shows a number: Telegram has no button that cannot be pressed."""

MAX_DATA_BYTES = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)
"""UTF-8 bytes in a button's callback data (Bot API, InlineKeyboardButton)."""


def answer_buttons(controls: Controls, language: str) -> InlineKeyboardMarkup:
    """Make the buttons under an answer: Stop while it runs; then Regenerate or Continue, and arrows to versions."""
    if controls.running:
        stop = _button(f"⏹ {translated(sentences.STOP, language)}", encode_action("stop", controls.turn))
        return InlineKeyboardMarkup([[stop]])
    sign, words = ("▶️", sentences.CONTINUE) if controls.left else ("🔄", sentences.REGENERATE)
    again = _button(f"{sign} {translated(words, language)}", encode_action("again", controls.turn))
    if len(controls.versions) < 2:
        return InlineKeyboardMarkup([[again]])
    arrows = [
        *([_button("◀", encode_action("show", controls.before))] if controls.before else []),
        _button(f"{controls.number}/{len(controls.versions)}", NO_ACTION),
        *([_button("▶", encode_action("show", controls.after))] if controls.after else []),
    ]
    return InlineKeyboardMarkup([[again], arrows])


def choice_buttons(choices: Sequence[Choice], language: str) -> InlineKeyboardMarkup | None:
    """Make a row for each choice, or for those that stand beside each other; return None where there is none."""
    rows: list[list[InlineKeyboardButton]] = []
    for choice in choices:
        button = _button(label_of(choice, language), encode_choice(choice, MAX_DATA_BYTES))
        if choice.beside and rows:
            rows[-1].append(button)
        else:
            rows.append([button])
    return InlineKeyboardMarkup(rows) if rows else None


def has_button(message: MaybeInaccessibleMessage, data: str) -> bool:
    """Tell whether the message has a button with this data: a modified client may send any, under any message."""
    rows = message.reply_markup.inline_keyboard if isinstance(message, Message) and message.reply_markup else ()
    return any(button.callback_data == data for row in rows for button in row)


def _button(label: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=data)
