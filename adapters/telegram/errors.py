"""Translate what python-telegram-bot raises into errors of the bridge."""

from datetime import timedelta

from telegram.error import BadRequest, EndPointNotFound, Forbidden, InvalidToken, RetryAfter, TelegramError

from adapters.telegram.refusals import refused_content
from bridge import CannotShow, CannotStart, FileRefused, ShowLater

RETRY_SECONDS = 1.0
"""Seconds before the next try after a lost connection or a server's fault."""

UNAUTHORIZED_SECONDS = 30.0
"""Seconds before the next try while Telegram refuses the token."""


def translated_error(error: TelegramError) -> ShowLater | CannotShow:
    """Return the error of the bridge for what a request raised: whether a later try may succeed.

    RetryAfter and ChatMigrated become ShowLater; the caller reads the wait or the new chat id from them first.
    """
    if isinstance(error, InvalidToken):  # the token was reset: the next start goes on from here
        return ShowLater(UNAUTHORIZED_SECONDS)
    refused = refused_content(error)  # also where the library takes a 413 for an error of the network
    if isinstance(error, BadRequest | Forbidden | EndPointNotFound) or isinstance(refused, FileRefused):
        return refused or CannotShow(error.message)
    return ShowLater(RETRY_SECONDS)


def seconds_of(error: RetryAfter) -> float:
    """Return the seconds that Telegram wants to be left alone; the library has a number or a timedelta."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def token_refused() -> CannotStart:
    """Return the error for a token that Telegram refuses, with what the operator can do."""
    return CannotStart(
        "Telegram refuses TELEGRAM_BOT_TOKEN. Copy the token from @BotFather (/mybots, your bot, API Token), "
        "and check TELEGRAM_API_URL if you set it."
    )


def is_unchanged(error: TelegramError) -> bool:
    """Tell whether an edit was refused because the message reads so already: an earlier attempt arrived."""
    return "not modified" in error.message.lower()


def is_unknown_method(error: InvalidToken) -> bool:
    """Tell whether the server does not know the method: the library takes that 404 for a refused token."""
    return "method not found" in error.message.lower()


def is_of_another_kind(error: TelegramError) -> bool:
    """Tell whether an edit was refused because the message shows a picture in place of a text, or the other way."""
    words = error.message.lower()
    return any(sign in words for sign in ("no text in the message to edit", "no media in the message to edit"))


def is_gone(error: TelegramError) -> bool:
    """Tell whether an edit was refused because the message was deleted, or cannot be edited any more."""
    words = error.message.lower()
    return any(sign in words for sign in ("message to edit not found", "message_id_invalid", "can't be edited"))
