"""What discord.py and aiohttp raise: each of their exceptions becomes one of ours, with what happens next."""

from collections.abc import Iterator

import aiohttp
import discord
import pytest
from discord.app_commands import AppCommandError

from adapters.discord.errors import (
    INVALID_WEBHOOK_TOKEN,
    REQUEST_ERRORS,
    RETRY_SECONDS,
    UNAUTHORIZED_SECONDS,
    reason,
    translated_errors,
)
from bridge import CannotShow, ShowLater

AGAIN = {discord.ConnectionClosed, discord.GatewayNotFound, discord.DiscordServerError, discord.RateLimited}
"""The library's errors after which the same request may succeed."""


def kinds(base: type[Exception]) -> Iterator[type[Exception]]:
    """An exception and everything that is derived from it."""
    yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


def example(kind: type[Exception], status: int = 0, code: int = 0) -> Exception:
    """One of a kind, as if a request had raised it; the library makes them from answers that it has."""
    error = kind.__new__(kind)
    if isinstance(error, discord.HTTPException):
        usual = {discord.Forbidden: 403, discord.NotFound: 404, discord.DiscordServerError: 500}
        error.status, error.code = status or usual.get(type(error), 400), code
        error.text = ""
    if isinstance(error, discord.ConnectionClosed):
        error.code = 1006
    if isinstance(error, discord.RateLimited):
        error.retry_after = 3.0
    return error


def became(error: Exception) -> ShowLater | CannotShow:
    with pytest.raises((ShowLater, CannotShow)) as raised, translated_errors():
        raise error
    assert isinstance(raised.value, ShowLater | CannotShow)
    return raised.value


# The library's framework of commands is not used; what it raises never comes from a request.
LIBRARY = [kind for kind in kinds(discord.DiscordException) if not issubclass(kind, AppCommandError)]


@pytest.mark.parametrize("kind", LIBRARY)
def test_none_of_the_library_s_errors_is_forgotten(kind: type[Exception]) -> None:
    assert issubclass(kind, REQUEST_ERRORS)
    assert isinstance(became(example(kind)), ShowLater if kind in AGAIN else CannotShow)
    assert reason(example(kind))


@pytest.mark.parametrize("kind", [*kinds(aiohttp.ClientError), ConnectionResetError, TimeoutError, OSError])
def test_a_lost_connection_comes_back(kind: type[Exception]) -> None:
    later = became(example(kind))
    assert isinstance(later, ShowLater)
    assert later.seconds == RETRY_SECONDS


@pytest.mark.parametrize(
    ("status", "code", "seconds"),
    [(429, 0, RETRY_SECONDS), (500, 0, RETRY_SECONDS), (503, 0, RETRY_SECONDS), (401, 0, UNAUTHORIZED_SECONDS)],
)
def test_what_passes_says_when(status: int, code: int, seconds: float) -> None:
    later = became(example(discord.HTTPException, status, code))
    assert isinstance(later, ShowLater)
    assert later.seconds == seconds


def test_the_library_s_own_wait_is_kept() -> None:
    later = became(example(discord.RateLimited))
    assert isinstance(later, ShowLater)
    assert later.seconds == 3.0


@pytest.mark.parametrize(("status", "code"), [(401, INVALID_WEBHOOK_TOKEN), (400, 50035), (403, 50013), (404, 10008)])
def test_what_stays_says_what_it_was(status: int, code: int) -> None:
    never = became(example(discord.HTTPException, status, code))
    assert isinstance(never, CannotShow)
    assert str(code) in never.reason
