"""Define the values that an adapter hands to the bridge: a message, with what it points at."""

from dataclasses import dataclass

from bridge.model import Attachment, Author, ConversationKey


@dataclass(frozen=True, slots=True)
class Quote:
    """Holds something that a question refers to and that people see: a message, a part of an answer, a thread's start.

    heading: the line above it, which says what it is ("Bob wrote:"); empty for none.
    text: its words, in Markdown.
    """

    heading: str
    text: str

    @property
    def block(self) -> str:
        """Return it as it stands above the question: the heading, and the text behind quote marks."""
        lines = [f"> {line}".rstrip() for line in self.text.splitlines()]
        return "\n".join([self.heading, *lines] if self.heading else lines)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Says how a thread began.

    channel, message: the platform's ids of the message that it may have been started on.
    quote: the title and that message, as people see them above the thread; None where the adapter knows neither.
    """

    channel: str
    message: str
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """Carries one message for the bot from an adapter to the bridge.

    key: the conversation that the message belongs to.
    message: the platform's id of the message.
    author: the person who sent it.
    text: the question for Qwen, without the mention of the bot.
    notice: the sentence of `sentences` that is the reply where Qwen cannot be asked (a voice message); empty otherwise.
    files: the attached files.
    shared: True if several people talk in this conversation.
    quotes: what the question refers to: messages that it replies to or forwards, a part of an answer.
    replied: the platform's id of the message that this one replies to, or empty; if that shows an answer of the bot,
        the question continues from that answer.
    begun_on: how the thread began, or None; the thread's first question continues from an answer that it was started
        on, and is told about any other beginning.
    group: messages of one author with the same group form one question; empty if the message stands alone.
    glue: the text that joins this message to the earlier ones of its group.
    wait: how long to wait for further messages of the group, in seconds.
    addressed: True if the bot was called explicitly, False if it only takes part in the conversation; in that case
        people who may not talk get no refusal.
    """

    key: ConversationKey
    message: str
    author: Author
    text: str
    notice: str = ""
    files: tuple[Attachment, ...] = ()
    shared: bool = False
    quotes: tuple[Quote, ...] = ()
    replied: str = ""
    begun_on: Beginning | None = None
    group: str = ""
    glue: str = "\n"
    wait: float = 0.0
    addressed: bool = True
