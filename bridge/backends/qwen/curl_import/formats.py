"""Finds the requests in a text: cURL for bash and for cmd, fetch, PowerShell, plain request headers, a HAR file.

All patterns are possessive or bounded, so that any text is parsed in linear time.
"""

import re
from collections.abc import Iterator

from bridge.backends.qwen.curl_import import curl, fetch, har, headers, powershell
from bridge.backends.qwen.curl_import.request import Request
from bridge.backends.qwen.curl_import.shell_words import words

BEGIN = re.compile(
    r"""(?<![\w-])(?:(?P<curl>curl(?:\.exe)?)[ \t]++(?=["'‘’“”$^\\–—-]|https?:|chat\.|localhost|127\.)|"""
    rf"{fetch.FETCH})",
    re.IGNORECASE,
)


class Unclosed(Exception):
    """Says that a command was cut off inside of quotes."""


def requests(text: str) -> list[Request]:
    """Return the requests in a text, in its order. Never raises."""
    if (saved := har.parse(text.removeprefix("\ufeff"))) is not None:
        return saved
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    text = re.sub("[\u200b\u2060\ufeff]", "", text)
    try:
        return list(_walk(text, apart=False))
    except Unclosed:
        return list(_walk(text, apart=True))


def _walk(text: str, *, apart: bool) -> Iterator[Request]:
    """Yield the requests. With `apart`, no command reaches beyond the beginning of the next; else raises Unclosed."""
    done = 0
    begin = BEGIN.search(text)
    while begin:
        yield from _loose(text[done : begin.start()])
        following = BEGIN.search(text, begin.end()) if apart else None
        if begin["curl"]:
            found, done, closed = words(text, begin.end(), following.start() if following else len(text))
            if not (closed or apart):
                raise Unclosed
            request = curl.parse(found)
            known = closed or request.addresses  # cut off before its address, it may be anybody's
        else:
            request, done = fetch.parse(text, begin.end())
            known = request.addresses
        if known:
            yield request
        begin = BEGIN.search(text, done)
    yield from _loose(text[done:])


def _loose(text: str) -> Iterator[Request]:
    if "Invoke-" in text:
        yield from (request for request in powershell.parse(text) if request.addresses)
    yield from headers.parse(text)
