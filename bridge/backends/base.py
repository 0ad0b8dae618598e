"""Defines the port of the backends: to the core, chat.qwen.ai and an OpenAI-compatible server are the same."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.answer_events import Event
from bridge.errors import OperatorNeeded, QwenError
from bridge.model import Attachment, Exchange, Head, Lesson, Model, Options


@dataclass(frozen=True, slots=True)
class Earlier:
    """Holds the context of a question: the standing instruction (`system`), and the exchanges, oldest first.

    `prompt`: the question alone, where the prompt that is asked repeats earlier exchanges in its text; else empty.
    """

    system: str = ""
    exchanges: Sequence[Exchange] = ()
    prompt: str = ""


QWEN_HOST = "chat.qwen.ai"
"""The host of Qwen's web app."""

LOCAL = "api-"
"""Begins the ids of chats that no server keeps: their answers are in the bridge's own store alone."""


def is_local(chat_id: str) -> bool:
    """Tell whether no server keeps the chat with this id, so that its exchanges are looked up in the store."""
    return chat_id.startswith(LOCAL)


Moves = Callable[[], None]
"""Note that a question is on its way: that it does not wait for a place."""


def nothing() -> None:
    """Do nothing, where nobody wants to know."""


Look = Callable[[int], Awaitable[Earlier]]
"""Return the context of a question: its newest so many code points, and one exchange more.

A backend whose server keeps the tree of answers never calls it.
"""


class Lessons(Protocol):
    """Keeps what backends learn of servers, across restarts."""

    async def recall(self, server: str) -> list[Lesson]:
        """List what was learnt of a server's models."""

    async def learn(self, server: str, model: str, name: str, value: str) -> None:
        """Keep a lesson in place of the one of the same name; an empty value forgets that."""


class Backend(Protocol):
    """Answers questions. Its errors are bridge.errors.QwenError, named by what happens next."""

    @property
    def guest(self) -> bool:
        """Tell whether the server sees a guest, whose chats cannot be read again."""

    @property
    def label(self) -> str:
        """Return the sentence that says whose access is used, for /status; "" for nobody's."""

    @property
    def hosts(self) -> Sequence[str]:
        """List the hosts that questions go to, without ports, first the one that answered last.

        Empty where a stand-in on this machine answers, which only pretends to be Qwen.
        """

    @property
    def trouble(self) -> QwenError | None:
        """Return the error that a question would get without being asked, or None."""

    @property
    def need(self) -> OperatorNeeded | None:
        """Return what the operator has to do, or None; another backend may answer meanwhile.

        None, too, after an OperatorNeeded which may have been about one question alone.
        """

    def keeps(self, chat_id: str) -> bool:
        """Tell whether the server keeps this chat, so that the chat may be gone one day."""

    async def models(self) -> list[Model]:
        """List the models that may be chosen. Raises QwenError."""

    async def model(self, named: str = "") -> str:
        """Return the id of the model to ask: the named, else the operator's, else the first. Raises QwenError."""

    def ask(
        self,
        prompt: str,
        head: Head | None,
        options: Options = ...,
        files: Sequence[Attachment] = (),
        look: Look | None = None,
        moves: Moves = ...,
    ) -> AsyncGenerator[Event]:
        """Ask below `head`, or anew (None), and yield the answer's events, from Started to Finished.

        `files` go with the question. `look` returns its context, for a backend whose server keeps no tree of answers.
        `moves` is called when the limits let the question in, and whenever it waits for an earlier answer's end.
        Raises QwenError; ChatGone where the head is not, or no longer, one of this backend; Refused, with a sentence
        for the person, for files that it does not take. Closing the generator early stops the answer.
        """

    async def let_in(self, prompt: str, files: Sequence[Attachment], seconds: float) -> bool:
        """Wait until asking this may help again, after OperatorNeeded: True; or for so many seconds in vain: False."""

    async def delete(self, chat_id: str) -> bool:
        """Delete a chat from the server; False where it cannot be, and a copy stays there. Raises QwenError."""

    async def written(self, head: Head) -> list[Event]:
        """Return the events of an answer that the server wrote after the connection had ended.

        `head`: the answer's own. Raises QwenError; ChatGone where there is none.
        """

    async def picture(self, url: str) -> Attachment | None:
        """Fetch a picture that an answer of this backend shows; None where it is not its own, or cannot be had."""

    def stood_still(self) -> bool:
        """Note that an answer stood still before it began; tell whether another backend answers in its place now."""

    def leave(self) -> None:
        """Let the server finish answers whose generators are closed from now on: the bridge stops."""
