"""Every way in which such a server says no, mapped to what happens next (qwen wire, Model Studio's errors).

Here HTTP's status counts, and the code or the words tell apart what one status means.
"""

import re
from collections.abc import Callable, Mapping

import orjson

from bridge.errors import (
    ApiMisled,
    Busy,
    Fault,
    KeyRefused,
    ModelUnknown,
    Moderated,
    NoFunds,
    QwenError,
    Refused,
    TooLong,
)

LOADING = "wait: the API has too much to do, or loads its model"
INSIDE = "wait: the fault is the API's; if it is yours, look at its log"

_LENGTH = re.compile(
    r"input length|context length|context size|context shift|context window|maximum context|maximum model length"
    r"|too many tokens|exceeds? the .*context|max_tokens must be at least|inputs?` tokens"
)

BY_CODE: Mapping[str, Callable[[], QwenError]] = {
    "invalidapikey": KeyRefused,
    "incorrectapikey": KeyRefused,
    "arrearage": NoFunds,
    "datainspectionfailed": Moderated,
    "contentfilter": Moderated,
    "modelnotfound": ModelUnknown,
    "modelnotsupported": ModelUnknown,
    "accessdenied": KeyRefused,
    "accessdeniedunpurchased": KeyRefused,
    "insufficientquota": Busy,  # by the minute: it is back soon (qwen wire, Model Studio's errors)
    "throttling": Busy,
    "throttlingratequota": Busy,
    "throttlingallocationquota": Busy,
    "contextlengthexceeded": TooLong,
    "exceedcontextsizeerror": TooLong,
    "internalerror": lambda: Fault(remedy=INSIDE),
    "internalerroralgo": lambda: Fault(remedy=INSIDE),
}
"""By the code or the type, without capitals and signs."""


WORDS: Mapping[str, str] = {
    "budget": "thinking_budget",
    "search": "enable_search",
    "thinking": "",
    "reasoning": "",
    "template": "",
}
"""What a refusal speaks of, and the parameter that it may mean; empty: how it is told whether to think."""

INVALID = "the API refuses a question as invalid; if it refuses all, check QWEN_API_URL and QWEN_API_MODEL"


class Misunderstood(Refused):
    """The server knows a `parameter` not, or not with this value: it is asked in other words. Empty: it named none."""

    def __init__(self, parameter: str = "") -> None:
        self.parameter = parameter
        super().__init__(remedy=INVALID)


def in_body(body: bytes, status: int) -> QwenError:
    """Return the failure that the body of a refusal is."""
    error = _error(body)
    if error is None:
        return by_status(status, json=False)
    words = str(error.get("message") or "").lower()
    if "billing" in words and status in (402, 403, 429):
        return NoFunds()
    for name in ("code", "type"):
        code = re.sub(r"[^a-z]", "", str(error.get(name) or "").lower())
        if make := BY_CODE.get(code):
            return make()
    if _LENGTH.search(words):
        return TooLong()
    if status == 404 and "model" in words:
        return ModelUnknown()
    if status in (400, 422):
        said = f"{words} {error.get('param')}"
        for word, parameter in WORDS.items():
            if word in said:
                return Misunderstood(parameter)
    return by_status(status, json=True)


def by_status(status: int, *, json: bool) -> QwenError:
    """What the status alone says. `json`: the body was the protocol's own."""
    if status in (401, 403):
        return KeyRefused()
    if status == 402:
        return NoFunds()
    if status == 413:
        return TooLong()
    if status == 429:
        return Busy()
    if status >= 500:
        return Busy(remedy=LOADING) if status in (502, 503, 504) else Fault(remedy=INSIDE)
    return Refused(remedy=INVALID) if json and status == 400 else ApiMisled()


def _error(body: bytes) -> Mapping[str, object] | None:
    """The object that says what is wrong: its place differs from one server to the next."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, Mapping):
        return None
    error = value.get("error") or value.get("detail") or value
    if isinstance(error, Mapping):
        return error
    return {"message": error if isinstance(error, str) else str(value.get("message") or "")}
