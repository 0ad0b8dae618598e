"""Read a label as people see it: signs without a width are gone, and what looks like a dot or a slash is one."""

import re
import unicodedata

_ALIKE = str.maketrans({**dict.fromkeys("。｡․", "."), **dict.fromkeys("∕⁄⧸╱〳", "/"), **dict.fromkeys("∶ː꞉", ":")})
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)


def as_seen(label: str) -> str:
    """Return the label as it looks, so that a host in it is found whatever signs it is written with."""
    if label.isascii():
        return label
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", label).translate(_ALIKE)).translate(_ALIKE)
