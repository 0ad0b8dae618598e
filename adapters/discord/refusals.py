"""Tell what Discord refuses of a message: an optional part, a file, or its words."""

import re

import discord

from bridge import CannotShow, FileRefused, LinkRefused, RuleRefused, TextTooLong, WordsRefused

INVALID_FORM = 50035
"""JSON error code: the error's text names the fields that are refused, one a line."""

NO_REPLIES = 160002
"""JSON error code: without Read Message History no message may refer to another one."""

MISSING_PERMISSIONS = 50013

ENTITY_TOO_LARGE = 40005

WORDS: dict[int, type[WordsRefused]] = {
    20009: WordsRefused,  # explicit content for this recipient
    50006: WordsRefused,  # an empty message
    200000: RuleRefused,  # AutoMod
    200001: RuleRefused,  # AutoMod, of a title
    240000: LinkRefused,  # the filter of harmful links
}
"""JSON error codes (developer documentation, JSON Error Codes) that are about the words of one message."""

PARTS = {"message_reference": "reference", "components": "view", "attachments": "file", "files": "file"}
"""The library's arguments for optional fields of a message."""

_FIELD = re.compile(r"^In (\w+)", re.MULTILINE)
_TOO_LONG = re.compile(r"^In content: .*\blength", re.MULTILINE)
_ADDRESS = re.compile(r"\bhttp(s?://)([^\s/?#<>()\[\]]+)", re.IGNORECASE)


def refused_part(error: Exception) -> str:
    """Return the library's argument for what is refused; empty where it is the message itself."""
    if not isinstance(error, discord.HTTPException):
        return ""
    if error.code == NO_REPLIES:
        return "reference"
    field = _FIELD.search(error.text) if error.code == INVALID_FORM else None
    return PARTS.get(field[1], "") if field else ""


def refuses_file(error: discord.HTTPException) -> bool:
    """Tell whether a message with a file may be accepted without the file."""
    return error.status == 413 or error.code == MISSING_PERMISSIONS or refused_part(error) == "file"


def blocks_words(error: discord.HTTPException) -> bool:
    """Tell whether a filter blocks the words of a message."""
    return issubclass(WORDS.get(error.code, CannotShow), LinkRefused | RuleRefused)


def refused_words(error: discord.HTTPException) -> CannotShow | None:
    """Return the error of the bridge where only this text or file is refused, None where the place is closed."""
    reason = f"{error.status}, code {error.code}"
    if error.code in WORDS:
        return WORDS[error.code](reason, "Discord")
    if error.status == 413 or error.code == ENTITY_TOO_LARGE:
        return FileRefused(reason)
    if error.code == INVALID_FORM and "In content:" in error.text:
        return TextTooLong(reason) if _TOO_LONG.search(error.text) else WordsRefused(reason, "Discord")
    return None


def defused(text: str, limit: int) -> str:
    """Return the text with addresses that lead nowhere, as people write harmful ones; as it is if that is too long."""
    harmless = _ADDRESS.sub(lambda found: f"hxxp{found[1]}{found[2].replace('.', '[.]')}", text)
    return harmless if len(harmless) <= limit else text
