"""Define the port of a platform: the protocols that an adapter implements, and the one by which it calls the bridge."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, runtime_checkable

from bridge.controls import Controls, Invocation, Press, Said
from bridge.incoming import Incoming
from bridge.model import Attachment, Author, ConversationKey, Turn

Complete = Callable[[], Awaitable[Incoming]]
"""Returns a message in the form to be recorded: see Intake.receive."""

Declined = Literal["denied", "full", "spent", "unasked"]
"""Why a message gets no answer: its author may not talk here, too many questions wait, no budget is left, or there is
nothing in it that can be asked."""


class Intake(Protocol):
    """The bridge as an adapter sees it: takes messages, edits, presses and commands."""

    async def receive(self, incoming: Incoming, complete: Complete | None = None) -> bool:
        """Record a message as a turn, so that it is answered exactly once.

        `complete`: returns the message with what costs something, as its files or a thread for it; called only where
        its author may talk and has questions left.

        Returns False if it was recorded before, or gets no reply. Once this returns, the message may be acknowledged to
        the platform: a restart answers it as well.
        """

    async def knows(self, key: ConversationKey) -> bool:
        """Tell whether a conversation has been held under this key."""

    async def conversation_of(self, key: ConversationKey, message: str) -> ConversationKey | None:
        """Return the key of the conversation in which a message of this channel asks or answers, or None."""

    async def begins(self, key: ConversationKey) -> bool:
        """Tell whether the next question under this key is the first: none was answered, and none waits."""

    async def admits(self, key: ConversationKey, author: Author) -> bool:
        """Tell whether this person may talk to the bot here, whether or not they have questions left."""

    async def seen(self, platform: str, channel: str = "") -> int | None:
        """Return the highest message id up to which a platform's messages were processed; None if there is none.

        With a `channel`: the highest id of a message that was forgotten there.
        """

    async def saw(self, platform: str, message: int) -> None:
        """Record that all messages of a platform up to this id were processed: those for the bot were received."""

    async def places(self, platform: str, most: int) -> list[ConversationKey]:
        """List the channels in which people talk to the bot, the most recently used first, at most `most` of them."""

    async def expects(self, key: ConversationKey, author: Author, group: str) -> bool:
        """Tell whether a question of this author and group still waits for further messages."""

    async def edited(self, incoming: Incoming, complete: Complete | None = None) -> None:
        """Take the new text of a message. If it is the last question, its answer is written anew.

        `complete` is as in receive(): called only where the message is the last question of somebody who may ask.
        """

    async def deleted(self, key: ConversationKey, messages: Sequence[str]) -> None:
        """Take note of deleted messages: the answers to those that were questions are stopped and removed."""

    async def said_again(self, key: ConversationKey, message: str, new: str) -> None:
        """Take note that a question stands in another message from now on, as its original was deleted for that."""

    async def renamed(self, platform: str, channel: str, new: str) -> None:
        """Give a channel its new id; the conversations in it continue under that."""

    async def passed_over(self, platform: str, channel: str, kind: str, error: str) -> None:
        """Take note of an update or event that could not be read or handled, for the operator to see.

        channel: where it is from; empty where that is not known. kind: the platform's name for it. error: the name of
        the error's class; never its words.
        """

    async def press(self, press: Press) -> Said:
        """Perform the action of a button, and return the reply for the person who pressed it; its text may be empty."""

    async def command(self, invocation: Invocation) -> Said:
        """Perform a command, and return the reply to it."""

    async def models(self, words: str = "") -> list[str]:
        """List the ids of the models that may be chosen and contain all words, those that begin with them first.

        Empty if Qwen does not list them.
        """


class Reply(Protocol):
    """Shows the answer to one turn on the platform. Opened from the turn alone, so that a restart can continue it."""

    @property
    def limit(self) -> int:
        """Return the capacity of one message, in the units of `measure`."""

    @property
    def most(self) -> int:
        """Return the most messages that show one answer.

        A longer answer is cut after so many chunks; its last message then has the whole as a file.
        """

    @property
    def begins_short(self) -> bool:
        """Tell whether a new message must be short at first.

        True where the platform does not recognise a repeated request: a message that a process was killed while sending
        stays visible, and cannot be found again.
        """

    def measure(self, markdown: str) -> int:
        """Return the size of this Markdown once it is rendered, in the platform's unit: code points or UTF-16 units."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """Return a context that shows a typing indicator until it is left. Never raises."""

    async def waiting(self, on: bool) -> bool:
        """Mark the question as waiting behind others (True), or remove the mark (False). Never raises.

        Returns False where the platform has no such mark or refused it, True where it is done or may be.
        """

    def permit(self, message: str | None, *, final: bool) -> AbstractAsyncContextManager[None]:
        """Return a context that is entered once the rate limits allow one `put` in this message (None: a new message).

        A `final` put goes before one that is not.
        """

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str | None:
        """Show a chunk of the answer in `message`, or in a new one (None); return the id of the message that shows it.

        Returns None for a preview, which vanishes when a message arrives or nothing follows within 30 seconds. If the
        message has been deleted, a new one takes its place. Raises ShowLater or CannotShow.

        markdown: the chunk; at most `limit` by `measure`.
        final: True if the chunk will not change any more.
        whole: the whole answer, attached as a Markdown file; given only for an answer of more than `most` chunks.
        controls: the buttons below the message; None for none.
        """

    async def sent(self) -> Sequence[str]:
        """List ids of messages that may belong to the answer but were not recorded, oldest first.

        They stand below the question, or below the last message that is known to show the answer. Called after a
        process was killed while it sent a message. Raises ShowLater or CannotShow.
        """

    async def drop(self, messages: Sequence[str]) -> None:
        """Delete messages that show an earlier attempt at the answer. Raises ShowLater or CannotShow."""


@runtime_checkable
class PictureReply(Protocol):
    """Extends Reply where a platform shows pictures; elsewhere people follow the links in the answer's text."""

    async def put_picture(
        self, picture: Attachment, message: str | None, *, description: str, controls: Controls | None = None
    ) -> str:
        """Show a picture in `message`, in place of what that shows, or in a new one (None); return the message's id.

        Another message may take the place of one that cannot be changed so. Raises ShowLater or CannotShow.

        description: what people are told who cannot see it; not empty.
        controls: the buttons below the message; None for none.
        """


class Adapter(AbstractAsyncContextManager["Adapter"], Protocol):
    """Connects one platform to the bridge.

    Entering the context logs in, so that `open` works from then on; it raises CannotStart where only the operator can
    help.
    """

    @property
    def platform(self) -> str:
        """Return the platform's name, as in this adapter's conversation keys; known once the context is entered."""

    async def listen(self, intake: Intake) -> None:
        """Pass all that is meant for the bot to `intake`, until cancelled or until the input ends."""

    async def tell(self, user: str, text: str) -> None:
        """Send a person a private message; `user` is the platform's id. Raises ShowLater or CannotShow."""

    async def decline(self, key: ConversationKey, message: str, why: Declined) -> None:
        """Mark a message that gets no answer, where its author was told the reason before. Never raises."""

    def open(self, turn: Turn) -> Reply:
        """Return the reply that shows the answer to this turn. Does no input or output."""
