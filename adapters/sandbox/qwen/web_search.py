"""The search of the web that the stand-in pretends to make: pure functions of the words that were looked for.

    search WORDS    as the last line of a question looks for WORDS; so does a question that a client marked as a search

The answer then cites what was found as Qwen does: `[[1]]` is the first entry of `web_search_info`.
"""

import re
from collections.abc import Sequence
from typing import TypedDict
from urllib.parse import quote

_SEARCH = re.compile(r"(?:[^\n:]{1,80}: )?search\s+(\S.*)", re.IGNORECASE)


class Source(TypedDict):
    """A page that was found, as it is on the wire."""

    url: str
    title: str
    snippet: str
    hostname: str
    hostlogo: str
    date: str


def words(prompt: str) -> str | None:
    """Return the words that a question tells to look for, None where it does not."""
    found = _SEARCH.fullmatch(prompt.strip().rpartition("\n")[2].strip())
    return found[1][:200] if found else None


def results(query: str) -> list[Source]:
    """Return three pages, always the same for the same words."""
    address = quote(query, safe="", errors="replace")
    return [
        Source(
            url=f"https://example.org/{number}?q={address}",
            title=f"{query}: page {number}",
            snippet=f"Page {number} says something about {query}.",
            hostname="example.org",
            hostlogo="https://example.org/favicon.ico",
            date=f"2026-01-0{number}",
        )
        for number in (1, 2, 3)
    ]


def cited(text: str, found: Sequence[Source]) -> str:
    """Append a paragraph to `text` that cites all that was found."""
    numbers = "".join(f"[[{number}]]" for number in range(2, len(found) + 1))
    return f"{text}\n\nOne page speaks of it [[1]], and others agree {numbers}."
