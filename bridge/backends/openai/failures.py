"""Maps every refusal of an OpenAI-compatible server to an error (qwen wire, Model Studio's errors).

Unlike with chat.qwen.ai, HTTP's status counts; the code or the words tell apart what one status means.
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
"""Maps a refusal's code or type to its error, by the lower-case letters of it alone."""

WORDS: Mapping[str, str] = {
    "budget": "thinking_budget",
    "search": "enable_search",
    "thinking": "",
    "reasoning": "",
    "template": "",
}
"""Maps a word of a refusal to the optional parameter that it means; empty: those that turn thinking on or off."""

INVALID = "the API refuses a question as invalid; if it refuses all, check QWEN_API_URL and QWEN_API_MODEL"


class Misunderstood(Refused):
    """Says that the server does not take a `parameter` or its value: another dialect may help. Empty: it named none."""

    def __init__(self, parameter: str = "") -> None:
        self.parameter = parameter
        super().__init__(remedy=INVALID)


def in_body(body: bytes, status: int) -> QwenError:
    """Return the error for the body and HTTP status of a refusal."""
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
    """Return the error for an HTTP status alone. `json`: the body was a JSON object, as the protocol has it."""
    if status in (401, 403):
        return KeyRefused(certain=status == 401)
    if status == 402:
        return NoFunds(certain=False)
    if status == 413:
        return TooLong()
    if status == 429:
        return Busy()
    if status >= 500:
        return Busy(remedy=LOADING) if status in (502, 503, 504) else Fault(remedy=INSIDE)
    return Refused(remedy=INVALID) if json and status == 400 else ApiMisled()


def _error(body: bytes) -> Mapping[str, object] | None:
    """Return the object that says what is wrong, None without one: where it is differs from server to server."""
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
