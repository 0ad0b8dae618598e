"""What a setting may be, and what is said of one that is not."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from yarl import URL

from adapters.common.rate_limiter import Rate
from bridge.access import words
from bridge.store.connection import MEMORY


def _secret(pattern: str, wrong: str) -> Callable[[SecretStr], SecretStr]:
    def check(value: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, value.get_secret_value()):
            raise ValueError(wrong)
        return value

    return check


def _url(*schemes: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            url = URL(value)
            usable = url.scheme in schemes and bool(url.host) and bool(url.port)
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(f"is not an address that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return value.rstrip("/")

    return check


def _database(value: str) -> str:
    if value == MEMORY or (value.startswith("sqlite:///") and len(value) > len("sqlite:///")):
        return value
    raise ValueError("is not the address of a SQLite file")


def _rates(value: str) -> str:
    try:
        Rate.parse(value)
    except ValueError:
        raise ValueError("is no list of rates: count/seconds, or 0 for none") from None
    return value


def _words(value: str) -> str:
    words(value)
    return value


_LINE = r"[^\x00-\x1f\x7f]+"
Pasted = Annotated[SecretStr, AfterValidator(_secret(_LINE, "holds a line break or another control character"))]
Http = Annotated[str, AfterValidator(_url("http", "https"))]
DiscordToken = Annotated[
    SecretStr, AfterValidator(_secret(r"(?!Bot\b)[\x21-\x7e]+", "is not a bot token: it is one word, without “Bot ”"))
]
RateList = Annotated[str, AfterValidator(_rates)]
WordList = Annotated[str, AfterValidator(_words)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
TelegramToken = Annotated[
    SecretStr, AfterValidator(_secret(r"\d+:[\w-]+", "is not a bot token: digits, a colon, letters"))
]
Websocket = Annotated[str, AfterValidator(_url("ws", "wss"))]
Database = Annotated[str, AfterValidator(_database)]
