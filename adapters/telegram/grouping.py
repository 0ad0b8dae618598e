"""Recognize messages of Telegram that are one act of a person, so that they become one question.

These are albums, the parts of a long paste, what is forwarded with a comment or with other messages, and pictures,
files and places with words before or after them: Telegram delivers each as messages of their own, within a second.
"""

import time
from dataclasses import dataclass, replace

from telegram import Message
from telegram.constants import MessageLimit

from adapters.telegram.reading import picture_of, text_of
from adapters.telegram.render import units
from bridge import ConversationKey

MAX_UNITS = int(MessageLimit.MAX_TEXT_LENGTH)
"""UTF-16 units of text in a message (Bot API, sendMessage)."""

SPLIT_MARGIN = 6
"""Telegram's apps split a longer text at most so many units before the limit, at a blank where there is one."""

PASTE_SECONDS, ALBUM_SECONDS, FORWARD_SECONDS = 1.5, 1.0, 1.0
"""How long more is waited for after a part of a paste, after a file without words, and after a forwarded message."""

WORDS_SECONDS = 0.5
"""How long what they are about is waited for after words: every question waits so long, so it is short."""

HELD_SECONDS = 2.0
"""How long what was sent to nobody is kept: the words that ask about it may follow."""

MOST_SENDERS = 1000
"""Senders whose last act is remembered."""

Sender = tuple[ConversationKey, str]
"""A conversation, and the id of an author in it."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Says to which group of messages one belongs: see Incoming.group, wait and glue.

    continues: it goes on with an act, if it comes soon enough: see Intake.expects.
    before: messages of this act that were held, as they ask nobody by themselves.
    """

    group: str
    wait: float
    glue: str
    continues: bool
    before: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Describes a message as a part of an act.

    words: it has words of its author. full: these may be cut, as they are as many units as fit into one message.
    """

    album: str
    forward: bool
    file: bool
    words: bool
    full: bool

    @property
    def wait(self) -> float:
        """Return how many seconds more is waited for after this part."""
        if self.full:
            return PASTE_SECONDS
        if self.forward:
            return FORWARD_SECONDS
        return WORDS_SECONDS if self.words and not self.album else ALBUM_SECONDS if self.file else 0.0


@dataclass(frozen=True, slots=True)
class _Act:
    """Holds what a person did last: its group, its last part, whether it has words, and what joins the next part.

    until: when (time.monotonic) it is over, if nothing has followed.
    """

    group: str
    until: float
    last: _Part
    words: bool
    glue: str
    held: tuple[Message, ...] = ()

    def goes_on_with(self, part: _Part) -> bool:
        """Tell whether a part belongs to this act, if it comes soon: what has words of its own begins another one."""
        if not part.words or (part.album and part.album == self.last.album):
            return True
        return (not self.words or self.last.full) and not part.file


class Acts:
    """Remembers for each sender the act that they may be going on with."""

    def __init__(self) -> None:
        self._acts: dict[Sender, _Act] = {}

    def grouping(self, message: Message, sender: Sender) -> Grouping:
        """Return the grouping of a message."""
        part, now = _part(message), time.monotonic()
        before = self._acts.pop(sender, None)
        act = before if before and before.until > now and before.goes_on_with(part) else None
        group = act.group if act else _new_group(message)
        words = part.words or (act is not None and act.words)
        # A message that is full to the last unit may have been split in the middle of a word.
        next_glue = "" if units(message.text or "") == MAX_UNITS else "\n"
        self._acts[sender] = _Act(group, now + part.wait, part, words, next_glue)
        if len(self._acts) > MOST_SENDERS:
            del self._acts[next(iter(self._acts))]
        if act is None:
            return Grouping(group, part.wait, "\n", continues=False)
        return Grouping(group, part.wait, act.glue, continues=True, before=act.held)

    def hold(self, message: Message, sender: Sender, grouping: Grouping) -> None:
        """Keep a message that asks nobody for HELD_SECONDS, with those before it, if somebody may ask about it."""
        part = _part(message)
        if part.file or part.forward:
            held = (*grouping.before, message)
            self._acts[sender] = replace(self._acts[sender], held=held, until=time.monotonic() + HELD_SECONDS)

    def wait(self, sender: Sender, seconds: float) -> None:
        """Let the sender's act go on for so many seconds from now: a part of it took some time to download."""
        if act := self._acts.get(sender):
            self._acts[sender] = replace(act, until=time.monotonic() + seconds)


def _part(message: Message) -> _Part:
    text, _ = text_of(message)
    return _Part(
        album=message.media_group_id or "",
        forward=message.forward_origin is not None,
        file=picture_of(message) is not None,
        words=bool(text) and message.forward_origin is None,
        full=units(message.text or "") >= MAX_UNITS - SPLIT_MARGIN,
    )


def _new_group(message: Message) -> str:
    return f"album:{message.media_group_id}" if message.media_group_id else f"act:{message.message_id}"
