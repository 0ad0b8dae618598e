"""Bold text beside Chinese, Japanese or Korean letters where CommonMark sees none: `**注意：**请看`."""

import re

EDGE = "\u1680"
"""A blank that no language of today uses (Ogham). The renderers take it out of what they show."""

_CJK = re.compile(r"[\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_PAIR = re.compile(r"(?<![*\\])\*\*(?![*\s])([^*\n]*[^*\s])\*\*(?!\*)")


def edged(markdown: str) -> str:
    """The Markdown with EDGE where a blank would let the parser see the two signs, in code too; takes linear time.

    CommonMark (0.31, 6.2) has no emphasis that begins or ends with punctuation beside a letter. In a language without
    blanks between words that is the usual place.
    """
    if "**" not in markdown or not _CJK.search(markdown):
        return markdown
    return _PAIR.sub(_edged, markdown)


def _edged(pair: re.Match[str]) -> str:
    before, after = pair.string[pair.start() - 1 : pair.start()], pair.string[pair.end() : pair.end() + 1]
    if not _CJK.search(f"{before}{pair[1]}{after}"):
        return pair[0]
    opens = EDGE if before.isalnum() and not pair[1][0].isalnum() else ""
    closes = EDGE if after.isalnum() and not pair[1][-1].isalnum() else ""
    return f"{opens}{pair[0]}{closes}"
