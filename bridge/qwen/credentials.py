"""What the operator pasted from their own browser, and the request headers that it becomes. Nothing is invented."""

from dataclasses import dataclass, field


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

    @property
    def guest(self) -> bool:
        """Whether Qwen sees a guest (qwen wire, guest versus logged in)."""
        return not (self.token or self.cookies.get("token"))

    @property
    def cookies(self) -> dict[str, str]:
        """The pasted Cookie header by name; values stand as they were pasted."""
        pairs = (part.strip().partition("=") for part in self.cookie.removeprefix("Cookie:").split(";"))
        return {name.strip(): value for name, equals, value in pairs if equals and name.strip()}

    def headers(self) -> dict[str, str]:
        """The request headers, cookies apart."""
        bearer = self.token or self.cookies.get("token", "")
        given = {
            "bx-umidtoken": self.umidtoken,
            "bx-ua": self.bx_ua,
            "bx-v": self.bx_v,
            "version": self.version,
            "User-Agent": self.user_agent,
            "Authorization": f"Bearer {bearer.removeprefix('Bearer ')}" if bearer else "",
        }
        return {name: value for name, value in given.items() if value}
