"""Parses a HAR file, in which a browser's network panel saves all requests (HTTP Archive 1.2)."""

import json
from collections.abc import Iterator, Mapping

from bridge.backends.qwen.curl_import.request import Request


def parse(text: str) -> list[Request] | None:
    """Return the requests in a HAR file, in its order; None for any other text. Reads nothing but their headers."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    log = value.get("log")
    entries = log.get("entries") if isinstance(log, Mapping) else None
    return list(_requests(entries)) if isinstance(entries, list) else None


def _requests(entries: list[object]) -> Iterator[Request]:
    for entry in entries:
        request = entry.get("request") if isinstance(entry, Mapping) else None
        if not isinstance(request, Mapping):
            continue
        listed = request.get("headers")
        pairs = [pair for pair in listed if isinstance(pair, Mapping)] if isinstance(listed, list) else []
        headers = {str(pair.get("name")).lower(): str(pair.get("value")) for pair in pairs}
        yield Request([str(request.get("url"))], headers)
