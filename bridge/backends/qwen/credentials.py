"""Holds the credentials that the operator copied from their own browser, and makes request headers of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property


@dataclass(frozen=True)
class Credentials:
    """Holds the values of a browser's request headers; only those that are not empty are sent.

    `cookie`: the Cookie header. `token`: the login, a bearer token. `timezone`: the browser's time, whose zone is used.
    Without a login (`token`, or a cookie of this name) Qwen sees a guest.
    """

    umidtoken: str = field(default="", repr=False)
    cookie: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    bx_ua: str = field(default="", repr=False)
    bx_v: str = field(default="", repr=False)
    version: str = ""
    user_agent: str = ""
    source: str = ""
    timezone: str = ""

    @cached_property
    def guest(self) -> bool:
        """Tell whether Qwen sees a guest (qwen wire, guest versus logged in)."""
        return not self.login

    @cached_property
    def login(self) -> str:
        """Return the bearer token, from `token` or the cookie; "" for a guest."""
        return (self.token or self.cookies.get("token", "")).removeprefix("Bearer ")

    def with_login(self, token: str, refresh_token: str) -> "Credentials":
        """Return these credentials with a fresh login in every field and cookie that held one."""
        fresh = {"token": token, "refresh_token": refresh_token}
        cookies = {name: fresh.get(name, value) for name, value in self.cookies.items()}
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return replace(self, token=token if self.token else "", cookie=cookie)

    @cached_property
    def cookies(self) -> dict[str, str]:
        """Return the cookies by name, with their values as they were copied."""
        pairs = (part.strip().partition("=") for part in self.cookie.removeprefix("Cookie:").split(";"))
        return {name.strip(): value for name, equals, value in pairs if equals and name.strip()}

    @cached_property
    def sent_cookies(self) -> dict[str, str]:
        """Return the cookies to send: the page keeps its login in one, too, and some requests are let in by that alone.

        (qwen wire, additions.)
        """
        return {"token": self.login, **self.cookies} if self.login else self.cookies

    def secrets(self) -> Iterator[str]:
        """Yield every value that must never be seen, with the cookies one by one."""
        yield from (value for value in (self.umidtoken, self.cookie, self.token, self.bx_ua) if value)
        yield from self.cookies.values()

    @cached_property
    def headers(self) -> dict[str, str]:
        """Return the request headers, without cookies and the time."""
        given = {
            "bx-umidtoken": self.umidtoken,
            "bx-ua": self.bx_ua,
            "bx-v": self.bx_v,
            "version": self.version,
            "User-Agent": self.user_agent,
            "source": self.source,
            "Authorization": f"Bearer {self.login}" if self.login else "",
        }
        return {name: value for name, value in given.items() if value}
