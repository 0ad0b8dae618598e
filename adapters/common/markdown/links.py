"""Links: which are shown as links, and which say something else than where they lead."""

import re
from urllib.parse import urlsplit

_IN_LABEL = re.compile(r"https?://[^\s<>()\[\]]+", re.IGNORECASE)
_LIKE_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+([^\W\d_]{2,63})(?::\d+)?(?:[/?#]\S*)?")
_NO_DOMAINS = re.compile(r"css|csv|cpp|exe|go|html|ini|java|jsx?|json|pdf|php|toml|tsx?|txt|xml|ya?ml", re.IGNORECASE)
"""Endings of files that no host has, so that `[index.html](https://…)` is not taken for an address."""

_UNSAFE = re.compile(r"[\s<>`*|\\]")


def web(url: str) -> str:
    """The host of a web address, or "" where it is none that a person can follow."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    fine = parts.scheme in ("http", "https") and "." in host.strip(".") and not _UNSAFE.search(host)
    return host.removeprefix("www.") if fine else ""


def mail(url: str) -> str:
    """The address in a mailto: link, or "". Discord makes no links of them."""
    found = re.fullmatch(r"mailto:([^\s@?]+@[^\s@?]+\.[^\s@?]+)(?:\?.*)?", url, re.IGNORECASE)
    return found[1] if found else ""


def quoted(url: str) -> str:
    """The address as it may stand between < and > and among other markup."""
    return _UNSAFE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), url)


def elsewhere(label: str, host: str) -> bool:
    """Whether the label looks like an address of another host."""
    named = _IN_LABEL.search(label)
    if named:
        return web(named[0]) != host
    bare = _LIKE_HOST.fullmatch(label.strip())
    if not bare or _NO_DOMAINS.fullmatch(bare[1]):
        return False
    return web(f"https://{label.strip()}".lower()) != host
