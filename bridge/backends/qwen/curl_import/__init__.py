"""Imports credentials from what an operator copies from their browser's network panel."""

import base64
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from bridge.backends.qwen.credentials import Credentials
from bridge.backends.qwen.curl_import.formats import requests

__all__ = ["NothingFound", "expiry", "found", "missing", "read"]

FIELDS = {
    "bx-umidtoken": "umidtoken",
    "cookie": "cookie",
    "authorization": "token",
    "bx-ua": "bx_ua",
    "bx-v": "bx_v",
    "version": "version",
    "user-agent": "user_agent",
    "source": "source",
    "timezone": "timezone",
}
"""Maps a request header to its field of Credentials."""

KNOWN_BY = ("umidtoken", "cookie", "token")
"""Lists the fields of Credentials by which Qwen knows a visitor: one of them is needed."""

UNSENDABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
BEARER = re.compile(r"(?:bearer\s+)?(\S+)", re.IGNORECASE)
LOGIN_COOKIE = re.compile(r"(?:^|;)\s*token=[^;\s]")
LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


class NothingFound(ValueError):
    """Says that a text holds no bx-umidtoken, no cookies and no login for Qwen. The message never quotes the text."""

    def __init__(self) -> None:
        super().__init__(
            "There is no request to Qwen in this: in the browser's network panel, take one to chat.qwen.ai "
            "and choose “Copy as cURL”, copy its request headers, or save all as a HAR file with sensitive data."
        )


def read(text: str) -> Credentials:
    """Return the credentials in a text, as they were sent; the request for an answer wins, then the last one.

    Raises NothingFound where there is nothing by which Qwen would know a visitor.
    """
    values: dict[str, str] = {}
    ours = [request for request in requests(text) if request.for_qwen]
    for request in sorted(ours, key=lambda request: request.for_answer):
        said = {name: value for name in FIELDS if (value := _value(name, request.headers.get(name, "")))}
        if "authorization" not in said and LOGIN_COOKIE.search(said.get("cookie", "")):
            values.pop("authorization", None)  # an older login than the one in this cookie
        values |= said
    credentials = Credentials(**{FIELDS[name]: value for name, value in values.items()})
    if not any(getattr(credentials, field) for field in KNOWN_BY):
        raise NothingFound
    return credentials


def found(credentials: Credentials) -> list[str]:
    """Return the names of what there is, with counts and sizes (code points) but no values, in a fixed order."""
    return [line for line in _found(credentials) if line]


def missing(credentials: Credentials) -> list[str]:
    """Return what Qwen will probably want besides, each with its reason, by this machine's clock; never a verdict."""
    return list(_missing(credentials))


def expiry(token: str) -> float | None:
    """Return when a login ends, in seconds since 1970: the `exp` of a JWT, unverified. None where there is none."""
    parts = token.removeprefix("Bearer ").strip().split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    ends = claims.get("exp") if isinstance(claims, dict) else None
    if isinstance(ends, bool) or not isinstance(ends, int | float) or not 0 < ends < LATEST:
        return None
    return float(ends)


def _value(name: str, value: str) -> str:
    value = value.strip()
    if UNSENDABLE.search(value) or (name == "cookie" and "=" not in value):
        return ""
    if name != "authorization":
        return value
    login = BEARER.fullmatch(value)
    return login[1] if login and login[1].lower() != "bearer" else ""


def _login(credentials: Credentials) -> str:
    return credentials.token or credentials.cookies.get("token", "")


def _found(credentials: Credentials) -> Iterator[str]:
    yield "bx-umidtoken" if credentials.umidtoken else ""
    yield f"cookies ({len(credentials.cookies)})" if credentials.cookie else ""
    if login := _login(credentials):
        ends = expiry(login)
        yield f"login {_when(ends)}" if ends else "login"
    yield f"bx-ua ({len(credentials.bx_ua)} characters)" if credentials.bx_ua else ""
    yield "bx-v" if credentials.bx_v else ""
    yield "version" if credentials.version else ""
    yield "user-agent" if credentials.user_agent else ""
    yield "source" if credentials.source else ""
    yield "timezone" if credentials.timezone else ""


def _when(ends: float) -> str:
    verb = "ended" if ends <= time.time() else "ends"
    return f"{verb} {datetime.fromtimestamp(ends, UTC):%Y-%m-%d %H:%M} UTC"


def _missing(credentials: Credentials) -> Iterator[str]:
    ends = expiry(_login(credentials))
    if ends and ends <= time.time():
        yield "a fresh login: by this machine's clock, this one has ended"
    if not credentials.umidtoken:
        yield f"bx-umidtoken: {'guests are known by it' if credentials.guest else 'questions may be refused without'}"
    if not credentials.cookie:
        yield f"cookies: {'a guest needs acw_tc and x-ap' if credentials.guest else 'a login alone is often refused'}"
    elif credentials.guest and (absent := [name for name in ("acw_tc", "x-ap") if name not in credentials.cookies]):
        yield f"cookies {' and '.join(absent)}: a guest needs them"
    if not credentials.bx_ua:
        yield "bx-ua: expected with questions since autumn 2026"
    if not credentials.bx_v:
        yield "bx-v: it belongs to bx-ua"
    if not credentials.version:
        yield "version: Qwen may refuse without; Chrome's “Copy as cURL” leaves it out, “Request Headers” show it"
    if not credentials.user_agent:
        yield "user-agent: the rest was made for one browser"
