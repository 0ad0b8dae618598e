"""Keeps fresh what is sent: what the operator pastes anew, logins before they end, cookies as Qwen renews them."""

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
"""A login is renewed when it has less than this left; Qwen's last fifteen minutes (qwen wire, lifetimes)."""

WARN_SECONDS = 86_400.0
"""A login that cannot be renewed is spoken of a day before it ends."""

KEEP_SECONDS = 60.0
"""Qwen renews cookies with every answer; they are written no more often than this."""


class LoginRenewal:
    """`session` is what sends, `credentials_file` what outlives the process."""

    def __init__(self, session: Session, credentials_file: CredentialsFile) -> None:
        self._session = session
        self._file = credentials_file
        self._kept, self._kept_at = session.credentials, 0.0
        self._renewing = asyncio.Lock()
        self._warned_of: float | None = None
        self._next_look = 0.0

    def take(self) -> bool:
        """Send what the operator has pasted anew, if they have."""
        fresh = self._file.changed()
        if fresh is None:
            return False
        self._session.use(fresh)
        self._kept = fresh
        self._next_look = 0.0
        return True

    @property
    def possible(self) -> bool:
        """Whether the login can be renewed: a refresh_token was pasted with it."""
        credentials = self._session.renewed()
        return bool(credentials.login and credentials.cookies.get("refresh_token"))

    async def login(self) -> None:
        """Renew a login that ends soon, where that is possible; else tell the operator once."""
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
        """Qwen did not take this login, whatever it says of its end: renew it, unless somebody has by now."""
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
        """Cookies that Qwen has renewed outlive the process; written when the last time is KEEP_SECONDS ago.

        What somebody has pasted meanwhile is left as it is: the next question takes it.
        """
        if not at_once and time.monotonic() < self._kept_at + KEEP_SECONDS:
            return
        renewed = self._session.renewed()
        if renewed != self._kept and not self._file.touched:
            self._file.keep(renewed)
            self._kept, self._kept_at = renewed, time.monotonic()
