"""Parses plain request headers, one a line, as a browser shows or copies them, to requests."""

import re
from collections.abc import Iterator

from bridge.backends.qwen.curl_import.request import Request

ADDRESSES = ("host", ":authority", "request url")

BULLETS = re.compile(r"(?:[>*•$-]\s++)*+")
HEADER = re.compile(r"(request url|:?[\w-]++)\s*+(?::\s*+(.*))?", re.IGNORECASE | re.DOTALL)
REQUEST_LINE = re.compile(r"[A-Z]+ (\S+) HTTP/[\d.]+")
ANSWER = re.compile(r"HTTP/[\d.]+ \d|response headers|<", re.IGNORECASE)
LONE_LOGIN = re.compile(
    r"""["']?(?:(?:qwen_)?token["']?\s*+[=:]\s*+["']?)?(?:Bearer\s++)?(eyJ[\w-]++\.[\w-]++\.[\w-]*+)["']?[;,]?"""
    r"""|(?:qwen_)?token=["']?([^\s"';,]++)["']?;?""",
    re.IGNORECASE,
)
SHAPES = {
    "bx-umidtoken": r"\S+",
    "cookie": r"[^\s=;]+=.*",
    "authorization": r"[Bb]earer\s+\S+|eyJ\S+",
    "bx-ua": r"\S+",
    "bx-v": r"\d\S*",
    "version": r"\d\S*",
    "user-agent": r"\S+/.*",
    "source": r"[\w-]+",
    "timezone": r".*GMT.*|[\w+-]+/\S+",
}
"""Maps a header to what its value must look like, so that a note that begins alike is no header."""


def parse(text: str) -> Iterator[Request]:
    """Yield the requests in a text: headers one a line, or the name on one line and the value on the next.

    Headers of responses are left out.
    """
    request, pending, answer = Request(), "", False
    for line in map(_undecorated, text.split("\n")):
        name, value = _header(line) or (pending, line)
        pending = "" if value else name
        path = REQUEST_LINE.fullmatch(line)
        if path or (value and name in ADDRESSES and name in request.headers):
            yield request
            request = Request()
        if path:
            answer = False
            _take(request, "request url" if "://" in path[1] else ":path", path[1])
        elif name and value:
            _take(request, name, "" if answer else value)
        elif ANSWER.match(line) or not line or line.lower().startswith("request headers"):
            answer = bool(ANSWER.match(line))
        elif not answer and (login := LONE_LOGIN.fullmatch(line)):
            request.headers["authorization"] = f"Bearer {login[1] or login[2]}"
    yield request


def _take(request: Request, name: str, value: str) -> None:
    if name in ADDRESSES and value:
        request.addresses.append(value)
    if name not in SHAPES or re.fullmatch(SHAPES[name], value):
        request.headers[name] = value


def _header(line: str) -> tuple[str, str] | None:
    match = HEADER.fullmatch(line)
    name = match[1].lower() if match else ""
    if not match or name not in (*SHAPES, *ADDRESSES, ":path", "set-cookie"):
        return None
    return name, (match[2] or "").strip()


def _undecorated(line: str) -> str:
    """Return a line without the marks of a list, a quotation, a prompt or code around it."""
    line = line.strip()
    line = line[marks.end() :] if (marks := BULLETS.match(line)) else line
    return line.strip("`") if line.startswith("`") and line.endswith("`") else line
