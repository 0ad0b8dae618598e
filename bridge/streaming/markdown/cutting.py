"""Cuts an answer that is longer than one message into chunks, in linear time.

A cut looks little further than the chunk it makes.
"""

from collections.abc import Callable

from bridge.streaming.markdown.cut_points import AHEAD, CutPoints, is_boundary

Measure = Callable[[str], int]
"""Returns the length of a chunk in the platform's units: roughly, not strictly, proportional to the source."""

_TRIES = 16  # bounds every search


def split(text: str, limit: int, measure: Measure = len) -> list[str]:
    """Split text into chunks that each measure at most limit (50 or more) and are whole Markdown; [] for blank text.

    A text that fits is one chunk and loses only its outer blank lines; so a fence that it leaves open stays open.
    """
    text = _without_last_blank_lines(text)
    chunks: list[str] = []
    tail, at = "", 0
    while at < len(text) or tail.strip():
        size = max(8 * limit, len(tail))
        tail, at = tail + text[at : at + size], at + size
        while tail.strip():
            chunk, rest = cut(tail, limit, measure)
            if at < len(text) and len(rest) < 4 * limit:
                break  # the chunk may get better with more of the text in sight
            chunks.append(chunk)
            tail = rest
    return chunks


def cut(text: str, limit: int, measure: Measure = len) -> tuple[str, str]:
    """Return the longest good first chunk of text that measures at most limit (50 or more), and the rest.

    A text that fits comes back as (text, "") without its first blank lines.
    The chunk depends on the text up to the cut and a little more, so it need not change when the text grows. It is
    never empty unless text is blank.
    """
    text = _without_first_blank_lines(text, limit)
    if len(text) <= 4 * limit and measure(text) <= limit:
        return text, ""
    reach = _reach(text, limit, measure)
    if reach == len(text):
        return text, ""
    points = CutPoints(text[: reach + AHEAD], min(limit, reach))
    for attempt in range(_TRIES):
        at = points.best(reach)
        chunk, before, skip = points.join(at)
        size = measure(chunk)
        if chunk and size <= limit and len(before) < skip:
            return chunk, before + text[skip:]
        reach = min(at - 1, reach * limit // max(size, limit), reach * (_TRIES - attempt) // _TRIES)
        if reach < 1:
            break
    return _bare(text, limit, measure)


def _without_first_blank_lines(text: str, limit: int) -> str:
    indent = len(text) - len(text.lstrip())
    start = max(text.rfind("\n", 0, indent), text.rfind("\r", 0, indent)) + 1
    return text[indent if indent - start > limit // 4 else start :]


def _without_last_blank_lines(text: str) -> str:
    end = len(text.rstrip())
    return text[: end + len(text[end:].splitlines()[0])] if end < len(text) else text


def _reach(text: str, limit: int, measure: Measure) -> int:
    """Return how many code points of text measure nearly limit and not more; at least 1."""
    low, high, size = 0, len(text) + 1, min(limit, len(text))
    for _ in range(_TRIES):
        measured = measure(text[:size])
        if measured > limit:
            high = size
        else:
            low = size
        if high - low <= 1 or limit * 0.9 <= measured <= limit:
            break
        size = min(max(size * limit // max(measured, 1), low + 1), high - 1, 4 * size)
    return max(low, 1)


def _bare(text: str, limit: int, measure: Measure) -> tuple[str, str]:
    """Cut without closing anything, for which there is no room left."""
    text = text.lstrip()
    size = min(limit, len(text) - 1)
    while size > 1 and measure(text[:size]) > limit:
        size //= 2
    at = next((at for at in range(size, 0, -1) if is_boundary(text, at)), size)
    return text[:at], text[at:]
