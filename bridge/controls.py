"""What people press and type, and what is said to it: pure values."""

from dataclasses import dataclass
from typing import Literal

from bridge.model import Attachment, Author, ConversationKey


@dataclass(frozen=True, slots=True)
class Controls:
    """The buttons under an answer: Stop while it runs, afterwards Regenerate, and the versions before and after it.

    `left`: there is no answer, since the question was too old; one that is pressed for is the first.
    """

    turn: int
    running: bool = False
    versions: tuple[int, ...] = ()
    left: bool = False

    @property
    def before(self) -> int | None:
        """The version before this one."""
        return self._beside(-1)

    @property
    def after(self) -> int | None:
        """The version after this one."""
        return self._beside(1)

    @property
    def number(self) -> int:
        """The place of this version among all, from 1; 0 where it is none of them."""
        return self.versions.index(self.turn) + 1 if self.turn in self.versions else 0

    def _beside(self, step: int) -> int | None:
        at = self.number - 1 + step
        return self.versions[at] if self.number and 0 <= at < len(self.versions) else None


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button under the answer in `message`. `turn` is what the button says, and may be forged."""

    key: ConversationKey
    message: str
    author: Author
    action: Literal["stop", "again", "show"]
    turn: int


@dataclass(frozen=True, slots=True)
class Invocation:
    """Somebody typed a command: its name without the slash, and what follows it."""

    key: ConversationKey
    author: Author
    name: str
    argument: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that types a command."""

    label: str
    command: str
    argument: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the bridge says to a command or a press. `private`: to the one who asked alone, where that is possible.

    `secret`: to them alone, or not at all.
    """

    text: str
    private: bool = True
    choices: tuple[Choice, ...] = ()
    files: tuple[Attachment, ...] = ()
    secret: bool = False
