"""Define the values for button presses, commands and the replies to them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bridge.model import Attachment, Author, ConversationKey


@dataclass(frozen=True, slots=True)
class Controls:
    """Lists the buttons below an answer: Stop while it is written, afterwards Regenerate and the neighbouring versions.

    turn: the id of the turn that the message shows.
    running: True while the answer is written.
    versions: the ids of the turns that are complete versions of the answer, oldest first.
    left: True if the question was too old to be answered after a restart; the button then asks for a first answer.
    """

    turn: int
    running: bool = False
    versions: tuple[int, ...] = ()
    left: bool = False

    @property
    def before(self) -> int | None:
        """Return the turn that is the version before this one, or None."""
        return self._neighbour(-1)

    @property
    def after(self) -> int | None:
        """Return the turn that is the version after this one, or None."""
        return self._neighbour(1)

    @property
    def number(self) -> int:
        """Return the number of this version among all, from 1; 0 if it is none of them."""
        return self.versions.index(self.turn) + 1 if self.turn in self.versions else 0

    def _neighbour(self, step: int) -> int | None:
        index = self.number - 1 + step
        return self.versions[index] if self.number and 0 <= index < len(self.versions) else None


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a button.

    key: the conversation in which it was pressed.
    message: the platform's id of the message above the button.
    author: the person who pressed.
    action: the button: stop, regenerate ("again"), or show a version.
    turn: the turn's id in the button's data; may be forged.
    """

    key: ConversationKey
    message: str
    author: Author
    action: Literal["stop", "again", "show"]
    turn: int


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command that somebody typed.

    key: the conversation in which it was typed.
    author: the person who typed it.
    name: the command's name, without the slash.
    argument: the text that follows the name.
    shared: True if several people talk in this conversation.
    message: the platform's id of the message that the command is; empty where it was typed into no message.
    guide: for /help: how people talk with the bot in this place, in their language and in Markdown; the first sentences
        say how to ask, each further entry is an item of a list. Empty where there is nothing more to know.
    """

    key: ConversationKey
    author: Author
    name: str
    argument: str = ""
    shared: bool = False
    message: str = ""
    guide: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that stands for a command with an argument.

    label: the text on the button.
    command: the command's name, without the slash.
    argument: the argument of the command.
    beside: True if it stands beside the choice before it, where rows are the platform's choice.
    current: True if it is what holds now, which the platform marks.
    """

    label: str
    command: str
    argument: str
    beside: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """The reply of the bridge to a command or a press.

    text: the reply in the person's language; may be empty.
    private: True if only the person who acted should see it, where the platform can do that.
    choices: the buttons below it.
    files: the files that are sent with it.
    secret: True if nobody else may see it: it is sent in private or not at all.
    """

    text: str
    private: bool = True
    choices: tuple[Choice, ...] = ()
    files: tuple[Attachment, ...] = ()
    secret: bool = False


def shortened(argument: str) -> str:
    """Return what stands for the name of a model in a button that has no room for it; 17 ASCII characters."""
    return f"={hashlib.sha256(argument.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
