"""Closes what is open in the Markdown of a growing answer, such as a code fence, so that it can be shown meanwhile."""

from bridge.streaming.markdown.inline import CODE, MAX_OPEN, Inline, blocks
from bridge.streaming.markdown.lines import Kind, Line, lines

_TRIES = 16  # bounds the search


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
