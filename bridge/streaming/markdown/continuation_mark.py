"""Puts the mark that says that an answer goes on where it changes nothing of the Markdown."""

import re

from bridge.streaming.markdown.lines import Kind, lines

_OWN_LINES = re.compile(
    r"[ \t>]*(?:"
    r"(?:[-+*][ \t]+|\d{1,9}[.)][ \t]+)*(?:`{3}|~{3})"  # a fence's closing line
    r"|=+[ \t]*\Z|(?:-[ \t]*){2,}\Z|(?:[*][ \t]*){3,}\Z|(?:_[ \t]*){3,}\Z"  # a rule, or what underlines a heading
    r"|\[[^\]\n^][^\]\n]*\]:"  # where a link leads
    r"|.*(?:\$\$|\\\]|\\|[ \t]#+)\Z"  # a formula, a hard line break, a heading's closing signs
    r")"
)


def going_on(text: str, mark: str) -> str:
    """Return text, in which nothing is open, with `mark` at its end.

    The mark stands beside the last word, but below what it would change or become a part of: a table, a fence, a
    formula, a rule, a heading that is complete.
    """
    shown = text.rstrip()
    last = shown[max(shown.rfind("\n"), shown.rfind("\r")) + 1 :]
    found = lines(shown, len(shown) + 20)[-1] if "|" in last or last.startswith(("    ", "\t")) else None
    if found and found.kind is Kind.ROW:
        return f"{shown}\n\n{mark}"
    code = found and found.kind is Kind.TEXT and found.indent >= 4 and not found.nested
    heading = last.lstrip(" \t>").startswith("#") and len(text) > len(shown)
    return f"{shown}\n{mark}" if code or heading or _OWN_LINES.match(last) else f"{shown} {mark}"
