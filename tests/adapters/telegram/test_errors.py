"""What python-telegram-bot raises: each of its exceptions becomes one of ours, with what happens next."""

from collections.abc import Iterator

import pytest
from telegram import error as library
from telegram.error import TelegramError

from adapters.telegram.errors import RETRY_SECONDS, UNAUTHORIZED_SECONDS, translated_error
from bridge import CannotShow, ShowLater

LATER = {
    "TelegramError": RETRY_SECONDS,
    "NetworkError": RETRY_SECONDS,
    "TimedOut": RETRY_SECONDS,
    "Conflict": RETRY_SECONDS,
    "RetryAfter": RETRY_SECONDS,
    "ChatMigrated": RETRY_SECONDS,
    "PassportDecryptionError": RETRY_SECONDS,
    "InvalidToken": UNAUTHORIZED_SECONDS,
}
"""After how many seconds the same request may succeed."""

NEVER = {"BadRequest", "Forbidden", "EndPointNotFound"}


def kinds(base: type[TelegramError]) -> Iterator[type[TelegramError]]:
    """An exception of the library and everything of the library that is derived from it."""
    yield base
    for kind in base.__subclasses__():
        if kind.__module__.startswith("telegram."):
            yield from kinds(kind)


def became(kind: type[TelegramError]) -> ShowLater | CannotShow:
    error = kind.__new__(kind)
    error.message = "what Telegram says"
    return translated_error(error)


def test_none_of_the_library_s_errors_is_forgotten() -> None:
    known = {kind.__name__ for kind in kinds(TelegramError)}
    assert known == LATER.keys() | NEVER
    assert known == set(library.__all__)


@pytest.mark.parametrize("kind", [*kinds(TelegramError)])
def test_each_says_what_happens_next(kind: type[TelegramError]) -> None:
    error = became(kind)
    if kind.__name__ in NEVER:
        assert isinstance(error, CannotShow)
        assert error.reason == "what Telegram says"
    else:
        assert isinstance(error, ShowLater)
        assert error.seconds == LATER[kind.__name__]
