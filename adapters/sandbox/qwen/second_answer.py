"""Another answer to the same question, which Qwen sometimes writes into the same stream."""

from adapters.sandbox.qwen.frames import Frames
from adapters.sandbox.qwen.message_tree import Chat, Message


class SecondAnswer:
    """Writes what the first answer says with its cases swapped. Each method gives the bytes of the frames it names."""

    def __init__(self, chat: Chat, message: Message, newline: str) -> None:
        self._message = message
        self._wire = Frames(chat, message, newline)

    def created(self) -> bytes:
        """Return the first frame of this answer."""
        return self._wire.created("1")

    def text(self, piece: str) -> bytes:
        """Return the frame beside that of a piece of the first answer."""
        self._message.draft += piece.swapcase()
        return self._wire.text(piece.swapcase())

    def finished(self) -> bytes:
        """Finish this answer, and return its last frame."""
        self._message.text, self._message.done = self._message.draft, True
        return self._wire.finished()
