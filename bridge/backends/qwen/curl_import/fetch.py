"""Parses a call of fetch in JavaScript, as a browser copies it, to a request."""

import json
import re

from bridge.backends.qwen.curl_import.request import Request

FETCH = r"""fetch\(\s*+(?=")"""
"""Matches the beginning of a call, up to its first argument."""


def parse(text: str, start: int) -> tuple[Request, int]:
    """Return the request of the call whose arguments begin at `start`, and the offset where they end.

    Where they cannot be parsed: an empty Request, and the offset of the error.
    """
    following = re.compile(FETCH, re.IGNORECASE).search(text, start)
    text = text[start : following.start() if following else None]
    decoder = json.JSONDecoder(parse_int=str)
    try:
        address, end = decoder.raw_decode(text)
        comma = re.compile(r"\s*+,\s*+").match(text, end)
        said, end = decoder.raw_decode(text, comma.end()) if comma else ({}, end)
    except json.JSONDecodeError as error:
        return Request(), start + error.pos
    except RecursionError:
        return Request(), start
    headers = said.get("headers") if isinstance(said, dict) else None
    pairs = headers.items() if isinstance(headers, dict) else ()
    return Request([str(address)], {name.lower(): str(value) for name, value in pairs}), start + end
