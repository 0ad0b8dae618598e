"""Keeps the credentials fresh: takes those that the operator renews, renews logins, saves renewed cookies."""

import asyncio
import math
import time

import structlog

from bridge.backends.qwen.credentials import Credentials
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.backends.qwen.curl_import import expiry
from bridge.backends.qwen.session import Session
from bridge.errors import QwenError, SignedOut

log = structlog.get_logger(__name__)

RENEW_SECONDS = 120.0
"""Renews a login that ends sooner than this; Qwen's last fifteen minutes (qwen wire, lifetimes)."""

WARN_SECONDS = 86_400.0
"""Warns of a login that cannot be renewed so long before it ends."""

KEEP_SECONDS = 60.0
"""Separates two writes of renewed cookies: Qwen renews them with every answer."""


class LoginRenewal:
    """Renews what `session` sends, and keeps it in `credentials_file`, which outlives the process."""

    def __init__(self, session: Session, credentials_file: CredentialsFile) -> None:
        self._session = session
        self._file = credentials_file
        self._kept, self._kept_at = session.credentials, 0.0
        self._renewing = asyncio.Lock()
        self._warned_of: float | None = None
        self._next_look = 0.0

    def take(self) -> bool:
        """Use credentials that the operator has written to the file since; False where there are none."""
        fresh = self._file.changed()
        if fresh is None:
            return False
        self._session.use(fresh)
        self._kept = fresh
        self._next_look = 0.0
        return True

    @property
    def possible(self) -> bool:
        """Tell whether the login can be renewed: there is a refresh_token cookie with it."""
        credentials = self._session.renewed()
        return bool(credentials.login and credentials.cookies.get("refresh_token"))

    async def login(self) -> None:
        """Renew a login that ends soon, where that is possible; else warn the operator once. Never raises QwenError."""
        if time.time() < self._next_look:
            return
        async with self._renewing:
            credentials = self._session.renewed()
            ends = expiry(credentials.login)
            left = ends - time.time() if ends else math.inf
            self._next_look = time.time() + left - WARN_SECONDS
            if self.possible and left < RENEW_SECONDS:
                await self._renew(credentials)
            elif not self.possible and left < WARN_SECONDS and self._warned_of != ends:
                self._warned_of = ends
                when = "has ended" if left <= 0 else f"ends in {max(1, round(left / 60))} min"
                log.warning(f"The pasted Qwen login {when}. Paste a fresh one: `qwen-bridge login`.")

    async def refused(self, login: str) -> None:
        """Renew a login that Qwen refused before its end, unless another question has renewed it by now."""
        async with self._renewing:
            credentials = self._session.renewed()
            if credentials.login == login:
                await self._renew(credentials)

    async def _renew(self, credentials: Credentials) -> None:
        try:
            fresh = credentials.with_login(*await self._session.renew_login(credentials.cookies["refresh_token"]))
        except QwenError as error:
            log.warning("The Qwen login could not be renewed.", why=type(error).__name__, remedy=SignedOut.remedy)
            return
        self._session.use(fresh)
        self._file.keep(fresh)
        self._kept = fresh

    def keep(self, *, at_once: bool = False) -> None:
        """Write cookies that Qwen has renewed to the file; without `at_once`, only KEEP_SECONDS after the last time.

        What the operator has written meanwhile is left as it is: the next question takes it.
        """
        if not at_once and time.monotonic() < self._kept_at + KEEP_SECONDS:
            return
        renewed = self._session.renewed()
        if renewed != self._kept and not self._file.touched:
            self._file.keep(renewed)
            self._kept, self._kept_at = renewed, time.monotonic()
