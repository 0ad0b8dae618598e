"""Recognize messages of Telegram that belong together as one question: albums, and the parts of a long paste."""

import time
from dataclasses import dataclass

from telegram import Message
from telegram.constants import MessageLimit

from adapters.telegram.render import units
from bridge import ConversationKey

MAX_UNITS = int(MessageLimit.MAX_TEXT_LENGTH)
"""UTF-16 units of text in a message (Bot API, sendMessage)."""

SPLIT_MARGIN = 6
"""Telegram's apps split a longer text at most so many units before the limit, at a blank where there is one."""

PASTE_SECONDS, ALBUM_SECONDS = 1.5, 1.0
"""How long the next part of a paste, or of an album, is waited for."""

Sender = tuple[ConversationKey, str]
"""A conversation, and the id of an author in it."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Says to which group of messages one belongs: see Incoming.group, wait and glue."""

    group: str = ""
    wait: float = 0.0
    glue: str = "\n"


@dataclass(frozen=True, slots=True)
class PendingPaste:
    """Is a part of a paste: `until` when (time.monotonic) the next is waited for, and the `glue` between them."""

    until: float
    glue: str


class Groups:
    """Remembers for each sender whether the next part of a paste is expected."""

    def __init__(self) -> None:
        self._pending: dict[Sender, PendingPaste] = {}

    def grouping(self, message: Message, sender: Sender) -> Grouping:
        """Return the grouping of a message: an album, a part of a paste, or what follows one at once."""
        now = time.monotonic()
        before = self._pending.pop(sender, PendingPaste(0.0, "\n"))
        glue = before.glue if before.until > now else "\n"
        if message.media_group_id:
            return Grouping(f"album:{message.media_group_id}", ALBUM_SECONDS, glue)
        size = units(message.text or "")
        if size < MAX_UNITS - SPLIT_MARGIN:
            return Grouping("paste" if before.until > now else "", 0.0, glue)
        self._pending = {known: paste for known, paste in self._pending.items() if paste.until > now}
        # A message that is full to the last unit may have been split in the middle of a word.
        self._pending[sender] = PendingPaste(now + PASTE_SECONDS, "" if size == MAX_UNITS else "\n")
        return Grouping("paste", PASTE_SECONDS, glue)
