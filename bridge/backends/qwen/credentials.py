"""What the operator pasted from their own browser, and the request headers that it becomes. Nothing is invented."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Credentials:
    """Each value is sent when it is given. Without a login (`token`, or a `token` cookie) Qwen sees a guest."""

    umidtoken: str = field(default="", repr=False)
    cookie: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    bx_ua: str = field(default="", repr=False)
    bx_v: str = field(default="", repr=False)
    version: str = ""
    user_agent: str = ""
    source: str = ""
    timezone: str = ""

    @property
    def guest(self) -> bool:
        """Whether Qwen sees a guest (qwen wire, guest versus logged in)."""
        return not self.login

    @property
    def login(self) -> str:
        """The bearer token, from wherever it was pasted; "" for a guest."""
        return (self.token or self.cookies.get("token", "")).removeprefix("Bearer ")

    def with_login(self, token: str, refresh_token: str) -> "Credentials":
        """The same visitor with a fresh login, in every place where there was one."""
        fresh = {"token": token, "refresh_token": refresh_token}
        cookies = {name: fresh.get(name, value) for name, value in self.cookies.items()}
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return replace(self, token=token if self.token else "", cookie=cookie)

    @property
    def cookies(self) -> dict[str, str]:
        """The pasted Cookie header by name; values stand as they were pasted."""
        pairs = (part.strip().partition("=") for part in self.cookie.removeprefix("Cookie:").split(";"))
        return {name.strip(): value for name, equals, value in pairs if equals and name.strip()}

    def secrets(self) -> Iterator[str]:
        """Every value that must never be seen, with the cookies one by one."""
        yield from (value for value in (self.umidtoken, self.cookie, self.token, self.bx_ua) if value)
        yield from self.cookies.values()

    def headers(self) -> dict[str, str]:
        """The request headers, cookies and the time apart."""
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
