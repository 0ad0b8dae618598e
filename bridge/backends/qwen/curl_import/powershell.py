"""Parses PowerShell's Invoke-WebRequest, as a browser copies it, to requests."""

import re
from collections.abc import Iterator

from bridge.backends.qwen.curl_import import escapes
from bridge.backends.qwen.curl_import.request import Request

QUOTED = r'"((?:[^"`]|`.)*+)"'
POWERSHELL = re.compile(
    rf"(?P<session>\$session\s*+=)|\$session\.UserAgent\s*+=\s*+{QUOTED}|Net\.Cookie\({QUOTED},\s*+{QUOTED}"
    rf"|-Uri\s++{QUOTED}|^[ \t]*+{QUOTED}={QUOTED}",
    re.MULTILINE | re.DOTALL,
)


def parse(text: str) -> Iterator[Request]:
    """Yield what may be the requests in a text; one without an address is none."""
    request = Request()
    for match in POWERSHELL.finditer(text):
        agent, cookie, value, address, name, content = (escapes.backticks(part or "") for part in match.groups()[1:])
        if match["session"] or (address and request.addresses):
            yield request
            request = Request()
        if address:
            request.addresses.append(address)
        elif cookie:
            kept = request.headers.get("cookie")
            request.headers["cookie"] = f"{kept}; {cookie}={value}" if kept else f"{cookie}={value}"
        elif name or agent:
            request.headers[name.lower() or "user-agent"] = content or agent
    yield request
