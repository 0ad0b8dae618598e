"""Reads for how long a server asks to wait, from the headers of its refusal."""

import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from bridge.errors import Busy, Fault, QwenError

LONGEST_SECONDS = 86_400.0
"""Bounds what is believed: quotas are of a day."""


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that Retry-After states, as a number or as an HTTP date (RFC 9110, 10.2.3); 0.0 without any.

    A date is compared with the server's own clock where it sends one.
    """
    value = headers.get("Retry-After", "").strip()
    seconds = _number(value)
    if seconds is None and (until := _date(value)) is not None:
        now = _date(headers.get("Date", ""))
        seconds = until - (time.time() if now is None else now)
    return bounded(seconds or 0.0)


def later(error: QwenError, seconds: float) -> QwenError:
    """Return an error that may pass as one that says when to ask again; any other, or for 0.0, as it is."""
    return type(error)(remedy=error.remedy, after=seconds) if seconds and isinstance(error, Busy | Fault) else error


def bounded(seconds: float) -> float:
    """Return a wait in seconds as it is believed: not below 0, not above LONGEST_SECONDS."""
    return 0.0 if math.isnan(seconds) else min(LONGEST_SECONDS, max(0.0, seconds))


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _date(value: str) -> float | None:
    """Return the seconds since 1970 of an HTTP date; None for any other text."""
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
