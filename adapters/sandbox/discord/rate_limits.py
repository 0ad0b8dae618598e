"""Rate limits as the pretended Discord enforces and announces them, and the faults that a test orders."""

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.sandbox.discord.errors import Payload

Rule = tuple[int, float]
"""So many requests in so many seconds."""

VIA = {"Via": "1.1 google"}


@dataclass
class _Window:
    ends: float
    used: int = 0


@dataclass(frozen=True)
class Verdict:
    """The headers of the answer, and for a refused request how many seconds to wait."""

    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    everywhere: bool = False


class RateLimits:
    """Fixed windows per bucket and channel, opened by the first request, plus one for everything."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {
            "sends": (5, 5.0),
            "edits": (5, 5.0),
            "typing": (5, 5.0),
            "reactions": (1, 0.25),
        }
        self.global_per_second = 50
        self._windows: dict[tuple[str, str], _Window] = {}

    def take(self, bucket: str | None, channel_id: str) -> Verdict:
        """Count a request of a bucket, or one of a route without a bucket."""
        everything = self._window(("", ""), 1.0)
        if everything.used >= self.global_per_second:
            wait = max(everything.ends - time.time(), 0.001)
            return Verdict(_refused(wait, "global") | {"X-RateLimit-Global": "true"}, wait, everywhere=True)
        everything.used += 1
        return Verdict() if bucket is None else self._take(bucket, channel_id)

    def _take(self, bucket: str, channel_id: str) -> Verdict:
        limit, seconds = self.rules[bucket]
        window = self._window((bucket, channel_id), seconds)
        refused = window.used >= limit
        window.used += not refused
        wait = max(window.ends - time.time(), 0.001)
        headers = {
            "X-RateLimit-Bucket": f"stand-in-{bucket}",
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit - window.used),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
        }
        return Verdict(headers | _refused(wait, "user"), wait) if refused else Verdict(headers)

    def _window(self, key: tuple[str, str], seconds: float) -> _Window:
        now = time.time()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = _Window(now + seconds)
        return window


def _refused(wait: float, scope: str) -> dict[str, str]:
    return {"X-RateLimit-Scope": scope, "Retry-After": str(math.ceil(wait)), **VIA}


def limited_body(retry_after: float, *, everywhere: bool) -> Payload:
    """Return the body of a 429."""
    return {
        "message": "You are being rate limited.",
        "retry_after": round(retry_after, 3),
        "global": everywhere,
    }


Match = Callable[[Payload], bool]
"""Says by its JSON object whether a request is meant."""


@dataclass
class Fault:
    """Describe what matching requests get instead of the ordinary answer, after ``after`` and for ``times`` of them."""

    method: str
    pattern: re.Pattern[str]
    status: int | None = None
    body: Payload | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    after: int = 0
    delay: float = 0.0
    drop: bool = False
    effect: bool = False
    match: Match | None = None

    @property
    def replaces(self) -> bool:
        """Tell whether the ordinary answer is not given."""
        return self.drop or self.status is not None

    def matches(self, method: str, path: str, body: object) -> bool:
        """Tell whether a request is meant."""
        if self.method not in ("*", method) or self.pattern.fullmatch(path) is None:
            return False
        return self.match is None or (isinstance(body, dict) and self.match(body))

    def answer(self) -> tuple[int, Payload | str, dict[str, str]]:
        """Return status, body and headers; what was not given is what Discord would say."""
        status, headers = self.status or 500, dict(self.headers)
        if status == 429:
            body = self.body if self.body is not None else limited_body(1.0, everywhere=False)
            return status, body, VIA | headers
        if self.body is not None:
            return status, self.body, headers
        if status in (500, 503):
            return status, {"message": f"{status}: Internal Server Error", "code": 0}, headers
        return (status, "<html>cloudflare</html>", headers) if status > 500 else (status, _general(status), headers)


def _general(status: int) -> Payload:
    return {
        401: {"message": "401: Unauthorized", "code": 0},
        403: {"message": "Missing Permissions", "code": 50013},
        404: {"message": "404: Not Found", "code": 0},
    }.get(status, {"message": "Invalid Form Body", "code": 50035, "errors": {}})


class Faults:
    """The faults that are still to come, in the order in which they were ordered."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        self._faults.append(fault)

    @property
    def pending(self) -> int:
        """Count how many are still to come."""
        return len(self._faults)

    def clear(self) -> None:
        """Order nothing any more."""
        self._faults.clear()

    def take(self, method: str, path: str, body: object = None) -> Fault | None:
        """Return the fault for this request, if one is due. Every pending match counts the request."""
        for fault in [fault for fault in self._faults if fault.matches(method, path, body)]:
            if fault.after:
                fault.after -= 1
                continue
            fault.times -= 1
            if not fault.times:
                self._faults.remove(fault)
            return fault
        return None


def path_pattern(text: str) -> re.Pattern[str]:
    """Compile a path in which ``*`` stands for one part and ``**`` for any number of them."""
    parts = re.split(r"(\*\*|\*)", text)
    return re.compile("".join({"**": ".*", "*": "[^/]+"}.get(part, re.escape(part)) for part in parts))
