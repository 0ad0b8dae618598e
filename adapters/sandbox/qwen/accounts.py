"""Identities: guests by their device, accounts by their token; and the tokens that the stand-in gives out itself.

A token with two dots is read as a JWT: once its `exp` has passed, it is refused, whoever made it. Any other token is an
account of its own that never ends.
"""

import base64
import json
import time
from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid4, uuid5

from adapters.sandbox.qwen.wire import Body, WireError, json_object


class Accounts:
    """The sign-ins. They outlive the server's closing and starting."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def sign_in(self, seconds: float) -> tuple[str, str]:
        """Make an account: its access token, which ends after so many seconds, and its refresh token."""
        owner = str(uuid4())
        refresh_token = uuid4().hex
        self._owners[refresh_token] = owner
        return _minted(owner, seconds)[0], refresh_token

    def refresh(self, refresh_token: str, seconds: float) -> Body:
        """Mint another access token of the same account, and tell when it ends. Raises WireError."""
        owner = self._owners.get(refresh_token)
        if owner is None:
            raise unauthorized()
        token, ends = _minted(owner, seconds)
        return {"access_token": token, "token_type": "Bearer", "expires_at": ends}


def identity(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """Tell who asks: `account:<id>` by Bearer or cookie, else `guest:<umidtoken>`. Raises WireError for nobody."""
    if token := access_token(headers, cookies):
        return f"account:{_account(token)}"
    if device := headers.get("bx-umidtoken", ""):
        return f"guest:{device}"
    raise unauthorized()


def access_token(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """Return the access token of a request, "" where it brings none."""
    return headers.get("Authorization", "").removeprefix("Bearer ").strip() or cookies.get("token", "")


def expires_at(token: str) -> int | None:
    """Tell when an access token ends, in seconds since 1970; None for one that never does."""
    ends = _claims(token).get("exp")
    return int(ends) if isinstance(ends, (int, float)) else None


def is_guest(who: str) -> bool:
    """Tell whether `identity` gave a guest."""
    return who.startswith("guest:")


def user_id(who: str) -> str:
    """Return the id under which this identity stands in answers, which must not tell its token."""
    return str(uuid5(NAMESPACE_URL, who))


def unauthorized() -> WireError:
    """Return the error for nobody, and for guests who ask for what only accounts have."""
    return WireError("Unauthorized", "401 Unauthorized", 401)


def _minted(owner: str, seconds: float) -> tuple[str, int]:
    now = int(time.time())
    ends = now + int(seconds)
    parts = ({"alg": "HS256", "typ": "JWT"}, {"id": owner, "iat": now, "exp": ends, "jti": uuid4().hex})
    text = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
    return f"{text}.{_encoded(uuid4().bytes)}", ends


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _account(token: str) -> str:
    ends = expires_at(token)
    if ends is not None and ends <= time.time():
        raise WireError("Unauthorized", "Token has expired", 401)
    owner = _claims(token).get("id")
    return owner if isinstance(owner, str) and owner else token


def _claims(token: str) -> Body:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except ValueError:
        return {}
    return json_object(raw)
