"""Write code as Discord reads it: blocks between three backticks, with none inside."""

import re

from adapters.discord.render.plain import ZERO_WIDTH

_OPENING = re.compile(r"```[A-Za-z0-9_+.#-]*")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+.#-]*")
_DOUBLE = re.compile(r"`(?=`)")
_RUN = re.compile(r"`{2}(?=`)")


def without_fences(code: str) -> str:
    """Return the code with a zero-width space in each run of three backticks, which would end the block."""
    return _RUN.sub(f"``{ZERO_WIDTH}", code)


def shows_unchanged(source: str, code: str) -> bool:
    """Tell whether Discord shows this fenced block as its source stands; `code` is the contents."""
    lines = source.split("\n")
    closed = len(lines) > 1 and lines[-1].strip(" \t>") == "```"
    return closed and "```" not in code and bool(_OPENING.fullmatch(lines[0]))


def fenced(info: str, code: str) -> list[str]:
    """Return the lines of a block of code. What `info` says beyond a language stands before it."""
    found = _LANGUAGE.match(info)
    language = found[0] if found else ""
    rest = info[len(language) :]
    if rest and not rest[0].isspace():
        language, rest = "", info
    before = [span(rest.strip())] if rest.strip() else []
    return [*before, f"```{language}", *without_fences(code).removesuffix("\n").split("\n"), "```"]


def span(code: str) -> str:
    """Return code within a line, between one backtick, or two where it contains any."""
    if "`" not in code:
        return f"`{code}`"
    return f"`` {_DOUBLE.sub(f'`{ZERO_WIDTH}', code)} ``"
