"""Escape text that is no markup, where Discord would take it for some, and defuse mentions."""

import re

from adapters.common.markdown.notes import sign

ZERO_WIDTH = "\u200b"
"""Divides backticks in code, and is a line that is not blank and shows nothing."""

JOINER = "\u2060"
"""Divides what would call somebody; no line is broken at it."""

_SUSPECT = re.compile(r"[*_|~`@<\\\[\]]")

_CALL = (
    r"@(?=everyone|here)"
    r"|<(?:@[!&]?(?=\d)|\#(?=\d)|/(?=[\w -]{1,100}:\d)|a?:(?=\w{1,40}:\d)|sound:(?=\d)|id:(?=[a-z]))"
)
_CALLS = re.compile(_CALL)

_SPECIAL = re.compile(
    r"(?P<keep>¯\\_\(ツ\)_/¯|https?://[^\s<>*|`\\]+|\\[!-/:-@\[-`{-~])"
    r"|(?P<double>\\(?=[^\x00-\x7f]|\Z))"
    r"|(?P<spoiler>(?<![\w|])\|\|(?=[^\s|])[^|\n]{1,200}(?<=[^\s|\\])\|\|(?![\w|]))"
    r"|(?P<star>\*+)"
    r"|(?P<escape>\|{2,}|_{2,}|_(?![A-Za-z0-9_])|~{2,}|`+|\](?=\())"
    rf"|(?P<call>{_CALL})"
    r"|(?P<note>\[\^\w{1,20}\])"
)
"""What Discord reads differently. It looks less at the neighbours than CommonMark: `2 ** 3 ** 4` is bold there."""

_MARKUP = re.compile(r"([\\*_~|`<>\[\]#])")


def plain(text: str) -> str:
    """Return Markdown source that is text only in a form that Discord shows as CommonMark would; escapes stay."""
    return _SPECIAL.sub(_escaped, text) if _SUSPECT.search(text) else text


def without_mentions(text: str) -> str:
    """Return text, which may have markup, in a form that notifies nobody."""
    return _CALLS.sub(lambda call: call[0] + JOINER, text)


def literal(text: str) -> str:
    """Return text that stands for itself as Markdown source on one line."""
    return plain(_MARKUP.sub(r"\\\1", text.replace("\n", " ")) if _MARKUP.search(text) else text)


def reference(name: str) -> str:
    """Return the sign of a footnote."""
    return f"[{literal(name)}]" if sign(name).startswith("[") else sign(name)


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    match match.lastgroup:
        case "double":
            return "\\\\"
        case "spoiler":
            return f"||{plain(found[2:-2])}||"
        case "star":
            return found if found == "*" and _between_blanks(match) else "\\*" * len(found)
        case "escape":
            return "".join(f"\\{character}" for character in found)
        case "call":
            return found + JOINER
        case "note":
            return reference(found[2:-1])
    return found


def _between_blanks(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()][-1:], match.string[match.end() : match.end() + 1]
    return before.isspace() and after.isspace()
