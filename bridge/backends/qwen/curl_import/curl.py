"""Parses the words of a cURL command to a request."""

import re
from collections.abc import Iterator, Sequence

from bridge.backends.qwen.curl_import.request import Request

# Options whose value is no address and no option.
SHORT = "AbcCdDeEFHKmoPQrtTuUwxXyYz"
LONG = re.compile(r"header|cookie|user-agent|url|request|data.*|json|form.*|output|proxy.*|user|referer|.*-time(out)?")
OPTION = re.compile(r"([-–—]++)(.*)", re.DOTALL)


def parse(words: Sequence[str]) -> Request:
    """Return the request of a command, given its words without `curl`; other options are ignored."""
    request = Request()
    alone = []
    for option, value in _options(words):
        if option in ("H", "header"):
            name, _, content = value.partition(":")
            request.headers[name.strip().lower()] = content
        elif option in ("b", "cookie") and "=" in value:
            request.headers["cookie"] = value
        elif option in ("A", "user-agent"):
            request.headers["user-agent"] = value
        elif option in ("", "url"):
            alone.append(value)
    request.addresses = [word for word in alone if "://" in word] or alone[:1]
    return request


def _options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each option that has a value, without dashes, and "" with each word that stands alone."""
    rest = iter(words)
    for word in rest:
        option = OPTION.fullmatch(word)
        if not option:
            yield "", word
        elif (len(option[2]) == 1 and option[2] in SHORT) or LONG.fullmatch(option[2]):
            yield option[2], next(rest, "")
        elif option[1] == "-" and option[2][:1] in SHORT:
            yield option[2][:1], option[2][1:]
