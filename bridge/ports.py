"""What an adapter brings: the two protocols that a platform implements, as small as they can be."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bridge.model import ConversationKey, Incoming, Turn


class Intake(Protocol):
    """What an adapter sees of the bridge."""

    async def receive(self, incoming: Incoming) -> bool:
        """Record a message as a turn, to be answered once. False when it was recorded before.

        When this returns, the message may be acknowledged to the platform: it is answered whatever happens.
        """

    async def knows(self, key: ConversationKey) -> bool:
        """Whether anybody has talked to the bot in this place."""

    async def begin_anew(self, key: ConversationKey) -> None:
        """Let the next question in this place open a new Qwen chat; what was said before is kept."""


class Reply(Protocol):
    """The place where the answer to one turn is shown, opened from the turn alone."""

    @property
    def limit(self) -> int:
        """How much one message holds, in the units of `measure`."""

    @property
    def most(self) -> int:
        """In how many messages an answer is shown at most; of a longer one its beginning, and the whole as a file."""

    def measure(self, markdown: str) -> int:
        """How much of a message this Markdown takes once it is rendered."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """Shows that an answer is on its way ("typing …") until it is left. Never raises."""

    def permit(self, message: str | None, *, final: bool) -> AbstractAsyncContextManager[None]:
        """Entered when the platform allows one `put` in this message (None: a new one); final ones go first."""

    async def put(self, markdown: str, message: str | None, *, final: bool, whole: str = "") -> str | None:
        """Show a piece of the answer in `message`, or in a new one (None), and return the id of the message it is in.

        None is returned for a preview, which vanishes when a message comes or nothing comes for 30 seconds. A message
        that is not there any more is replaced by a new one. `final` pieces do not change any more. `whole` is the whole
        answer, for a Markdown file in the same message; it is given only where there are more pieces than `most`.
        Raises ShowLater or CannotShow.
        """

    async def drop(self, messages: Sequence[str]) -> None:
        """Remove messages that show an earlier attempt. Raises ShowLater or CannotShow."""


class Adapter(AbstractAsyncContextManager["Adapter"], Protocol):
    """One platform. Entering logs in and lets `open` work; it raises CannotStart where only the operator can help."""

    @property
    def platform(self) -> str:
        """The name in the keys that this adapter mints."""

    async def listen(self, intake: Intake) -> None:
        """Hand over what is meant for the bot, until cancelled or until there is nothing more to come."""

    def open(self, turn: Turn) -> Reply:
        """The place where this turn is answered. Does no input or output."""
