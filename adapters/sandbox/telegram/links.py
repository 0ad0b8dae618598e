"""Links as Telegram's server takes and rewrites them in a ``text_link``, and as it finds them in plain text."""

import ipaddress
import re

_HOST = re.compile(r"(?:[a-z0-9.\-_!$,~*'();&+=]|%[a-f0-9]{2}|[^\x00-\x7f])*\Z")
_SPECIAL = re.compile(r"(tg|ton|tonsite):(?://)?", re.IGNORECASE)
_USER = re.compile(r"tg:(?://)?user\?id=(\d+)\Z", re.IGNORECASE)


def mentioned_user(link: str) -> int | None:
    """Return the user id of a ``tg://user?id=`` link: the server makes a mention of it."""
    found = _USER.match(link)
    return int(found[1]) if found else None


def checked_link(link: str) -> str:
    """Return a link as it is stored (``https://a.b`` becomes ``https://a.b/``). Raises ValueError with the reason."""
    special = _SPECIAL.match(link)
    rest = link[special.end() :] if special else link
    scheme, userinfo, host, port, query = _parsed(rest)
    if special:
        if "//" in rest[:8] or userinfo or port or "." in host or host.startswith("["):
            raise ValueError("Wrong tg URL")
        return f"{special[1].lower()}://{host}{query[1:] if query.startswith('/?') else query}"
    if "." not in host and not host.startswith("["):
        raise ValueError("Wrong HTTP URL")
    return f"{scheme}://{userinfo + '@' if userinfo else ''}{host}{f':{port}' if port else ''}{query}"


def _parsed(link: str) -> tuple[str, str, str, int, str]:
    """Scheme, user, host, port (0 if unsaid) and the rest from the slash on."""
    scheme, separator, rest = link.partition("://")
    if not separator or re.search(r"[:/?#@\[\]]", scheme):
        scheme, rest = "http", link
    elif scheme.lower() not in ("http", "https"):
        raise ValueError("Unsupported URL protocol")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    query = rest[len(authority) :].rstrip() or "/"
    if not query.startswith("/"):
        query = "/" + query
    query = re.sub(r"[\x00-\x20]", lambda found: f"%{ord(found[0]):02X}", query)
    place, port = _port(authority)
    userinfo, _, host = place.rpartition("@")
    return scheme.lower(), userinfo, _checked_host(host.lower()), port, query


def _port(authority: str) -> tuple[str, int]:
    colon = max(authority.rfind(mark) for mark in ":]@")
    if colon <= 0 or authority[colon] != ":":
        return authority, 0
    digits = authority[colon + 1 :]
    if not re.fullmatch(r"[0-9]{1,9}", digits) or not 0 < int(digits) <= 65535:
        raise ValueError("Wrong port number specified in the URL")
    return authority[:colon], int(digits)


def _checked_host(host: str) -> str:
    if not host:
        raise ValueError("URL host is empty")
    if host == ".":
        raise ValueError("Host is invalid")
    if host.startswith("[") and host.endswith("]"):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise ValueError("Wrong IPv6 address specified in the URL") from None
        return host
    if not _HOST.match(host):
        raise ValueError("Wrong URL host")
    return host


_DOMAINS = (
    "com|org|net|io|dev|ai|app|me|md|py|rs|sh|ru|de|fr|uk|eu|us|edu|gov|info|co|cn|jp"
    "|pl|zip|mov|so|ps|cc|pt|ml|mm|mk|id|data|java|name|email|date|host|run|target|pid|map|open|show"
)
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"))
_FOUND = (
    (
        "url",
        re.compile(
            r"(?<![\w@.])(?:(?:https?|ftp|tg|ton)://[^\s<>\"«»]+"
            rf"|(?:[a-z0-9-]+\.)+(?:{_DOMAINS})(?:/[^\s<>\"«»]*)?(?![\w-]))",
            re.IGNORECASE,
        ),
    ),
    ("email", re.compile(r"(?<![\w.@])[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,8}(?!\w)", re.IGNORECASE)),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z0-9_]{4,32}(?!\w)")),
    (
        "bot_command",
        re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])"),
    ),
    ("hashtag", re.compile(r"(?<!\w)#(?=\w*[^\W\d_])\w{1,256}(?![\w#])")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")),
)


def _fixed(link: str) -> str:
    """Cut a link behind its host at a bracket that closes none, and drop the punctuation at its end."""
    host = re.match(r"(?:[a-z]+://)?[^/?#]*", link, re.IGNORECASE)
    start = host.end() if host else 0
    depth = dict.fromkeys("([{", 0)
    for at in range(start, len(link)):
        for opening, closing in _PAIRS:
            depth[opening] += (link[at] == opening) - (link[at] == closing)
        if min(depth.values()) < 0:
            link = link[:at]
            break
    return link.rstrip(".:;,('?!`" if len(link) > start else ".,:;!?'\")]`")


def found_in(text: str) -> list[tuple[str, int, int]]:
    """List what the server marks of itself: type, start, end (code points); they never overlap, the longer ones win.

    Phone and bank card numbers are not looked for, and of the domains without a scheme only a few are known.
    """
    found: list[tuple[int, int, str]] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            end = match.start() + len(_fixed(match[0]) if kind == "url" else match[0])
            found.append((match.start(), -end, kind))
    kept: list[tuple[str, int, int]] = []
    reached = 0
    for start, negative, kind in sorted(found):
        if start >= reached:
            kept.append((kind, start, -negative))
            reached = -negative
    return kept
