"""Finds the formulas of Markdown, and tells them from prices, shell variables, regular expressions and words."""

import re

_TEX = re.compile(
    r"\\[A-Za-z]{2,}|\\[,;:!{}\\ ]|\\\|\\?\w{1,3}\\\|"
    r"|(?<![^\W_]{3})\^[\w\\{(*+'-]|(?<![^\W_]{2})_(?:[^\W_](?![^\W_])|[{\\])|[∑∫√]"
)
"""Matches what only TeX has: a command, or an index or exponent of a short name."""

_ALGEBRA = re.compile(r"(?:[^\W_]|[-+*/=<>()\[\]{}|.,:!' \t\n^_~&±×÷·≤≥≈≠∈∞→′])*")
_WORDS = re.compile(r"[^\W\d_]{4,}|\b(?:and|or|to|per|for|the|is|in|of|on|at|vs)\b|[A-Z]{2}_[A-Z]{2}", re.IGNORECASE)
_MONEY = re.compile(r"\d[\d.,]*\s+(?:[^\W\d_]{2}|[(~])|\d[\d.,]*[-–/]\Z|[A-Z]+/\Z")
_SHELL = re.compile(r"\{\w{2,}[}:]|[)\],;.*\"'“]|\|\^|.*[/:=-]\Z", re.DOTALL)
_SUFFIX = re.compile(r"(?:th|st|nd|rd|s)\b")

_BEGINS = re.compile(
    r"\\\((?P<round>[^\\`$]*+(?:\\[^()\[\]][^\\`$]*+)*+)\\\)"
    r"|\\\[(?P<square>[^\\`$]*+(?:\\[^()\[\]][^\\`$]*+)*+)\\\]"
    r"|\$\$(?P<display>[^$`]++)\$\$"
    r"|\$(?P<dollar>(?=[^\s$])[^$`\\]*+(?:\\.[^$`\\]*+)*+(?<=\S))\$"
    r"|\\.|\$",
    re.DOTALL,
)


def is_formula(latex: str, following: str, *, block: bool) -> bool:
    """Tell a formula from money (`$5-$10`), a shell's variables (`$HOME/$USER`) and words (`\\[options\\]`).

    `following`: some characters behind the closing sign, or "". `block`: it stands between double dollar signs or in
    brackets.
    """
    if not latex.strip() or "\n\n" in latex:
        return False
    tex = _TEX.search(latex)
    if not block:
        if following[:1].isascii() and following[:1].isalnum() and not _SUFFIX.match(following):
            return False
        if _SHELL.match(latex) or (not tex and _MONEY.match(latex)) or (following[:1] == latex[0] and latex[0] in "({"):
            return False
    return bool(tex) or (_ALGEBRA.fullmatch(latex) is not None and not _WORDS.search(latex))


def formulas(text: str, start: int, stop: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Return where the formulas of text[start:stop] are, which holds no code, and where its other dollar signs are."""
    found: list[tuple[int, int]] = []
    others: list[int] = []
    at = start
    while mark := _BEGINS.search(text, at, stop):
        at = mark.end()
        kind = mark.lastgroup
        if kind and is_formula(mark[kind], text[at : at + 3], block=kind != "dollar") and not _behind_a_word(mark):
            found.append(mark.span())
        elif mark[0][0] == "$":
            others.append(mark.start())
            at = mark.start() + 1
        elif kind:
            at = mark.start() + 2
    return found, others


def _behind_a_word(mark: re.Match[str]) -> bool:
    """Tell whether a dollar sign is that of `US$5` or `5$/6$`."""
    before = mark.string[mark.start() - 1 : mark.start()]
    return mark.lastgroup == "dollar" and before.isascii() and before.isalnum() and not _TEX.search(mark["dollar"])
