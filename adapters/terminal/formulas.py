"""LaTeX in Markdown: rules of markdown-it that find formulas and convert them to Unicode text."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from adapters.common.markdown.formulas import in_a_line, to_text
from bridge import is_formula

FORMULA = "formula"
"""The type and the tag of an inline formula's token; that of a block is f"{FORMULA}_block"."""

_INLINE = re.compile(
    r"\$\$(?P<display>(?:[^$\\]|\\.)+)\$\$"
    r"|\$(?P<dollar>(?=[^\s$])(?:[^$\\]|\\.)+?(?<=\S))\$(?![\d$])"  # "$5 and $10" are prices
    r"|\\\((?P<round>.+?)\\\)"
    r"|\\\[(?P<square>.+?)\\\]",
    re.DOTALL,
)
_LONGEST = 2000
"""The most code points of an inline formula, so that searching for its end takes linear time."""

_CLOSERS = {"$$": "$$", "\\[": "\\]"}


def add_rules(parser: MarkdownIt) -> None:
    """Add rules to the parser that make tokens of `$…$`, `\\(…\\)`, `$$…$$` and `\\[…\\]`."""
    parser.inline.ruler.before("escape", FORMULA, _in_a_line)
    parser.block.ruler.before("fence", FORMULA, _in_lines, {"alt": ["paragraph", "blockquote", "list"]})


def _in_a_line(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    match = _INLINE.match(state.src, state.pos, min(state.posMax, state.pos + _LONGEST))
    if not match or not _means_a_formula(match):
        return False
    if not silent:
        token = state.push(FORMULA, FORMULA, 0)
        token.content = in_a_line(to_text(match[match.lastindex or 0]))
    state.pos = match.end()
    return True


def _means_a_formula(match: re.Match[str]) -> bool:
    latex, following = match[match.lastindex or 0], match.string[match.end() : match.end() + 3]
    return is_formula(latex, following, block=match.lastgroup != "dollar")


def _in_lines(state: StateBlock, start: int, stop: int, silent: bool) -> bool:
    """Parse a formula in `$$…$$` or `\\[…\\]` that stands on lines of its own."""

    def line(number: int) -> str:
        return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()

    first = line(start)
    closer = _CLOSERS.get(first[:2])
    if not closer or state.is_code_block(start):
        return False
    for number in range(start, stop):
        found = (first[2:] if number == start else line(number)).find(closer)
        if found < 0:
            continue
        if not line(number).endswith(closer):
            return False
        if not silent:
            body = [first[2:], *(line(between) for between in range(start + 1, number + 1))]
            body[-1] = body[-1].removesuffix(closer)
            token = state.push(f"{FORMULA}_block", "", 0)
            token.content, token.map = to_text("\n".join(body)), [start, number + 1]
        state.line = number + 1
        return True
    return False
