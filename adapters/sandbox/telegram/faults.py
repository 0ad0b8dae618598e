"""Trouble that a test orders from the pretended Bot API: refusals, late answers, lost connections."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from adapters.sandbox.telegram.errors import USUAL, Refused, too_many

Match = Callable[[Mapping[str, str]], bool]
"""Says by the parameters whether a call is meant; nested parameters are JSON texts."""

Drop = bool | Literal["before", "after"]
"""Close the connection without an answer, before (True) or after the call took effect."""


@dataclass
class Fault:
    """One order; ``hits`` counts the calls that it struck."""

    method: str
    refusal: Refused | None
    times: int | None
    after: int
    delay: float
    drop: Drop
    match: Match | None
    body: str | None
    hits: int = 0
    passed: int = 0

    def strikes(self, method: str, params: Mapping[str, str]) -> bool:
        """Tell whether this call is struck; counts it."""
        if self.method not in (method, "*") or (self.match and not self.match(params)):
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        self.hits += 1
        return True


def refusal(code: int | None, description: str | None, retry_after: int | None) -> Refused | None:
    """Return the refusal that a fault answers with, in the usual words unless others are given."""
    if retry_after is not None:
        usual = too_many(retry_after)
        return Refused(code or 429, description or usual.description, usual.parameters)
    if code is None and description is None:
        return None
    code = code or 400
    return Refused(code, description or USUAL.get(code, "Internal Server Error"))
