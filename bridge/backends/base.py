"""The port of what answers: behind it chat.qwen.ai and an OpenAI-compatible server are the same to the core."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.errors import OperatorNeeded, QwenError
from bridge.model import Attachment, Event, Exchange, Head, Model, Options


@dataclass(frozen=True, slots=True)
class Earlier:
    """What stands above a question: the standing instruction, and the exchanges, oldest first.

    `prompt`: the question by itself, where what is asked holds what is carried over.
    """

    system: str = ""
    exchanges: Sequence[Exchange] = ()
    prompt: str = ""


LOCAL = "api-"
"""Begins the ids of chats that no server keeps: their answers stand in the bridge's own store alone."""


def is_local(chat_id: str) -> bool:
    """Tell whether no server keeps the chat with this id, so that what stands in it is looked up in the store."""
    return chat_id.startswith(LOCAL)


Look = Callable[[int], Awaitable[Earlier]]
"""Looks up what stands above a question, the newest so many code points of it with one exchange more.

A backend that keeps the tree itself need not.
"""


class Backend(Protocol):
    """One way to get answers. Errors are bridge.errors.QwenError, named by what happens next."""

    @property
    def guest(self) -> bool:
        """Tell whether Qwen sees a visitor, who finds nothing again."""

    @property
    def label(self) -> str:
        """The sentence that names what answers, for /status."""

    @property
    def trouble(self) -> QwenError | None:
        """What keeps questions from being asked now, or None."""

    @property
    def need(self) -> OperatorNeeded | None:
        """What the operator has to do, though another backend may answer meanwhile, or None."""

    def keeps(self, chat_id: str) -> bool:
        """Tell whether the server itself keeps this chat, and may lose it."""

    async def models(self) -> list[Model]:
        """List the models that may be chosen. Raises QwenError."""

    async def model(self, named: str = "") -> str:
        """Return the model that a question is asked of: the named one, else the operator's. Raises QwenError."""

    def ask(
        self,
        prompt: str,
        head: Head | None,
        options: Options = ...,
        files: Sequence[Attachment] = (),
        look: Look | None = None,
    ) -> AsyncGenerator[Event]:
        """Ask below `head`, or anew (None), and yield the answer's events, from Started to Finished.

        `look` gives what stands above where this backend keeps no tree. Raises QwenError; ChatGone where the head is
        not, or no longer, one of this backend. Closing the generator early stops the answer.
        """

    async def let_in(self, seconds: float) -> bool:
        """Return when it is worth to ask again after the operator was needed; False where that takes longer."""

    async def delete(self, chat_id: str) -> bool:
        """Delete a chat where Qwen keeps it; False where a copy stays. Raises QwenError."""

    async def written(self, head: Head) -> list[Event]:
        """Return the events of an answer that was written while nobody listened.

        Raises QwenError; ChatGone where none was.
        """

    def leave(self) -> None:
        """Let what nobody listens to any more be written on from now on: the bridge leaves."""
