"""Pictures, which are painted in a stream: their addresses and sizes, what a question orders, and their bytes.

draw WORDS         as the last line of a question: a sentence, a picture, and a sentence, as a model calls its tool
draw only WORDS    a picture alone
"""

import re
import zlib
from dataclasses import dataclass

LONGER_SIDE = 1024
"""Pixels."""

PATH = "/output/stand-in/t2i/{name}.png"

_DRAW = re.compile(r"(?:[^\n:]{1,80}: )?draw\s+(only\s+)?(\S.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """A picture that a question orders. `alone`: nothing is said with it."""

    prompt: str
    alone: bool

    @property
    def before(self) -> str:
        """Return what is said before the picture."""
        return "I will use the image_gen tool. "

    @property
    def after(self) -> str:
        """Return what is said below it."""
        return f"Here it is: {self.prompt}."


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture in the middle of an answer: its address, what was ordered, and the text below it."""

    url: str
    prompt: str
    after: str


def order(prompt: str) -> Order | None:
    """Return the picture that a question orders, None where it orders none."""
    found = _DRAW.fullmatch(prompt.strip().rpartition("\n")[2].strip())
    return Order(found[2][:200], bool(found[1])) if found else None


def picture(host: str, message_id: str) -> str:
    """Return the address of a picture on the stand-in; at Qwen it is https://cdn.qwenlm.ai/output/….png?key=…."""
    return f"http://{host}{PATH.format(name=message_id)}?key=stand-in-secret"


def pixels(size: object) -> tuple[int, int]:
    """Return width and height of a `size` like "16:9"; a square for what is none."""
    width, _, height = size.partition(":") if isinstance(size, str) else ("", "", "")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        return LONGER_SIDE, LONGER_SIDE
    longer = max(int(width), int(height), 1)
    return LONGER_SIDE * int(width) // longer, LONGER_SIDE * int(height) // longer


def png(width: int = 64, height: int = 64) -> bytes:
    """Return a picture as PNG: a gradient from blue to yellow."""
    rows = b"".join(
        b"\0" + b"".join(bytes((255 * x // width, 255 * y // height, 128)) for x in range(width)) for y in range(height)
    )
    header = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0"
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4) for name, data in chunks
    )
