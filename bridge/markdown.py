"""Markdown in pieces: an answer that is longer than one message, and one that still grows.

A piece is whole Markdown by itself: what is open at a cut is closed there and opened again behind it. Nothing else is
added or lost but white space. All of it takes linear time, and a cut looks little further than the piece it makes.
"""

from collections.abc import Callable

from bridge.markdown_inline import MAX_OPEN, Inline, blocks
from bridge.markdown_lines import Fence, Kind, Line, lines
from bridge.markdown_places import AHEAD, Places, is_boundary

Measure = Callable[[str], int]
"""How long a piece is on the platform; roughly, but not strictly, proportional to the places."""

_TRIES = 16


def split(text: str, limit: int, measure: Measure = len) -> list[str]:
    """text in pieces that each measure at most limit (50 or more) and are whole Markdown; [] for blank text.

    A text that fits is one piece and loses only its outer blank lines; so a fence that it leaves open stays open.
    """
    text = _without_last_blank_lines(text)
    pieces: list[str] = []
    tail, at = "", 0
    while at < len(text) or tail.strip():
        size = max(8 * limit, len(tail))
        tail, at = tail + text[at : at + size], at + size
        while tail.strip():
            piece, rest = cut(tail, limit, measure)
            if at < len(text) and len(rest) < 4 * limit:
                break  # the piece may get better with more of the text in sight
            pieces.append(piece)
            tail = rest
    return pieces


def cut(text: str, limit: int, measure: Measure = len) -> tuple[str, str]:
    """The longest good first piece of text that measures at most limit (50 or more), and the rest.

    A text that fits comes back as (text, "") without its first blank lines.
    The piece depends on the text up to the cut and a little more, so it need not change when the text grows. It is
    never empty unless text is blank.
    """
    text = _without_first_blank_lines(text, limit)
    if len(text) <= 4 * limit and measure(text) <= limit:
        return text, ""
    reach = _reach(text, limit, measure)
    if reach == len(text):
        return text, ""
    places = Places(text[: reach + AHEAD], min(limit, reach))
    for attempt in range(_TRIES):
        at = places.place(reach)
        piece, before, skip = places.join(at)
        size = measure(piece)
        if size <= limit and len(before) < skip:
            return piece, before + text[skip:]
        reach = min(at - 1, reach * limit // max(size, limit), reach * (_TRIES - attempt) // _TRIES)
        if reach < 1:
            break
    return _bare(text, limit, measure)


def closed(text: str) -> str:
    """text made whole for display while it grows; text with nothing open comes back unchanged.

    What is open is closed, or dropped where nothing stands in it yet; of a link that has only begun the label stays.
    """
    found = lines(text, len(text))
    if not found or found[-1].kind is Kind.BLANK:
        return text
    if found[-1].fence:
        return _closed_fence(text, found, found[-1].fence)
    last = blocks(text, found)[-1:]
    return _closed_inline(text, Inline(text, last[0])) if last and last[0].open else text


def _closed_fence(text: str, found: list[Line], fence: Fence) -> str:
    opening = next(line for line in reversed(found) if line.kind is Kind.OPEN)
    last = text[found[-1].start :]
    if found[-1].kind is Kind.CODE and not last.endswith("\n") and not last.strip("> \t" + fence.marker[0]):
        text = text[: found[-1].start]  # perhaps the closing line, half arrived
    if not text[opening.end :].strip("> \t\r\n"):
        return closed(text[: opening.body].rstrip())
    return text + ("" if text.endswith("\n") else "\n") + fence.closer


def _closed_inline(text: str, inline: Inline) -> str:
    if len(inline.open) > MAX_OPEN or not (inline.open or inline.brackets):
        return text
    shown = text[: inline.destination].rstrip()
    innermost = inline.open[-1].mark if inline.open else ""
    if innermost.startswith("`") or (innermost == "~~" and not shown.endswith("~~")):
        shown = shown.rstrip(innermost[0]).rstrip()  # perhaps the closing marks, half arrived
    elif innermost and (len(shown) - len(shown.rstrip("\\"))) % 2:
        shown = shown[:-1].rstrip()  # it would make the closing mark a plain character
    marks = ""
    for span in reversed(inline.open):
        if span.start + len(span.mark) < len(shown):
            marks += span.mark
        else:
            shown = shown[: span.start].rstrip()
    for at in sorted(inline.brackets, reverse=True):
        shown = shown[:at] + shown[at + 1 :]
    return shown + marks


def _without_first_blank_lines(text: str, limit: int) -> str:
    indent = len(text) - len(text.lstrip())
    start = max(text.rfind("\n", 0, indent), text.rfind("\r", 0, indent)) + 1
    return text[indent if indent - start > limit // 4 else start :]


def _without_last_blank_lines(text: str) -> str:
    end = len(text.rstrip())
    return text[: end + len(text[end:].splitlines()[0])] if end < len(text) else text


def _reach(text: str, limit: int, measure: Measure) -> int:
    """How much of text, in code points, measures nearly limit and not more; at least 1."""
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
    """The last resort, where no room is left for closing anything."""
    text = text.lstrip()
    size = min(limit, len(text) - 1)
    while size > 1 and measure(text[:size]) > limit:
        size //= 2
    at = next((at for at in range(size, 0, -1) if is_boundary(text, at)), size)
    return text[:at], text[at:]
