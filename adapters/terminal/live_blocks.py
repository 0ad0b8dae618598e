"""The split of a growing answer into Markdown blocks that cannot change any more and the one that still grows."""

import re

from markdown_it.token import Token

from adapters.terminal.markdown import parser

_UNDECIDED = re.compile(r"[\W\d_]*")
"""The text of a block whose kind is not known yet: `2` may become the next item of the list above it."""

_REFERENCE = re.compile(r"\]\[[^\]\n]*\]")
"""A reference to a link, whose target may be defined at the end of the answer."""

_WITHOUT_LINES = ["inline", "text_join"]
"""The rules that parse inline markup, which is not needed to find the blocks."""


def split_blocks(text: str, width: int, height: int) -> tuple[str, str]:
    """Return the finished blocks of text, and the end of the growing one that fills `width` × `height` cells.

    The end is Markdown too: that of a code block or a table begins with its first lines.
    """
    tokens = parser().disable(_WITHOUT_LINES).parse(text)
    tops = [at for at, token in enumerate(tokens) if token.map and not token.level]
    if not tops:
        return "", text
    lines = text.splitlines(keepends=True)
    last = tops[-1]
    if len(tops) > 1 and _UNDECIDED.fullmatch("".join(lines[_start(tokens[last]) :])):
        last = tops[-2]
    start = _start(tokens[last])
    done, grows = "".join(lines[:start]), lines[start:]
    if _REFERENCE.search(done):
        done = ""
    return done, _end(tokens[last:], grows, width, height)


def _end(tokens: list[Token], lines: list[str], width: int, height: int) -> str:
    """Cut the block of these tokens and source lines down to its end, at least as much as fills the screen."""
    kind = tokens[0].type
    if kind == "paragraph_open":
        return _last_words("".join(lines), 2 * width * height)
    if len(lines) <= height:
        return "".join(lines)
    if kind == "fence":
        lines = lines[:1] + lines[1:][-height - 1 :]
    elif kind == "table_open":
        lines = lines[:2] + lines[2:][-height:]
    elif kind == "blockquote_open":
        lines = lines[-height:]
    else:
        items = [_start(token) - _start(tokens[0]) for token in tokens if _is_item(token)]
        lines = lines[max((item for item in items if len(lines) - item >= height), default=0) :]
    return "".join(lines)


def _last_words(text: str, size: int) -> str:
    last = text[-size:]
    return text if len(text) <= size else last.partition(" ")[2] or last


def _is_item(token: Token) -> bool:
    return token.type == "list_item_open" and token.level == 1


def _start(token: Token) -> int:
    return token.map[0] if token.map else 0
