"""Splits a text that is too long for one message, as Telegram's apps do."""

from adapters.sandbox.telegram.entities import TEXT_LIMIT, width


def split_as_apps_do(text: str) -> list[str]:
    """Split a long text as Telegram's apps do: at a line break or blank in the second half, or hard."""
    pieces = []
    while width(text) > TEXT_LIMIT:
        size = 0
        used = 0
        while used + width(text[size]) <= TEXT_LIMIT:
            used += width(text[size])
            size += 1
        cut = next((at for mark in "\n " if (at := text.rfind(mark, size // 2, size)) > 0), 0)
        size = cut or size
        pieces.append(text[:size])
        text = text[size:].lstrip(" \n")
    return [*pieces, text] if text.strip() or not pieces else pieces


def split_hard(text: str) -> list[str]:
    """Split at exactly the limit (one unit less where a letter of two would be cut), as other apps do."""
    pieces = [""]
    used = 0
    for letter in text:
        if used + width(letter) > TEXT_LIMIT:
            pieces.append("")
            used = 0
        pieces[-1] += letter
        used += width(letter)
    return pieces
