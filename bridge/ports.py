"""What an adapter brings: the two protocols that a platform implements, as small as they can be."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bridge.controls import Controls, Invocation, Press, Said
from bridge.model import Author, ConversationKey, Incoming, Turn


class Intake(Protocol):
    """What an adapter sees of the bridge."""

    async def receive(self, incoming: Incoming) -> bool:
        """Record a message as a turn, to be answered once. False when it was recorded before, or nothing is said to it.

        When this returns, the message may be acknowledged to the platform: it is answered whatever happens.
        """

    async def knows(self, key: ConversationKey) -> bool:
        """Whether anybody has talked to the bot in this place."""

    async def admits(self, key: ConversationKey, author: Author) -> bool:
        """Whether somebody may talk here; they may have no question left, though."""

    async def seen(self, platform: str, channel: str = "") -> int | None:
        """The message up to which all were looked at on a platform, or up to which all was forgotten in a channel."""

    async def saw(self, platform: str, message: int) -> None:
        """All messages of a platform up to this one were looked at, and those that were meant for the bot received."""

    async def places(self, platform: str, most: int) -> list[ConversationKey]:
        """The channels in which people talk to the bot, the latest first; at most so many."""

    async def expects(self, key: ConversationKey, author: Author, group: str) -> bool:
        """Whether a message of this author and group is more of a question that is still being gathered."""

    async def edited(self, incoming: Incoming) -> None:
        """A message that was recorded reads so now. Its answer is written anew, if nothing was asked since."""

    async def deleted(self, key: ConversationKey, messages: Sequence[str]) -> None:
        """These messages are gone; the answers to those that were questions stop, and go too."""

    async def renamed(self, platform: str, channel: str, new: str) -> None:
        """A channel has another id from now on; what was said in it goes on under that."""

    async def press(self, press: Press) -> Said:
        """Do what a button says. The text is for the one who pressed alone; it may be empty."""

    async def command(self, invocation: Invocation) -> Said:
        """Do what a command says."""

    async def models(self) -> list[str]:
        """The models that may be chosen; none where Qwen does not tell."""


class Reply(Protocol):
    """The place where the answer to one turn is shown, opened from the turn alone."""

    @property
    def limit(self) -> int:
        """How much one message holds, in the units of `measure`."""

    @property
    def most(self) -> int:
        """In how many messages an answer is shown at most; of a longer one its beginning, and the whole as a file."""

    @property
    def begins_short(self) -> bool:
        """Whether a new message is to show little at first: one of which a killed process never learnt stays."""

    def measure(self, markdown: str) -> int:
        """How much of a message this Markdown takes once it is rendered."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """Shows that an answer is on its way ("typing …") until it is left. Never raises."""

    async def waiting(self, on: bool) -> None:
        """Mark the question as one that waits behind others, or take the mark off. Never raises."""

    def permit(self, message: str | None, *, final: bool) -> AbstractAsyncContextManager[None]:
        """Entered when the platform allows one `put` in this message (None: a new one); final ones go first."""

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str | None:
        """Show a piece of the answer in `message`, or in a new one (None), and return the id of the message it is in.

        None is returned for a preview, which vanishes when a message comes or nothing comes for 30 seconds. A message
        that is not there any more is replaced by a new one. `final` pieces do not change any more. `whole` is the whole
        answer, for a Markdown file in the same message; it is given only where there are more pieces than `most`.
        `controls` are the buttons under it; without them there are none. Raises ShowLater or CannotShow.
        """

    async def sent(self) -> Sequence[str]:
        """Messages below the question, or below what is known to show the answer, that may belong to it, oldest first.

        It is asked where a process was killed while it sent one. Raises ShowLater or CannotShow.
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

    async def tell(self, user: str, text: str) -> None:
        """Say something to a person in private. Raises ShowLater or CannotShow."""

    def open(self, turn: Turn) -> Reply:
        """The place where this turn is answered. Does no input or output."""
