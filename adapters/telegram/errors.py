"""Translate the errors of python-telegram-bot into the bridge's, at this one edge."""

from telegram.error import BadRequest, EndPointNotFound, Forbidden, InvalidToken, TelegramError

from bridge import CannotShow, CannotStart, ShowLater

RETRY_SECONDS = 1.0
"""After a lost connection or a server's fault."""

UNAUTHORIZED_SECONDS = 30.0


def translated_error(error: TelegramError) -> ShowLater | CannotShow:
    """Make of what a request raises what happens next.

    RetryAfter and ChatMigrated pass too: whoever asks keeps what they say, and asks again.
    """
    if isinstance(error, InvalidToken):  # the token was reset: the next start goes on from here
        return ShowLater(UNAUTHORIZED_SECONDS)
    if isinstance(error, BadRequest | Forbidden | EndPointNotFound):
        return CannotShow(error.message)
    return ShowLater(RETRY_SECONDS)


def token_refused() -> CannotStart:
    """Make the error for a token that Telegram does not know."""
    return CannotStart(
        "Telegram refuses TELEGRAM_BOT_TOKEN. Copy the token from @BotFather (/mybots, your bot, API Token), "
        "and check TELEGRAM_API_URL if you set it."
    )


def is_unchanged(error: TelegramError) -> bool:
    """Tell whether the message says already what it was to say."""
    return "not modified" in error.message.lower()


def is_unknown_method(error: InvalidToken) -> bool:
    """Tell whether an older server does not know the method: the library takes its 404 for that of a wrong token."""
    return "method not found" in error.message.lower()


def is_gone(error: TelegramError) -> bool:
    """Tell whether the message that was to be edited cannot be edited any more."""
    words = error.message.lower()
    return any(sign in words for sign in ("message to edit not found", "message_id_invalid", "can't be edited"))
