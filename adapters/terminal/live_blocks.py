"""A growing answer in blocks: those that do not change any more, and the one that grows, cut down to a screen."""

import re

from markdown_it.token import Token

from adapters.terminal.markdown import parser

_UNDECIDED = re.compile(r"[\W\d_]*")
"""What a block may begin with before it shows what it is: `2` may become the next item of the list above it."""

_REFERENCE = re.compile(r"\]\[[^\]\n]*\]")
"""Its target may stand at the end of the answer."""


_WITHOUT_LINES = ["inline", "text_join"]
"""The rules that read what stands in blocks; finding these is enough here, and cheap."""


def divided(text: str, width: int, height: int) -> tuple[str, str]:
    """The finished blocks of text, and of what still grows so much of its end as fills a screen of so many cells."""
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
    """The end of a block that begins with these tokens."""
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
