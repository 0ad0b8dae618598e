"""A message's Markdown as Discord's app shows it, by Discord's rules and not by CommonMark's."""

import re
from collections.abc import Iterator
from html import escape

from tests.gallery.page import Block, Look, coloured, height, svg

WIDTH, ROOM = 600, 500

LOOKS = {
    "text": Look(7.6, 22),
    "h1": Look(12.5, 33, 24),
    "h2": Look(10.5, 27.5, 24),
    "h3": Look(8.4, 22, 24),
    "small": Look(6.3, 18),
    "item": Look(7.6, 22, 4),
    "more": Look(7.6, 22),
    "quote": Look(7.8, 22),
    "pre": Look(8.5, 18, 24),
    "gap": Look(1, 22),
}

CSS = """
.screen{box-sizing:border-box;padding:18px 32px 0 16px;border-radius:10px;background:#313338;color:#dbdee1;
font:16px/22px "gg sans","Helvetica Neue",Helvetica,Arial,sans-serif;overflow:hidden}
.message{position:relative;padding-left:56px}
.face{position:absolute;left:0;top:2px;width:40px;height:40px;border-radius:50%;background:#615ced;color:#fff;
font-weight:600;font-size:19px;line-height:40px;text-align:center}
.name{font-weight:600;color:#f2f3f5}
.app{margin-left:5px;padding:1px 5px;border-radius:4px;background:#5865f2;color:#fff;font-size:10.5px;font-weight:600;
vertical-align:1.5px}
.text,.item,.more,.quote{white-space:pre-wrap;overflow-wrap:anywhere}
.h1,.h2,.h3{margin:16px 0 8px;font-weight:700;color:#f2f3f5;line-height:1.375}
.h1{font-size:24px}.h2{font-size:20px}
.name+.h1,.name+.h2,.name+.h3{margin-top:8px}
.small{font-size:13px;line-height:18px;color:#949ba4}
.gap{height:22px}
.item,.more{position:relative;padding-left:22px}.item{margin-top:4px}
.item+.quote,.more+.quote{margin-top:4px}
.mark{position:absolute;left:0;width:17px;text-align:right}
.quote{padding-left:16px;position:relative}
.quote:before{content:"";position:absolute;left:0;top:0;bottom:0;width:4px;background:#4e5058}
.pre,code{font-family:"gg mono","Source Code Pro",Consolas,Menlo,"DejaVu Sans Mono",monospace;font-size:14px}
.pre{margin:6px 0 0;padding:7px 9px;border:1px solid #1e1f22;border-radius:4px;background:#2b2d31;line-height:18px;
white-space:pre-wrap;overflow-wrap:anywhere;max-width:90%}
code{padding:1px 3px;border-radius:3px;background:#2b2d31;font-size:13.6px}
a{color:#00a8fc;text-decoration:none}i{font-style:normal}
.spoiler{border-radius:3px;background:#1e1f22;color:transparent}
"""

FENCE = re.compile(r"( *)```(?:([a-z0-9_+.#-]+)?\n)?\n*(.*?)\n*```[ \t]*\n?", re.IGNORECASE | re.DOTALL)
HEADING = re.compile(r"(#{1,3}|-#) +(.+?)#* *$")
ITEM = re.compile(r"( *)([-*]|\d+\.) +(.*)$")
BULLETS = "•◦▪"

INLINE = re.compile(
    r"""\\(?P<escaped>[^\w\s])
    |(?P<ticks>`+)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)
    |\[(?P<label>[^\[\]]+)\]\(<?(?P<address>https?://[^\s<>]*?)>?(?:\s+"[^"]*")?\)
    |<(?P<auto>https?://[^\s<>]+)>
    |(?P<bare>https?://[^\s<>]*[^\s<>.,:;"')\]])
    |\*\*(?P<bold>.+?)\*\*(?!\*)
    |__(?P<underlined>.+?)__(?!_)
    |\*(?P<slanted>(?![\s*])(?:\*\*|[^*])+?(?<![\s*]))\*(?!\*)
    |(?<!\w)_(?P<italic>(?:__|[^_])+?)_(?!\w)
    |~~(?P<struck>.+?)~~
    |\|\|(?P<spoiler>.+?)\|\|""",
    re.VERBOSE | re.DOTALL,
)
TAGS = {"bold": "b", "underlined": "u", "slanted": "em", "italic": "em", "struck": "s"}


def inline(markdown: str) -> str:
    """A line's Markdown as HTML."""
    html, at = [], 0
    for found in INLINE.finditer(markdown):
        html += [escape(markdown[at : found.start()], quote=False), _marked(found)]
        at = found.end()
    return "".join([*html, escape(markdown[at:], quote=False)])


def _marked(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    if kind == "escaped":
        return escape(found[kind], quote=False)
    if found["code"]:
        return f"<code>{escape(found['code'].strip(), quote=False)}</code>"
    if found["label"]:
        return f"<a>{inline(found['label'])}</a>"
    if found["auto"] or found["bare"]:
        return f"<a>{escape(found['auto'] or found['bare'], quote=False)}</a>"
    if kind == "spoiler":
        return f'<span class="spoiler">{inline(found[kind])}</span>'
    return f"<{TAGS[kind]}>{inline(found[kind])}</{TAGS[kind]}>"


def blocks(markdown: str) -> Iterator[Block]:
    """The blocks of a message."""
    at = 0
    for fence in FENCE.finditer(markdown):
        if markdown[: fence.start()].rpartition("\n")[2]:
            continue  # not at the beginning of a line
        yield from _lines(markdown[at : fence.start()])
        indent = len(fence[1])
        code = "\n".join(line[indent:] if not line[:indent].strip() else line for line in fence[3].split("\n"))
        yield Block("pre", coloured(code, fence[2] or "", "github-dark"), 60 + 12 * indent)
        at = fence.end()
    yield from _lines(markdown[at:])


def _lines(text: str) -> Iterator[Block]:
    """Headings and lists take the blank lines below them."""
    depth = before = -1
    for line in text.splitlines():
        if heading := HEADING.match(line):
            depth = before = -1
            kind = "small" if heading[1] == "-#" else f"h{len(heading[1])}"
            yield Block(kind, inline(heading[2]))
            before = 0
        elif item := ITEM.match(line):
            depth = before = len(item[1]) // 2
            mark = item[2] if item[2][0].isdigit() else BULLETS[min(depth, 2)]
            yield Block("item", f'<span class="mark">{mark}</span>{inline(item[3])}', 24 * depth)
        elif not line.strip():
            if before < 0:
                yield Block("gap", "")
            depth = -1
        elif line.startswith(" ") and depth >= 0:
            yield Block("more", inline(line.strip()), 24 * depth)
        else:
            depth = before = -1
            quoted = line.startswith("> ")
            yield Block("quote" if quoted else "text", inline(line[2:] if quoted else line))


def picture(messages: list[str]) -> str:
    """The messages of one answer, below one name."""
    drawn = [block for message in messages for block in blocks(message)]
    high = height(drawn, LOOKS, ROOM) + 84
    body = "\n".join(map(_html, drawn))
    head = '<div class="face">Q</div><span class="name">Qwen</span><span class="app">APP</span>'
    return svg("An answer in Discord", (WIDTH, high), CSS, f'<div class="message">{head}\n{body}\n</div>')


def _html(block: Block) -> str:
    indent = block.indent - 60 if block.kind == "pre" else block.indent
    style = f' style="margin-left:{indent}px"' if indent else ""
    return f'<div class="{block.kind}"{style}>{block.html}</div>'
