"""Tell what Telegram refuses of a message, by the words of its refusal: an optional part, a file, or its text."""

from telegram.error import TelegramError

from bridge import CannotShow, FileRefused, TextTooLong, WordsRefused

PARTS = {
    "message thread not found": "message_thread_id",
    "topic_deleted": "message_thread_id",
    "topic_id_invalid": "message_thread_id",
    "message to be replied not found": "reply_parameters",
    "message to reply not found": "reply_parameters",
    "reply_message_id_invalid": "reply_parameters",
    "button_": "reply_markup",
    "inline keyboard": "reply_markup",
    "reply markup": "reply_markup",
}
"""Lists what stands in a refusal of an optional part, in small letters, and the part's name in the Bot API."""

TEXTS = {
    "message is too long": TextTooLong,
    "message_too_long": TextTooLong,
    "message text is empty": WordsRefused,
    "message_empty": WordsRefused,
    "must be encoded in utf-8": WordsRefused,
    "can't parse entities": WordsRefused,
    "entity_": WordsRefused,
    "entities_too_long": WordsRefused,
}
"""Lists what stands in a refusal of the text, and the error. Entities come here only if plain text fails, too."""

FILES = (
    "not enough rights to send documents",
    "not enough rights to send photos",
    "chat_send_docs_forbidden",
    "chat_send_photos_forbidden",
    "photo_invalid_dimensions",
    "request entity too large",
    "file is too big",
)


def refused_part(error: Exception) -> str:
    """Return the Bot API's name of the optional part that is refused; empty where it is the message itself."""
    words = _words(error)
    return next((part for sign, part in PARTS.items() if sign in words), "")


def refused_content(error: TelegramError) -> CannotShow | None:
    """Return the error of the bridge where only this text or file is refused, None where the place is closed."""
    words = _words(error)
    if any(sign in words for sign in FILES):
        return FileRefused(error.message)
    kind = next((kind for sign, kind in TEXTS.items() if sign in words), None)
    return kind(error.message, "Telegram") if kind else None


def _words(error: Exception) -> str:
    return error.message.lower() if isinstance(error, TelegramError) else ""
