"""Chats and their trees of messages: pure values, no input or output.

As in Open WebUI, where Qwen's tree comes from, a message knows its parent, and what a model reads is the chain walked
up from the parent of the new question. Several children of one parent are branches that do not see each other.
"""

from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

Role = Literal["user", "assistant"]


@dataclass(slots=True)
class Message:
    """A question or an answer. An answer that is not `done` is in the tree, but has no text."""

    parent_id: str | None
    role: Role
    text: str = ""
    done: bool = True
    children: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(slots=True)
class Chat:
    """One chat of one identity. It takes no question while the answer `running` is written, nor before `free_at`.

    `mode` is the chat_mode it was opened with; `free_at` is a reading of time.monotonic().
    """

    owner: str
    mode: str
    messages: dict[str, Message] = field(default_factory=dict)
    running: str | None = None
    free_at: float = 0.0
    id: str = field(default_factory=lambda: str(uuid4()))

    def add(self, message: Message) -> Message:
        """Hang `message` below its parent, which is in this chat or None."""
        self.messages[message.id] = message
        if message.parent_id is not None:
            self.messages[message.parent_id].children.append(message.id)
        return message

    def chain(self, leaf: str | None) -> list[Message]:
        """The messages from the root down to `leaf`, oldest first; empty for None."""
        found: list[Message] = []
        while leaf is not None:
            found.append(self.messages[leaf])
            leaf = found[-1].parent_id
        return found[::-1]
