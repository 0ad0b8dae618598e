"""A message's text and entities as Telegram's app shows them."""

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from adapters.sandbox.telegram import Entity, Message
from adapters.sandbox.telegram.entities import CODE, QUOTES
from tests.gallery.page import Block, Look, coloured, height, svg

WIDTH, ROOM = 460, 410

LOOKS = {
    "text": Look(6.9, 20),
    "blockquote": Look(7.6, 20, 14),
    "expandable_blockquote": Look(7.6, 20, 14),
    "pre": Look(8.2, 18, 20),
}

CSS = """
.screen{box-sizing:border-box;padding:14px 16px 0;border-radius:10px;overflow:hidden;
background:linear-gradient(160deg,#dbddbb,#8fbc8c 55%,#7fb09b);color:#000;
font:15px/20px -apple-system,"Segoe UI",Roboto,"Open Sans","Helvetica Neue",Arial,sans-serif}
.bubble{position:relative;padding:6px 9px 8px;border-radius:14px 14px 14px 4px;background:#fff;
box-shadow:0 1px 1px rgba(0,0,0,.15);white-space:pre-wrap;overflow-wrap:anywhere;margin-bottom:6px}
a{color:#168acd}
code,.pre{font-family:Consolas,"SF Mono",Menlo,"Roboto Mono","DejaVu Sans Mono",monospace;font-size:13px}
code{color:#168acd;line-height:1}
.pre,.quote{position:relative;margin:3px 0;border-left:3px solid #40a7e3;border-radius:5px;background:#e9f4fb}
.pre{padding:5px 8px;line-height:18px}.pre i{font-style:normal}
.language{margin:-5px -8px 5px;padding:2px 8px;border-radius:0 5px 0 0;background:#d6ebf8;color:#168acd;font-weight:600}
.quote{padding:4px 24px 4px 8px}
.quote:after{content:"❞";position:absolute;right:7px;top:2px;color:#40a7e3}.folded:after{content:"⌄";top:auto;bottom:4px}
.spoiler{border-radius:3px;background:#b5c2cb;color:transparent}
"""

TAGS = {"bold": "b", "italic": "em", "underline": "u", "strikethrough": "s", "code": "code"}
LINKS = ("text_link", "text_mention", "url", "email", "mention", "hashtag", "cashtag", "bot_command", "phone_number")


def blocks(text: str, entities: list[Entity]) -> Iterator[Block]:
    """The blocks of a message: code, quotes, and what is between them."""
    units = text.encode("utf-16-le")
    at = 0
    for entity in sorted(entities, key=lambda entity: (entity.offset, -entity.length)):
        if entity.type not in (*QUOTES, "pre") or entity.offset < at:
            continue
        yield from _between(units, at, entity.offset, entities)
        inside = [other for other in entities if other is not entity]
        html = _code(units, entity) if entity.type == "pre" else inline(units, entity.offset, entity.end, inside)
        yield Block(entity.type, html, 20 if entity.type == "pre" else 40)
        at = entity.end
    yield from _between(units, at, len(units) // 2, entities)


def _between(units: bytes, start: int, end: int, entities: list[Entity]) -> Iterator[Block]:
    """The line break after a block is not seen. (Nor is the one before, as HTML shows no last line break either.)"""
    if start and _text(units, start, start + 1) == "\n":
        start += 1
    if end > start:
        yield Block("text", inline(units, start, end, entities))


def _code(units: bytes, entity: Entity) -> str:
    language = str(entity.extra.get("language", ""))
    label = f'<div class="language">{escape(language)}\n</div>' if language else ""
    return label + coloured(_text(units, entity.offset, entity.end), language, "default")


def _text(units: bytes, start: int, end: int) -> str:
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")


def inline(units: bytes, start: int, end: int, entities: list[Entity]) -> str:
    """A stretch as HTML. What overlaps is closed and opened again at each boundary."""
    inner = [entity for entity in entities if entity.offset < end and entity.end > start]
    marks = {max(start, entity.offset) for entity in inner} | {min(end, entity.end) for entity in inner}
    places = sorted(marks | {start, end})
    html = []
    for begin, stop in pairwise(places):
        shown = escape(_text(units, begin, stop), quote=False)
        for entity in reversed(inner):
            if entity.offset <= begin and entity.end >= stop:
                shown = _marked(entity, shown)
        html.append(shown)
    return "".join(html)


def _marked(entity: Entity, html: str) -> str:
    if entity.type in TAGS:
        return f"<{TAGS[entity.type]}>{html}</{TAGS[entity.type]}>"
    if entity.type in LINKS:
        return f"<a>{html}</a>"
    return f'<span class="{entity.type}">{html}</span>' if entity.type not in CODE + QUOTES else html


def picture(messages: list[Message]) -> str:
    """The messages of one answer, a bubble each."""
    drawn = [list(blocks(message.text, message.marks)) for message in messages]
    high = sum(height(each, LOOKS, ROOM) + 20 for each in drawn) + 48
    bubbles = [f'<div class="bubble">{"".join(map(_html, each))}</div>' for each in drawn]
    return svg("An answer in Telegram", (WIDTH, high), CSS, "\n".join(bubbles))


def _html(block: Block) -> str:
    kind = {"blockquote": "quote", "expandable_blockquote": "quote folded"}.get(block.kind, block.kind)
    return f'<div class="{kind}">{block.html}</div>'
