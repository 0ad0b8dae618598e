"""Cuts Markdown into chunks: an answer that is longer than one message, and one that still grows.

A chunk is whole Markdown by itself: what is open at a cut is closed there and opened again behind it. Nothing else is
added or lost but white space. All of it takes linear time, and a cut looks little further than the chunk it makes.
"""

from collections.abc import Callable

from bridge.streaming.markdown.cut_points import AHEAD, CutPoints, is_boundary
from bridge.streaming.markdown.inline import CODE, MAX_OPEN, Inline, blocks
from bridge.streaming.markdown.lines import Kind, Line, lines
from bridge.streaming.markdown.marking import going_on

__all__ = ["Measure", "closed", "cut", "going_on", "split", "without_half_table"]

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


def closed(text: str) -> str:
    """Make text whole for display while it grows; text with nothing open comes back unchanged.

    What is open is closed, or dropped where nothing stands in it yet; of a link that has only begun the label stays.
    """
    for _ in range(_TRIES):
        found = lines(text, len(text) + 20)
        last = found[-1] if found else None
        if not last or last.kind is Kind.BLANK:
            return text
        if last.fence:
            kept, closer = _without_loose_fence(text, found), ("" if text.endswith("\n") else "\n") + last.fence.closer
        else:
            inline = Inline(text, made[-1]) if (made := blocks(text, found)) else None
            if not inline or not (inline.brackets or 0 < len(inline.open) <= MAX_OPEN):
                return text
            kept, closer = _without_loose_marks(text, inline), "".join(span.mark for span in reversed(inline.open))
        if kept == text:
            return text + closer
        text = kept
    return text


def without_half_table(text: str) -> str:
    """Drop from the end of text a table row that is still being written, and a table that has no row yet."""
    if "|" not in text:
        return text
    found = lines(text, len(text) + 20)
    last, before = found[-1], found[-2] if len(found) > 1 else None
    if last.kind is Kind.ROW and last.head:
        end = len(text) if text.endswith("\n") else last.start
        return text[: end if end > last.head[1] else last.head[0]]
    if last.kind is not Kind.TEXT:
        return text
    flows = before is not None and before.kind in (Kind.TEXT, Kind.ITEM)
    if not flows:
        return text[: last.start] if text.startswith("|", last.body) else text
    delimits = not text[last.body :].strip("|-: \t\r\n")
    return text[: before.start] if before and delimits and "|" in text[before.body : before.end] else text


def _without_loose_fence(text: str, found: list[Line]) -> str:
    """Drop what may be the first half of the closing line, or an opening line that has no code yet."""
    opening = next(line for line in reversed(found) if line.kind is Kind.OPEN)
    last = text[found[-1].start :].lstrip("> \t")
    if found[-1].kind is Kind.CODE and last and opening.fence and not last.strip(opening.fence.marker[0]):
        return text[: found[-1].start]
    return text if text[opening.end :].strip("> \t\r\n") else text[: opening.body].rstrip()


def _without_loose_marks(text: str, inline: Inline) -> str:
    """Drop half a link, marks that hold nothing yet, and those that closing ones would join."""
    if inline.brackets:
        kept = list(text[: inline.destination])
        for at in sorted(inline.brackets, reverse=True):
            del kept[at]
        return "".join(kept)
    ends = {span.stop for span in inline.spans}
    end = len(text)
    for span in reversed(inline.open):
        loose = "`" if span.level == CODE else "*_~`\\"
        while end > inline.start and (text[end - 1].isspace() or (text[end - 1] in loose and end not in ends)):
            end -= 1
        if end > span.start + len(span.mark):
            break
        end = span.start
    return text[:end]


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
