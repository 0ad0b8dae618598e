"""Holds a request as it was copied from a browser, in whatever format."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

HOSTS = {"chat.qwen.ai", "www.qwen.ai", "qwen.ai", "chat.qwenlm.ai", "qwenlm.ai", "localhost"}
"""Lists the hosts that are Qwen's; this machine is taken for a stand-in."""


@dataclass
class Request:
    """Holds what is known of a copied request: its `addresses`, and its `headers` by lower-case name."""

    addresses: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def for_qwen(self) -> bool:
        """Tell whether it went to Qwen, to this machine, or to an unknown address."""
        return all(map(_is_qwen, self.addresses))

    @property
    def for_answer(self) -> bool:
        """Tell whether it asked a question: such a request has all values that questions need."""
        return any("/chat/completions" in address for address in (*self.addresses, self.headers.get(":path", "")))


def _is_qwen(address: str) -> bool:
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
        return host in HOSTS or ip_address(host).is_loopback
    except ValueError:
        return False
