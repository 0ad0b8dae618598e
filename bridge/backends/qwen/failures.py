"""Maps every refusal of chat.qwen.ai to an error that is named by what happens next (qwen wire, errors).

HTTP status 200 says nothing with this server: bodies decide, by their code first and by their words only where one code
means several things. The address of a human check holds secrets and is never read.
"""

import math
import re
from collections.abc import Callable, Mapping

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

Details = tuple[str, int | None]
"""Holds a refusal's words, and the hours that it names."""


def _rate_limited(details: Details) -> QwenError:
    words, hours = details
    if "生图" in words or "image" in words.lower():
        return QuotaSpent()  # of pictures: whoever wants text is still answered
    spent = hours is not None or "limit" in words.lower() or "额度" in words or "上限" in words
    return QuotaSpent(hours) if spent else Busy()


def _bad_request(details: Details) -> QwenError:
    words = details[0]
    return _phrased(words) or (Stale(certain=bool(words)) if "internal" in words.lower() or not words else Fault())


def _phrased(words: str) -> QwenError | None:
    """Return the error that only the words tell, or None."""
    words = words.lower()
    if "in progress" in words:
        return InProgress()
    if "is not exist" in words or "first message must not" in words:
        return ChatGone()
    if "field required" in words or "too many messages" in words:
        return NotUnderstood()
    return SignedOut() if "token has expired" in words else None


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


def in_frame(frame: Mapping[str, object], status: int = 200) -> QwenError | None:
    """Return the error that a JSON object says: an envelope, a frame of a stream, a human check. None for an answer.

    `status`, the HTTP status, counts where neither the code nor the words are known.
    """
    if "ret" in frame or "rgv587_flag" in frame:
        return HumanCheck()
    part = _failed_part(frame)
    if part is None:
        return None
    said = part if isinstance(part, Mapping) else {"code": part, "details": part}
    code = str(said.get("code") or "")
    words = " ".join(str(said[name]) for name in ("details", "detail", "message", "template") if said.get(name))
    if any(mark in words for mark in HUMAN_CHECK):
        return HumanCheck()
    if make := BY_CODE.get(re.sub(r"[^a-z]", "", code.lower())):
        return make((words, _hours(said.get("num"))))
    number = int(code) if code.isdecimal() and len(code) == 3 else status
    return _phrased(words) or by_status(number) or Fault()


def _failed_part(frame: Mapping[str, object]) -> object | None:
    """Return what holds the code and its details, None without any: where it is differs from answer to answer."""
    data = frame.get("data")
    if frame.get("error"):
        return frame["error"]
    if isinstance(data, Mapping) and data.get("code"):
        return data
    if (frame.get("code") or frame.get("detail")) and "choices" not in frame:
        return frame
    return data or frame if frame.get("success") is False else None


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
