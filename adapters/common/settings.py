"""Types of settings that several adapters share, each with the error message for an invalid value."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, SecretStr
from yarl import URL

from adapters.common.rate_limiter import Rate


def secret(pattern: str, wrong: str) -> AfterValidator:
    """Return a validator of a SecretStr that has to match the regular expression `pattern` as a whole.

    `wrong` is the message of its ValueError, which never holds the value.
    """

    def check(value: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, value.get_secret_value()):
            raise ValueError(wrong)
        return value

    return AfterValidator(check)


def _url(*schemes: str, slash: bool = False) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            url = URL(value)
            usable = url.scheme in schemes and bool(url.host) and bool(url.port)
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(f"is not an address that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return value if slash else value.rstrip("/")

    return check


def _rates(value: str) -> str:
    try:
        Rate.parse(value)
    except ValueError:
        raise ValueError("is no list of rates: count/seconds, or 0 for none") from None
    return value


Http = Annotated[str, AfterValidator(_url("http", "https"))]
"""An address of HTTP or HTTPS, without a slash at its end: paths are put behind it."""

Websocket = Annotated[str, AfterValidator(_url("ws", "wss", slash=True))]
"""An address of a WebSocket. It is used as it is: with a slash at its end it is another one."""

RateList = Annotated[str, AfterValidator(_rates)]
"""Rates as Rate.parse() reads them."""
