"""What answers questions: the port behind which chat.qwen.ai and an API are the same to the core."""

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


OURS = "api-"
"""Begins the ids of chats that no server keeps: what stands in them is looked up."""

Look = Callable[[int], Awaitable[Earlier]]
"""Looks up what stands above a question, the newest so many code points of it with one exchange more.

A backend that keeps the tree itself need not.
"""


class Backend(Protocol):
    """One door to Qwen. Errors are bridge.errors.QwenError, named by what happens next."""

    @property
    def guest(self) -> bool:
        """Whether Qwen sees a visitor, who finds nothing again."""

    @property
    def label(self) -> str:
        """Which door answers, as `sentences` names it for /status."""

    @property
    def trouble(self) -> QwenError | None:
        """What keeps questions from being asked now."""

    @property
    def need(self) -> OperatorNeeded | None:
        """What the operator has to do, though another door may answer meanwhile."""

    async def models(self) -> list[Model]:
        """The models that may be chosen. Raises QwenError."""

    async def model(self, named: str = "") -> str:
        """The model that a question is asked of: the named one, else the operator's. Raises QwenError."""

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
        """Returns when it is worth to ask again after the operator was needed; False where that takes longer."""

    async def delete(self, chat_id: str) -> bool:
        """Delete a chat where Qwen keeps it; False where a copy stays. Raises QwenError."""

    async def written(self, head: Head) -> list[Event]:
        """The events of an answer that was written while nobody listened. Raises QwenError; ChatGone where none was."""

    def leave(self) -> None:
        """From now on what nobody listens to any more may be written on."""
