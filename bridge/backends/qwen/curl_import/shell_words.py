"""Splits a command for bash or for Windows' cmd into its words, as the shell would."""

import re
from collections.abc import Callable

from bridge.backends.qwen.curl_import import escapes

# Words of a command. A next line that begins with an option belongs to it even when the mark before it got lost.
GAP = r"(?P<gap>\s++(?=[-–—]{1,2}[A-Za-z])|(?:[ \t]|MARK[ \t]*+\n)++)"
BASH = re.compile(
    GAP.replace("MARK", r"\\")
    + r"""|(?P<end>\n|`|(?:;|&&?|\|\|?)(?=\s|\Z))
    |\$'(?P<ansi>(?:[^'\\]|\\.)*+)'
    |'(?P<single>[^']*+)'
    |"(?P<double>(?:[^"\\]|\\.|"")*+)"
    |\$?[‘’](?P<curly>[^‘’]*+)[‘’]
    |[“”](?P<curlies>[^“”]*+)[“”]
    |(?P<open>\$?['"‘’“”])
    |\\(?P<escaped>.)
    |(?P<plain>(?:[^\s'"\\`$‘’“”]|\$(?!['"‘’“”]))++)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
CMD = re.compile(
    GAP.replace("MARK", r"\^")
    + r"""|(?P<end>\n|[&|](?=\s|\Z))
    |\^?"(?P<cmd>(?:\^?\\\^?["\\$`]|\^?"\^?"|\^[^"]|[^"^])*+)\^?"
    |(?P<open>\^?")
    |\^(?P<escaped>.)
    |(?P<plain>[^\s"^]++)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
FIRST_QUOTE = re.compile(r"""\^["\s]|['"‘’“”]""")
CARET = re.compile(r"""[^\n]{0,499}?\^(?:"|[ \t]{0,9}\n)""")

DECODERS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("single", "curly", "curlies", "escaped", "plain", "other"), str),
    "ansi": escapes.ansi,
    "double": escapes.double,
    "cmd": escapes.cmd,
}
"""Maps the kind of a token, a group of BASH or CMD, to what undoes its escapes."""


def words(text: str, start: int, end: int) -> tuple[list[str], int, bool]:
    """Return the words of the command at `start`, the offset where it ends, at most `end`, and if its quotes close."""
    syntax = CMD if _is_cmd(text, start) else BASH
    found: list[str] = []
    word: list[str] = []
    kind = "gap"
    while kind not in ("end", "open") and (token := syntax.match(text, start, end)):
        start, kind = token.end(), token.lastgroup or ""
        if kind in DECODERS:
            word.append(DECODERS[kind](token[kind]))
        elif word and kind != "open":
            found.append("".join(word))
            word = []
    if kind == "open":
        return found, end, False
    return ([*found, "".join(word)] if word else found), start, True


def _is_cmd(text: str, start: int) -> bool:
    """Tell cmd from bash, by the first quote, or the first mark at the end of a line."""
    first = FIRST_QUOTE.search(text, start, start + 300)
    if first and first[0] == '"':
        return bool(CARET.match(text, first.start()))
    return bool(first and first[0].startswith("^"))
