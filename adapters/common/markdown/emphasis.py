"""Bold text beside Chinese, Japanese or Korean letters, which CommonMark does not recognize: `**注意：**请看`."""

import re

EDGE = "\u1680"
"""The Ogham space mark: white space for the parser, and in no text of today. Renderers remove it from their output."""

_CJK = re.compile(r"[\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_PAIR = re.compile(r"\*\*(?<![*\\]\*\*)(?![*\s])([^*\n]*[^*\s])\*\*(?!\*)")


def edged(markdown: str) -> str:
    """Insert EDGE outside each `**` that white space there would make a delimiter, in code too. Takes linear time.

    By CommonMark (0.31, 6.2) no emphasis begins or ends with punctuation beside a letter, as it usually does in
    languages that write no spaces between words.
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
