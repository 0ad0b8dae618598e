"""Keep Telegram from making links of the names of files and of code, and commands or hashtags of other words."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from adapters.telegram.render.writer import STYLES, Mark

_FILES = (
    "ac am as ax bz cab cc cl data dm fm id in ink jar java kt la lc lua md mk ml mm mo mov ms ne pa ph pics pl "
    "pm pn ps pt pub pw py rip rs sb sc sh sm so srl st su sv sy tf tk tm vi ws zip zm"
)
"""Top-level domains that are endings of files, too."""

_MEMBERS = (
    "audio author bar box buy call channel click cloud codes contact country date diet direct docs dot download "
    "drive email events exchange express fail fast feedback final fit fly foo free gallery gives group help host "
    "hot how like link live map market meet menu moe name network new next now open page parts pay phone photo "
    "pid pin ping place play plus post prof property read report rest review room run safe sale save search "
    "secure select shell show space spot star storage store stream style support systems tab talk target text "
    "tips today tools top total trade video watch work zero zone"
)
"""Top-level domains that are names of attributes and methods, too."""

_OBJECTS = (
    "this self cls console logger log logging user order item data config res req response request event os sys system"
)
"""Names of objects: what follows their dot is no top-level domain, whichever it is."""

_ENDINGS = frozenset((_FILES + " " + _MEMBERS + " " + "MD PY SH RS JAVA ZIP").split())
_NAMES = frozenset(_OBJECTS.split())

_FOLDERS = "bin|boot|dev|etc|home|lib|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var"
_DIRECTIVES = "include|define|undef|ifdef|ifndef|endif|pragma"

_SIGN = re.compile(
    r"[./#$](?:"
    r"(?<=\.)(?P<end>[A-Za-z]{2,9})(?![\w-]|/|\.\w|@)(?::\d+)*"
    rf"|(?<=/)(?<![\w/<>.~:@-]/)(?:{_FOLDERS})(?![\w/<>@-]|\.\w)"
    rf"|(?<=#)(?<![\w#&/]#)(?:{_DIRECTIVES}|(?=[a-f]*\d)[\da-f]{{6}}|(?=[A-F]*\d)[\dA-F]{{6}})(?![\w#])"
    r"|(?<=\$)(?<![\w$]\$)[A-Z]{1,8}(?![\w$])"
    r")"
)
"""Matches what Telegram links: the end of a name, a command (`/etc`), a hashtag (`#include`), a stock (`$HOME`)."""

_BACKWARDS = re.compile(r"[\w-]+(?:\.[\w-]+)*(?:/[\w.~@-]+)*/?(?![\w@.])", re.ASCII)
_SOLID = frozenset(("code", "pre", "text_link"))
_LONGEST = 200
"""Bounds the code points of a name before its last dot."""


def without_made_links(text: str, marks: list[Mark], addresses: list[tuple[int, int]]) -> list[Mark]:
    """Return the marks, with names that Telegram would make links of as code: that is no link, and easy to copy.

    `addresses`: where those stand that are to be links, in order. Styles end before a name and go on behind it.
    """
    solid = sorted([*addresses, *((mark.start, mark.end) for mark in marks if mark.type in _SOLID)])
    names = [name for name in _names(text) if not _overlaps(name, solid)]
    if not names:
        return marks
    kept: list[Mark] = []
    for mark in marks:
        kept += _around(mark, names) if mark.type in STYLES else [mark]
    return kept + [Mark("code", start, end) for start, end in names]


def _names(text: str) -> Iterator[tuple[int, int]]:
    """Find names; what has a path behind it, or www. in front, is an address."""
    at = 0
    for sign in _SIGN.finditer(text):
        start = sign.start()
        if ending := sign["end"]:
            before = _BACKWARDS.match(text[max(at, start - _LONGEST) : start][::-1])
            name = before[0][::-1] if before else ""
            if not name or name.startswith("www.") or not (ending in _ENDINGS or name.lower() in _NAMES):
                continue
            start -= len(name)
        yield start, sign.end()
        at = sign.end()


def _overlaps(span: tuple[int, int], solid: list[tuple[int, int]]) -> bool:
    at = bisect_left(solid, (span[1], 0))
    return at > 0 and solid[at - 1][1] > span[0]


def _around(mark: Mark, names: list[tuple[int, int]]) -> Iterator[Mark]:
    at = mark.start
    for start, end in names[bisect_left(names, (at, 0)) : bisect_left(names, (mark.end, 0))]:
        if at < start:
            yield mark._replace(start=at, end=start)
        at = end
    if at < mark.end:
        yield mark._replace(start=at)
