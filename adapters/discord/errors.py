"""Translate the errors of discord.py and aiohttp into the bridge's, at this one edge."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bridge import CannotShow, CannotStart, ShowLater

REQUEST_ERRORS = (discord.DiscordException, aiohttp.ClientError, OSError)
"""What a request raises: what the library makes of an answer, and a lost connection; a TimeoutError is an OSError."""

CONNECTION_ERRORS = (discord.ConnectionClosed, discord.GatewayNotFound, aiohttp.ClientError, OSError)
"""A connection that is lost, or not to be had: it comes back."""

RETRY_SECONDS = 1.0
"""After a lost connection or a server's fault."""

UNAUTHORIZED_SECONDS = 30.0

INVALID_WEBHOOK_TOKEN = 50027
"""Invalid webhook token: an interaction is over (developer documentation, JSON Error Codes)."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise ShowLater or CannotShow in place of what a request raises."""
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
    # The token was reset: the next start goes on from here.
    if error.status == 401 and error.code != INVALID_WEBHOOK_TOKEN:
        return ShowLater(UNAUTHORIZED_SECONDS)
    return CannotShow(f"{error.status}, code {error.code}")


def token_refused() -> CannotStart:
    """Make the error for a token that Discord does not know."""
    return CannotStart(
        "Discord refuses DISCORD_BOT_TOKEN. Copy it from the developer portal: your app, Bot, Reset Token; "
        "and check DISCORD_API_URL if you set it."
    )


def reason(error: Exception) -> str:
    """Say in few words, for the operator, why Discord is not reached; without what the error quotes."""
    if isinstance(error, discord.HTTPException):
        return f"HTTP {error.status}"
    words = error.strerror if isinstance(error, OSError) else None
    return (words or type(error).__name__).lower()
