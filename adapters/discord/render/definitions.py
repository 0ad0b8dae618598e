"""Remove definitions of link references, for which the parser has no event and which Discord would show as text."""

import bisect
import itertools
import re
from typing import Any

from adapters.common.markdown.events import masked_events
from adapters.common.markdown.links import mail, web
from adapters.common.markdown.source import Edit, line_starts
from adapters.discord.render.plain import plain

_DEFINITION = re.compile(rb"[ \t>]*(?=\[([^\]\n]+)\]:)")


def definitions(source: bytes) -> list[Edit]:
    """Return edits that remove definitions used by a link, which names the address itself, and escape all others."""
    if b"]:" not in source:
        return []
    used, taken = _uses(source)
    edits: list[Edit] = []
    starts = [*line_starts(source), len(source) + 1]
    inside = False
    for start, end in itertools.pairwise(starts):
        line = source[start : end - 1]
        last = bisect.bisect_left(taken, (end - 1, 0)) - 1
        if not line.strip(b" \t>") or (last >= 0 and taken[last][1] > start):
            inside = False
            continue
        found = _DEFINITION.match(line)
        inside = inside or bool(found)
        if found and _key(found[1].decode()) not in used:
            edits.append((start + found.end(), end - 1, plain(line[found.end() :].decode())))
            inside = False
        elif inside:
            kept = found.end() if found else 0
            used -= {_key(found[1].decode())} if found else set()  # only the first of a name counts
            edits.append((start + kept, end - 1 if kept else min(end, len(source)), ""))
    return edits


def _uses(source: bytes) -> tuple[set[str], list[tuple[int, int]]]:
    """Return the names of the references that links use, and the byte ranges of everything that is shown, sorted."""
    used: set[str] = set()
    taken: list[tuple[int, int]] = []
    event: Any
    detail: Any
    for event, span in masked_events(source.decode()):
        kind, value = next(iter(event.items())) if isinstance(event, dict) else (event, None)
        name, detail = next(iter(value.items())) if isinstance(value, dict) else (value, None)
        if kind == "Start" and name in ("Link", "Image") and (web(detail["dest_url"]) or mail(detail["dest_url"])):
            used.add(_key(detail["id"]))
        if kind not in ("Start", "End") or name in ("CodeBlock", "Table"):
            taken.append((span["start"], span["end"]))
    return used, sorted(taken)


def _key(name: str) -> str:
    return " ".join(name.casefold().split())
