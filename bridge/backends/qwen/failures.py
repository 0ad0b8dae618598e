"""Maps every refusal of chat.qwen.ai to an error that is named by what happens next (qwen wire, errors).

HTTP status 200 says nothing with this server: bodies decide, by their code first and by their words only where one code
means several things. The address of a human check holds secrets and is never read.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from bridge.errors import (
    Busy,
    ChatGone,
    Empty,
    Fault,
    Flagged,
    HumanCheck,
    InProgress,
    ModelUnknown,
    Moderated,
    NotUnderstood,
    QuotaSpent,
    QwenError,
    SignedOut,
    Stale,
    TooLong,
)

HUMAN_CHECK = (
    "FAIL_SYS_USER_VALIDATE",
    "RGV587",
    "rgv587",
    "_____tmd_____",
    "/punish",
    "x5sec",
    "aliyun_waf",
    "aliyunCaptcha",
    "nocaptcha",
    "denyfromx5",
    "gridConnectGet",
    "punishTextFetch",
    "<!doctypehtml>",
)
"""Lists marks of the pages and bodies with which a server in front of Qwen wants to see a human."""

LONGEST_HOURS = 168
"""Bounds the hours of a quota: more is not believed."""

CODES = ("code", "error_code", "errorCode")
"""Lists the names of Qwen's code: which one is used differs from endpoint to endpoint (qwen wire, errors)."""

NUMBERS = (*CODES, "status", "status_code", "statusCode")
"""Lists the names under which a body says an HTTP status."""

WORDS = ("details", "detail", "message", "msg", "template", "reason", "reasons", "raw")
"""Lists the names of a refusal's words, which are a text or a list of them."""

FINE = ("", "0", "200", "none", "ok", "success")
"""Lists the codes, in lower case, of what is no refusal."""

SUSPICIOUS = frozenset({"ret", "rgv587_flag", "error", "data", "url", "success"})
"""Lists what a refusal has that comes beside the choices of an answer."""

DEEPEST = 4
"""Limits how deep a refusal is looked for inside what a server says."""

Details = tuple[str, int | None]
"""Holds a refusal's words, and the hours that it names."""


def _rate_limited(details: Details) -> QwenError:
    words, hours = details
    if "生图" in words or "image" in words.lower():
        return QuotaSpent()  # of pictures: whoever wants text is still answered
    limit = "limit" in words.lower().replace("rate limit", "")
    spent = hours is not None or limit or "额度" in words or "上限" in words
    return QuotaSpent(hours) if spent else Busy()


def _bad_request(details: Details) -> QwenError:
    words = details[0]
    return _phrased(words) or (Stale(certain=bool(words)) if "internal" in words.lower() or not words else Fault())


def _phrased(words: str) -> QwenError | None:
    """Return the error that only the words tell, or None."""
    words = words.lower()
    return next((make() for phrases, make in BY_WORDS if any(phrase in words for phrase in phrases)), None)


def _not_found(details: Details) -> QwenError:
    return ModelUnknown() if "model" in details[0].lower() else ChatGone()


BY_CODE: Mapping[str, Callable[[Details], QwenError]] = {
    "ratelimited": _rate_limited,
    "quotalimited": lambda details: QuotaSpent(details[1]),
    "quotalimit": lambda details: QuotaSpent(details[1]),
    "parallellimited": lambda _: Busy(),
    "toomanyrequests": lambda _: Busy(),
    "badrequest": _bad_request,
    "requestvalidationerror": lambda _: NotUnderstood(),
    "unauthorized": lambda _: SignedOut(),
    "forbidden": lambda _: Flagged(certain=False),
    "notfound": _not_found,
    "chatnotfound": lambda _: ChatGone(),
    "internalerror": lambda _: Fault(),
    "internalservererror": lambda _: Fault(),
    "invalidinput": lambda _: Fault(),
    "datainspectionfailed": lambda _: Moderated(),
    "contextlengthexceeded": lambda _: TooLong(),
    "tokenlimit": lambda _: TooLong(),
}
"""Maps Qwen's code, by its lower-case letters alone, to its error."""


BY_NUMBER: Mapping[int, Callable[[Details], QwenError]] = {404: _not_found, 429: _rate_limited}
"""Maps an HTTP status that comes with words to its error."""

BY_WORDS: Sequence[tuple[tuple[str, ...], Callable[[], QwenError]]] = (
    (("in progress", "in dialogue", "对话中", "进行中"), InProgress),
    (("is not exist", "first message must not"), ChatGone),
    (("field required", "too many messages"), NotUnderstood),
    (("token has expired",), SignedOut),
    (("data_inspection", "inappropriate content", "内容安全", "不当内容"), Moderated),
    (("model not found",), ModelUnknown),
    (("context length", "input length", "input is too long", "too many tokens", "maximum context"), TooLong),
)
"""Maps words, in lower case, to the error that they tell where the code does not."""


def in_frame(frame: Mapping[str, object], status: int = 200) -> QwenError | None:
    """Return the error that a JSON object says: an envelope, a frame of a stream, a human check. None for an answer.

    `status`, the HTTP status, counts where neither the code nor the words are known.
    """
    if "choices" in frame and SUSPICIOUS.isdisjoint(frame):
        return None  # as nearly all frames are
    if "ret" in frame or "rgv587_flag" in frame or _is_punished(frame):
        return HumanCheck()
    part = _failed_part(frame)
    if part is None:
        return None
    text = " ".join(_texts(part))
    said = list(_parts({"code": text.partition(":")[0], "detail": part} if text else {"detail": part}))
    if any(is_human_check(text) for inner in said for value in inner.values() for text in _texts(value)):
        return HumanCheck()
    words = " ".join(text for inner in said for name in WORDS for text in _texts(inner.get(name)))
    details = words, next((hours for inner in said if (hours := _hours(inner.get("num")))), None)
    for code in (_letters(inner.get(name)) for inner in said for name in (*CODES, "type")):
        if make := BY_CODE.get(code):
            return make(details)
    numbers = (_status(inner.get(name)) for inner in said for name in NUMBERS)
    number = next(filter(None, numbers), status)
    if make := BY_NUMBER.get(number):
        return make(details)
    return _phrased(words) or by_status(number) or Fault()


def is_human_check(address: str) -> bool:
    """Tell whether an address, which is never kept, leads to a human check."""
    return any(mark in address for mark in HUMAN_CHECK)


def _is_punished(frame: Mapping[str, object]) -> bool:
    """Tell whether Qwen's own envelope, whatever else it says, sends to a human check."""
    data = frame.get("data")
    addresses = (part.get("url") for part in (frame, data) if isinstance(part, Mapping))
    return any(isinstance(address, str) and is_human_check(address) for address in addresses)


def _failed_part(frame: Mapping[str, object]) -> object | None:
    """Return what holds the code and its details, None without any: where it is differs from answer to answer."""
    data = frame.get("data")
    if frame.get("error"):
        return frame["error"]
    if isinstance(data, Mapping) and _has_code(data):
        return data
    if "choices" not in frame and (_has_code(frame) or frame.get("detail")):
        return frame
    return data or frame if frame.get("success") is False else None


def _has_code(part: Mapping[str, object]) -> bool:
    codes = (part.get(name) for name in CODES)
    return any(str(code).lower() not in FINE for code in codes if isinstance(code, str | int) and code)


def _parts(said: object, depth: int = DEEPEST) -> Iterator[Mapping[str, object]]:
    """Yield a refusal's objects, from the outside in."""
    if isinstance(said, Mapping):
        yield said
    if depth and isinstance(said, Mapping | list):
        for inner in said.values() if isinstance(said, Mapping) else said:
            yield from _parts(inner, depth - 1)


def _texts(value: object) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _letters(code: object) -> str:
    return re.sub(r"[^a-z]", "", code.lower()) if isinstance(code, str) else ""


def _status(number: object) -> int | None:
    """Return an HTTP status that is said as a number or in digits."""
    digits = str(number) if isinstance(number, str | int) else ""
    return int(digits) if re.fullmatch(r"[45]\d\d", digits, re.ASCII) else None


def _hours(number: object) -> int | None:
    """Return the whole hours that Qwen names; None for what makes no sense."""
    if isinstance(number, bool) or not isinstance(number, int | float | str):
        return None
    try:
        hours = math.ceil(float(number))
    except (ValueError, OverflowError):
        return None
    return hours if 0 < hours <= LONGEST_HOURS else None


def in_body(body: bytes, status: int) -> QwenError:
    """Return the error for a body that is neither a stream nor JSON, and its HTTP status."""
    text = body[:65536].decode("utf-8", "replace")
    if any(mark in text for mark in HUMAN_CHECK):
        return HumanCheck()
    return by_status(status) or (NotUnderstood() if text.strip() else Empty())


BY_STATUS: Mapping[int, Callable[[], QwenError]] = {
    401: SignedOut,
    403: lambda: Flagged(certain=False),
    413: TooLong,
    429: Busy,
}
"""Maps an HTTP status to its error, where the body says nothing."""


def by_status(status: int) -> QwenError | None:
    """Return the error for an HTTP status alone; None for one that says nothing."""
    if 300 <= status < 400:
        return NotUnderstood()  # whoever sends us elsewhere is not what QWEN_URL should name
    if status >= 500:
        return Busy()
    known = BY_STATUS.get(status)
    return known() if known else None
