"""Escape text, so that Discord finds no markup in it and it mentions nobody."""

import re

from adapters.common.markdown.notes import sign

ZERO_WIDTH = "\u200b"
"""ZERO WIDTH SPACE: divides backticks in code, and makes a line that shows nothing but is not blank."""

JOINER = "\u2060"
"""WORD JOINER: divides what would mention somebody; no line is broken at it."""

_SUSPECT = re.compile(r"[*_|~`@<\\\[\]]")

_MENTION = (
    r"@(?=everyone|here)"
    r"|<(?:@[!&]?(?=\d)|\#(?=\d)|/(?=[\w -]{1,100}:\d)|a?:(?=\w{1,40}:\d)|sound:(?=\d)|id:(?=[a-z]))"
)
_MENTIONS = re.compile(_MENTION)

_SPECIAL = re.compile(
    r"(?P<keep>¯\\_\(ツ\)_/¯|https?://[^\s<>*|`\\]+|\\[!-/:-@\[-`{-~])"
    r"|(?P<double>\\(?=[^\x00-\x7f]|\Z))"
    r"|(?P<spoiler>(?<![\w|])\|\|(?=[^\s|])[^|\n]{1,200}(?<=[^\s|\\])\|\|(?![\w|]))"
    r"|(?P<star>\*+)"
    r"|(?P<escape>\|{2,}|_{2,}|_(?![A-Za-z0-9_])|~{2,}|`+|\](?=\())"
    rf"|(?P<mention>{_MENTION})"
    r"|(?P<note>\[\^\w{1,20}\])"
)
"""Where Discord reads text otherwise than CommonMark. It ignores what stands around markup: `2 ** 3 ** 4` is bold."""

_MARKUP = re.compile(r"([\\*_~|`<>\[\]#])")


def plain(text: str) -> str:
    """Return Markdown source without markup so that Discord, too, shows it as text. Escapes in it stay."""
    return _SPECIAL.sub(_escaped, text) if _SUSPECT.search(text) else text


def without_mentions(text: str) -> str:
    """Return the Markdown with a word joiner in each mention, which then mentions nobody."""
    return _MENTIONS.sub(lambda mention: mention[0] + JOINER, text)


def literal(text: str) -> str:
    """Return Markdown source, in one line, that shows exactly this text."""
    return plain(_MARKUP.sub(r"\\\1", text.replace("\n", " ")) if _MARKUP.search(text) else text)


def reference(name: str) -> str:
    """Return the sign of a footnote with this name: a raised number, or the name in brackets."""
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
        case "mention":
            return found + JOINER
        case "note":
            return reference(found[2:-1])
    return found


def _between_blanks(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()][-1:], match.string[match.end() : match.end() + 1]
    return before.isspace() and after.isspace()
