"""Pictures, which are painted in a stream: their addresses and sizes."""

LONGER_SIDE = 1024
"""Pixels."""


def picture(message_id: str) -> str:
    """Return the address of a picture, on a server that is never asked."""
    return f"https://cdn.qwenlm.ai/output/stand-in/t2i/{message_id}.png?key=stand-in-secret"


def pixels(size: object) -> tuple[int, int]:
    """Return width and height of a `size` like "16:9"; a square for what is none."""
    width, _, height = size.partition(":") if isinstance(size, str) else ("", "", "")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        return LONGER_SIDE, LONGER_SIDE
    longer = max(int(width), int(height), 1)
    return LONGER_SIDE * int(width) // longer, LONGER_SIDE * int(height) // longer
