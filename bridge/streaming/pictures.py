"""Writes the pictures of an answer as Markdown, and finds them there again."""

import re
from urllib.parse import quote

from bridge.answer_events import Picture
from bridge.i18n import sentences
from bridge.i18n.language import translated

MOST_DESCRIPTION = 80
"""Limits how many code points of a picture's description are shown."""

_IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\(<?(https?://[^\s<>()]+)>?\)")
_MARKUP = re.compile(r"[\\`*_\[\]<>|~#]")
_ENDS_LINK = re.compile(r"[<>()\s\x00-\x1f]")


def illustrated(picture: Picture, language: str = "") -> str:
    """Return a picture as a Markdown image, whose description is at most MOST_DESCRIPTION code points."""
    words = _MARKUP.sub("", " ".join(picture.description.split()))[:MOST_DESCRIPTION].strip()
    address = _ENDS_LINK.sub(lambda found: quote(found[0]), picture.url)
    return f"![{words or translated(sentences.PICTURE, language)}](<{address}>)"


def pictures_in(markdown: str) -> list[Picture]:
    """Return the pictures that an answer shows, each address once."""
    found = (Picture(url, description) for description, url in _IMAGE.findall(markdown))
    return list({picture.url: picture for picture in found}.values())
