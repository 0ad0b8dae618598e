"""Undoes the escapes of bash, of Windows' cmd and of PowerShell inside of quotes."""

import re

ANSI = re.compile(r"\\(?:u([\da-fA-F]{1,4})|U([\da-fA-F]{1,8})|x([\da-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
LETTERS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
IN_DOUBLE = re.compile(r"""\\(["\\$`])|\\\n|"(")""")
IN_CMD = re.compile(r"""\^?\\\^?(["\\$`])|\^?"\^?(")|\^(\n)\n?|\^(.)|%(%)""", re.DOTALL)

BACKTICKS = re.compile(r"\$\(\[char\](\d{1,7})\)|`(.)", re.DOTALL)


def ansi(text: str) -> str:
    """Return what bash makes of the inside of $'…'."""

    def character(match: re.Match[str]) -> str:
        if number := match[1] or match[2] or match[3]:
            return _character(int(number, 16))
        return _character(int(match[4], 8)) if match[4] else LETTERS.get(match[5], match[5])

    return _joined(ANSI.sub(character, text))


def double(text: str) -> str:
    """Return what bash makes of the inside of "…"."""
    return _unescaped(IN_DOUBLE, text)


def cmd(text: str) -> str:
    """Return what curl is given by Windows' cmd for the inside of ^"…^"."""
    return _unescaped(IN_CMD, text)


def backticks(text: str) -> str:
    """Return what PowerShell makes of the inside of "…"."""
    return _joined(BACKTICKS.sub(lambda match: _character(int(match[1])) if match[1] else match[2], text))


def _character(number: int) -> str:
    return chr(number) if number < 0x110000 else "\ufffd"


def _joined(text: str) -> str:
    """Put the halves of characters together that were escaped one by one (UTF-16 surrogates)."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _unescaped(pattern: re.Pattern[str], text: str) -> str:
    """Replace each match with its one group that matched."""
    return pattern.sub(lambda match: match[match.lastindex] if match.lastindex else "", text)
