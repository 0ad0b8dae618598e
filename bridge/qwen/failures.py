"""Every way in which Qwen says no, mapped to what happens next (qwen wire, errors).

HTTP status 200 says nothing here: bodies decide, by their code first and by their words only where one code means
several things. The address of a human check holds secrets and is never read.
"""

import re
from collections.abc import Callable, Mapping

from bridge.errors import (
    Busy,
    ChatGone,
    Empty,
    Fault,
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
    "x5secdata",
    "aliyun_waf",
    "aliyunCaptcha",
    "nocaptcha",
    "denyfromx5",
    "gridConnectGet",
    "punishTextFetch",
    "<!doctypehtml>",
)
"""Marks of the pages and bodies that stand before Qwen and want to see a human."""

Details = tuple[str, int | None]


def _rate_limited(details: Details) -> QwenError:
    words, hours = details
    spent = hours is not None or "limit" in words.lower() or "额度" in words
    return QuotaSpent(hours) if spent else Busy()


def _bad_request(details: Details) -> QwenError:
    words = details[0].lower()
    if "in progress" in words:
        return InProgress()
    if "is not exist" in words or "first message must not" in words:
        return ChatGone()
    if "field required" in words or "too many messages" in words:
        return NotUnderstood()
    return Stale() if "internal" in words or not words else Fault()


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
    "forbidden": lambda _: SignedOut(),
    "notfound": _not_found,
    "chatnotfound": lambda _: ChatGone(),
    "internalerror": lambda _: Fault(),
    "internalservererror": lambda _: Fault(),
    "invalidinput": lambda _: Fault(),
    "datainspectionfailed": lambda _: Moderated(),
    "contextlengthexceeded": lambda _: TooLong(),
    "tokenlimit": lambda _: TooLong(),
}
"""By Qwen's code, without its capitals and underscores."""


def in_frame(frame: Mapping[str, object]) -> QwenError | None:
    """The failure that a JSON object is: an envelope, a frame of a stream, a human check. None for an answer."""
    if "ret" in frame or "rgv587_flag" in frame:
        return HumanCheck()
    part = _failed_part(frame)
    if part is None:
        return None
    if not isinstance(part, Mapping):
        return _by_words(str(part))
    code = part.get("code")
    words = str(part.get("details") or part.get("detail") or part.get("message") or "")
    number = part.get("num")
    make = BY_CODE.get(re.sub(r"[^a-z]", "", str(code).lower()))
    return make((words, number if isinstance(number, int) else None)) if make else _by_words(words)


def in_body(body: bytes, status: int) -> QwenError:
    """The failure that a body is which is neither a stream nor JSON."""
    text = body[:65536].decode("utf-8", "replace")
    if any(mark in text for mark in HUMAN_CHECK):
        return HumanCheck()
    return by_status(status) or (NotUnderstood() if text.strip() else Empty())


def by_status(status: int) -> QwenError | None:
    """What the HTTP status says where the body says nothing."""
    known: dict[int, QwenError] = {401: SignedOut(), 403: SignedOut(), 413: TooLong(), 429: Busy()}
    return known.get(status) or (Busy() if status >= 500 else None)


def _failed_part(frame: Mapping[str, object]) -> object | None:
    """Where the code and its details stand: their place differs from one answer to the next."""
    data = frame.get("data")
    if frame.get("error"):
        return frame["error"]
    if isinstance(data, Mapping) and "code" in data:
        return data
    if "code" in frame and "choices" not in frame:
        return frame
    return data or "" if frame.get("success") is False else None


def _by_words(words: str) -> QwenError:
    return SignedOut() if "token has expired" in words.lower() else Fault()
