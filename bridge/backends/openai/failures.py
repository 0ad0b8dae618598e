"""Maps every refusal of an OpenAI-compatible server to an error that is named by what happens next.

One number means many things with these servers, so a refusal's codes and words decide first, in the order of
refusal_kinds.KINDS. What they do not tell, the HTTP status does (qwen wire, Model Studio's errors).
"""

import re
from collections.abc import Mapping

from bridge.backends.http.retry_after import bounded, later
from bridge.backends.openai import refusals
from bridge.backends.openai.refusal_kinds import BUSY, INVALID, KINDS, LOADING
from bridge.backends.openai.refusals import Refusal
from bridge.errors import (
    ApiMisled,
    Busy,
    Fault,
    KeyRefused,
    NoFunds,
    QwenError,
    Refused,
    TooLong,
)

INSIDE = "wait: the fault is the API's; if it is yours, look at its log"

_AGAIN = re.compile(r"\b(?:try|retry)(?: again| after| in)+ ((?:[\d.]+ ?(?:ms|h|m|s)[a-z]* ?)+)")
_TIME = re.compile(r"(\d+(?:\.\d+)?) ?(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def in_body(body: bytes, status: int) -> QwenError:
    """Return the error for the body and HTTP status of a refusal."""
    said = refusals.in_bytes(body)
    if said is None:
        return by_status(status, json=False)
    return _error(said, (said.number if status == 200 else 0) or status)


def in_frame(frame: Mapping[str, object]) -> QwenError | None:
    """Return the error that a frame, or a whole answer, with HTTP status 200 says; None for a part of an answer."""
    said = refusals.in_frame(frame)
    return _error(said, said.number) if said else None


def _error(said: Refusal, status: int) -> QwenError:
    """Return the error for what a refusal says; `status` is 0 where nothing states one."""
    found = (kind.error(said.words, status) for kind in KINDS)
    error = next((each for each in found if each), None) or by_status(status, json=said.structured)
    return later(error, _wait(said.words))


def by_status(status: int, *, json: bool) -> QwenError:
    """Return the error for an HTTP status alone, 0 for none. `json`: the body was JSON, as the protocol has it."""
    if status == 401:
        return KeyRefused()
    if status == 403:
        return KeyRefused(certain=False)
    if status == 402:
        return NoFunds(certain=False)
    if status == 413:
        return TooLong()
    if status in BUSY:
        return Busy(remedy=LOADING) if status >= 500 else Busy()
    if status >= 500 or not status:
        return Fault(remedy=INSIDE)
    return Refused(remedy=INVALID) if json and status == 400 else ApiMisled()


def _wait(words: str) -> float:
    """Return the seconds after which the words say to try again; 0.0 where they do not."""
    named = _AGAIN.search(words)
    return bounded(sum(float(number) * _SECONDS[unit] for number, unit in _TIME.findall(named[1]))) if named else 0.0
