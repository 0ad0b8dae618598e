"""Chats and their trees of messages: pure values, no input or output.

As in Open WebUI, where Qwen's tree comes from, a message knows its parent, and what a model reads is the chain walked
up from the parent of the new question. Several children of one parent are branches that do not see each other.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from adapters.sandbox.qwen.generated_media import Drawing

Role = Literal["user", "assistant"]


def _now() -> int:
    return int(time.time())


@dataclass(slots=True)
class Message:
    """A question or an answer. An answer that is not `done` is in the tree, but has no text, only a `draft`.

    `phase` is what its text is; `thoughts` are the paragraphs that were thought before it; `files` what a question
    brought, as it came on the wire. `drawing`: the picture that follows its text.
    """

    parent_id: str | None
    role: Role
    text: str = ""
    done: bool = True
    children: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid4()))
    model: str = ""
    draft: str = ""
    phase: str = "answer"
    thoughts: list[str] = field(default_factory=list)
    files: Sequence[dict[str, Any]] = ()
    drawing: Drawing | None = None
    timestamp: int = field(default_factory=_now)


@dataclass(slots=True)
class Chat:
    """One chat of one identity. It takes no question while the answer `running` is written, nor before `free_at`.

    `mode` is the chat_mode it was opened with; `free_at` is a reading of time.monotonic(). `ghosts` are ids that the
    chat accepts as parents although there is nothing above them: a whole answer (stream=false) names such an id.
    """

    owner: str
    mode: str
    messages: dict[str, Message] = field(default_factory=dict)
    running: str | None = None
    free_at: float = 0.0
    id: str = field(default_factory=lambda: str(uuid4()))
    title: str = "New Chat"
    ghosts: set[str] = field(default_factory=set)
    timestamp: int = field(default_factory=_now)

    @property
    def current_id(self) -> str | None:
        """Return the message that was added or selected last; None in an empty chat."""
        return next(reversed(self.messages), None)

    @property
    def updated_at(self) -> int:
        """Return when the last message was added, in seconds since 1970."""
        return self.messages[self.current_id].timestamp if self.current_id else self.timestamp

    def knows(self, parent_id: str) -> bool:
        """Tell whether a question may name this parent."""
        return parent_id in self.messages or parent_id in self.ghosts

    def add(self, message: Message) -> Message:
        """Hang `message` below its parent, which this chat knows, or None."""
        self.messages[message.id] = message
        if message.parent_id in self.messages:
            self.messages[message.parent_id].children.append(message.id)
        return message

    def select(self, message_id: str) -> None:
        """Make a message of this chat the current one."""
        self.messages[message_id] = self.messages.pop(message_id)

    def chain(self, leaf: str | None) -> list[Message]:
        """Return the messages from the root down to `leaf`, oldest first; empty for None and for a ghost."""
        found: list[Message] = []
        while leaf in self.messages:
            found.append(self.messages[leaf])
            leaf = found[-1].parent_id
        return found[::-1]
