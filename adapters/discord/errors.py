"""Translate what discord.py and aiohttp raise into errors of the bridge."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from adapters.discord.refusals import refused_words
from bridge import CannotShow, CannotStart, ShowLater

REQUEST_ERRORS = (discord.DiscordException, aiohttp.ClientError, OSError)
"""All that a request may raise: discord.py's errors, and those of a lost connection (TimeoutError is an OSError)."""

CONNECTION_ERRORS = (discord.ConnectionClosed, discord.GatewayNotFound, aiohttp.ClientError, OSError)
"""Errors of a connection that is lost or cannot be made: a later try may succeed."""

RETRY_SECONDS = 1.0
"""Seconds before the next try after a lost connection or a server's fault."""

UNAUTHORIZED_SECONDS = 30.0
"""Seconds before the next try while Discord refuses the token."""

INVALID_WEBHOOK_TOKEN = 50027
"""JSON error code for an interaction whose token has expired (developer documentation, JSON Error Codes)."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise ShowLater or CannotShow in place of what a request in the block raises."""
    try:
        yield
    except REQUEST_ERRORS as error:
        raise _translated(error) from None


def _translated(error: Exception) -> ShowLater | CannotShow:
    if isinstance(error, discord.RateLimited):
        return ShowLater(error.retry_after)
    if isinstance(error, CONNECTION_ERRORS):
        return ShowLater(RETRY_SECONDS)
    if not isinstance(error, discord.HTTPException):  # the library refuses to ask
        return CannotShow(type(error).__name__)
    if error.status == 429 or error.status >= 500:
        return ShowLater(RETRY_SECONDS)
    if error.status == 401 and error.code != INVALID_WEBHOOK_TOKEN:
        # The bot's token was reset: the next start goes on from here.
        return ShowLater(UNAUTHORIZED_SECONDS)
    return refused_words(error) or CannotShow(f"{error.status}, code {error.code}")


def token_refused() -> CannotStart:
    """Return the error for a token that Discord refuses, with what the operator can do."""
    return CannotStart(
        "Discord refuses DISCORD_BOT_TOKEN. Copy it from the developer portal: your app, Bot, Reset Token; "
        "and check DISCORD_API_URL if you set it."
    )


def reason(error: Exception) -> str:
    """Return a short reason for the log why Discord is not reached, without what the error quotes."""
    if isinstance(error, discord.HTTPException | aiohttp.ClientResponseError):
        return f"HTTP {error.status}"
    if isinstance(error, discord.ConnectionClosed):
        return f"closed with code {error.code}"
    if isinstance(error, TimeoutError | aiohttp.ServerDisconnectedError):
        return "no answer"
    words = error.strerror if isinstance(error, OSError) else None
    return (words or type(error).__name__).lower()
