"""The checks of links: which addresses can be followed, and which labels name another host than the target."""

import re
from urllib.parse import urlsplit

from adapters.common.markdown.lookalikes import as_seen

_IN_LABEL = re.compile(r"https?://[^\s<>()\[\]]+", re.IGNORECASE)
_LIKE_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+([^\W\d_]{2,63})(?::\d+)?(?:[/?#]\S*)?")
_NO_DOMAINS = re.compile(r"css|csv|cpp|exe|go|html|ini|java|jsx?|json|pdf|php|toml|tsx?|txt|xml|ya?ml", re.IGNORECASE)
"""File name extensions, so that the label of `[index.html](https://…)` is not taken for a host."""

_UNSAFE = re.compile(r"[\s<>`*|\\]")


def web(url: str) -> str:
    """Return the host of an http or https address, without "www."; "" for others and for a host without a dot."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    fine = parts.scheme in ("http", "https") and "." in host.strip(".") and not _UNSAFE.search(host)
    return host.removeprefix("www.") if fine else ""


def mail(url: str) -> str:
    """Return the mail address of a mailto: link; "" for any other link. Discord does not link them."""
    found = re.fullmatch(r"mailto:([^\s@?]+@[^\s@?]+\.[^\s@?]+)(?:\?.*)?", url, re.IGNORECASE)
    return found[1] if found else ""


def quoted(url: str) -> str:
    """Percent-encode white space and the characters of an address that would end it between < and >, or are markup."""
    return _UNSAFE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), url)


def elsewhere(label: str, host: str) -> bool:
    """Tell whether the label of a link to `host` (see web()) looks like an address of another host."""
    label = as_seen(label)
    named = _IN_LABEL.search(label)
    if named:
        return web(named[0]) != host
    bare = _LIKE_HOST.fullmatch(label.strip())
    if not bare or _NO_DOMAINS.fullmatch(bare[1]):
        return False
    return web(f"https://{label.strip()}".lower()) != host
