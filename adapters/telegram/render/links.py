"""Tell which links Telegram may get, and what to write where a label hides the address."""

import re

from adapters.common.markdown.lookalikes import as_seen

MAX_URL_LENGTH = 2048
"""Characters of a link; a longer one is shown as text."""

_URL = re.compile(r"https?://([^\s/?#@\\\x00-\x20]+)(?:[/?#]\S*)?", re.IGNORECASE)
_IPV6 = re.compile(r"https?://\[[0-9a-f:.]*:[0-9a-f:.]*\](?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
_HOST = re.compile(r"((?:[\w-]+\.)+[\w-]*[^\W\d_][\w-]*|\d{1,3}(?:\.\d{1,3}){3})\.?(?::(\d{1,5}))?")
_LABEL = re.compile(r"\s*(?:https?://)?((?:[\w-]+\.)+[\w-]+)(?:[:/?#]\S*)?\s*", re.IGNORECASE)
_LABEL_URL = re.compile(r"https?://([^\s/?#@:]+)", re.IGNORECASE)


def host(url: str) -> str:
    """Return the host, in lower case and as DNS writes it (`xn--…`), of a link that Telegram takes; "" for any other.

    Telegram refuses the whole message for a link that it cannot read, makes `mailto:` an http address, and lets `tg:`
    links mention people.
    """
    url_match = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
    host_match = _HOST.fullmatch(url_match[1]) if url_match else None
    if not host_match or not 0 < int(host_match[2] or 80) <= 65535:
        return ""
    name = host_match[1].lower()
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return ""


def is_bare(address: str) -> bool:
    """Tell whether Telegram takes this address as a link, but would not find it in a text: its host is a number."""
    return len(address) <= MAX_URL_LENGTH and _IPV6.fullmatch(address) is not None


def note(label: str, url: str) -> str:
    """Return what to write behind a link: its host, if the label names another one or one that looks alike; else ""."""
    name = host(url)
    if not name:
        return _address(label, url)
    label = as_seen(label)
    shown = _LABEL.fullmatch(label) or _LABEL_URL.search(label)
    differs = shown and _bare(shown[1]) != _bare(name)
    return f" ({name})" if (differs or "xn--" in name) and name not in label.lower() else ""


def _bare(name: str) -> str:
    return name.lower().strip(".").removeprefix("www.")


def _address(label: str, url: str) -> str:
    """Return the address of a link that Telegram does not get, if it is for mail or a local server; else ""."""
    kind, _, rest = url.partition(":")
    address = rest.partition("?")[0] if kind.lower() == "mailto" else ""
    if re.fullmatch(r"[^\s@]{1,64}@[\w.-]+\.[\w-]+", address):
        return "" if address in label else f" ({address})"
    local = re.fullmatch(r"https?://[\w-]+(:\d+)?(/\S{0,200})?", url)
    return f" ({url})" if local and url not in label else ""
