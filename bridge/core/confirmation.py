"""Ask an account's server whether an answer is whole of which a part could not be read."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bridge.answer_events import Finished, Text
from bridge.backends.base import Backend
from bridge.errors import QwenError
from bridge.model import Head

CONFIRM_SECONDS = 10.0
"""Limits the wait for what Qwen keeps of such an answer."""


async def confirmed(backend: Backend, finished: Finished, said: Sequence[str]) -> tuple[Finished, Head | None]:
    """Return the end of an answer whose texts were `said`, and the head that continues it.

    It is not damaged where the server keeps the same words. Else nobody goes on from it, unless the server keeps
    nothing, and is told anew what was seen.
    """
    try:
        async with asyncio.timeout(CONFIRM_SECONDS):
            kept = await backend.written(finished.head)
    except (QwenError, TimeoutError):
        kept = []
    if kept and "".join(event.text for event in kept if isinstance(event, Text)) == "".join(said):
        return replace(finished, damaged=False), finished.head
    return finished, None if backend.keeps(finished.head.chat_id) else finished.head
