"""Pictures, which are painted in a stream, and films, which are made while a client asks after them: pure values.

What the status of a film looks like is not known for sure: `task_status` and `content` are our reading.
"""

from dataclasses import dataclass, field
from uuid import uuid4

from adapters.sandbox.qwen.wire import Body

LONGER_SIDE = 1024
"""Pixels."""


@dataclass(slots=True)
class Film:
    """A film that is being made for `owner`; so many more `polls` are told that it is not ready."""

    owner: str
    polls: int
    task_id: str = field(default_factory=lambda: str(uuid4()))

    def status(self) -> Body:
        """What a client that asks is told."""
        ready = self.polls <= 0
        self.polls -= 1
        address = f"https://cdn.qwenlm.ai/output/stand-in/t2v/{self.task_id}.mp4?key=stand-in-secret"
        return {
            "task_id": self.task_id,
            "task_status": "success" if ready else "running",
            "content": address if ready else "",
        }

    def told(self, chat_id: str, parent_id: str | None, message_id: str) -> Body:
        """The data that answers the question for it."""
        message = {"id": message_id, "role": "assistant", "extra": {"wanx": {"task_id": self.task_id}}}
        return {"chat_id": chat_id, "parent_id": parent_id, "message_id": message_id, "messages": [message]}


def picture(message_id: str) -> str:
    """The address of a picture, on a server that is never asked."""
    return f"https://cdn.qwenlm.ai/output/stand-in/t2i/{message_id}.png?key=stand-in-secret"


def pixels(size: object) -> tuple[int, int]:
    """Width and height of a `size` like "16:9"; a square for what is none."""
    width, _, height = size.partition(":") if isinstance(size, str) else ("", "", "")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        return LONGER_SIDE, LONGER_SIDE
    longer = max(int(width), int(height), 1)
    return LONGER_SIDE * int(width) // longer, LONGER_SIDE * int(height) // longer
