"""Define the values that the whole bridge shares; they know nothing of storage, wire formats or platforms."""

from dataclasses import dataclass, field, replace
from typing import Literal

State = Literal["waiting", "settled", "shown"]
"""The state of a turn: waits for its answer; settled, as its outcome is stored; shown to the person as a whole."""


OF_QUESTION = "question:"
"""Begins ConversationKey.thread of a conversation that a question in a channel began. Stored: it must not change."""


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Identifies a conversation by the place where people hold it.

    platform: the name of the adapter's platform ("discord", "telegram", "terminal").
    channel: the adapter's id of the channel or chat; opaque to everybody else.
    thread: the adapter's id of a conversation inside the channel, or empty; opaque to everybody else.
    """

    platform: str
    channel: str
    thread: str = ""

    def of_question(self, message: str) -> "ConversationKey":
        """Return the key of the conversation that a question in this channel begins, beside others there."""
        return replace(self, thread=f"{OF_QUESTION}{message}")

    @property
    def place(self) -> "ConversationKey":
        """Return the key whose options count: that of the channel, where a question there began the conversation."""
        return replace(self, thread="") if self.thread.startswith(OF_QUESTION) else self


@dataclass(frozen=True, slots=True)
class Author:
    """Describes the person who sends a message, as the platform reports them.

    id: the platform's id of the person.
    name: the name that people see.
    language: the person's language as the platform names it ("de", "zh-CN"), or empty.
    admin: True if they may manage this channel, or the operator named them an admin.
    groups: their memberships here, in the words of ALLOW and DENY without the platform: "guild:456", "role:789",
        "channel:1" on Discord (in a thread its parent's too), "chat:-100" on Telegram; see bridge.Kinds.
    """

    id: str
    name: str
    language: str = field(default="", compare=False)
    admin: bool = field(default=False, compare=False)
    groups: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """Holds a file that a person attached, or that the bridge sends.

    name: the file name as the platform reports it; may be wrong.
    content_type: the media type as the platform reports it; may be wrong.
    data: the content, in bytes.
    """

    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """Points to an answer in a Qwen chat that the next question continues from.

    chat_id: Qwen's id of the chat.
    parent_id: the `response_id` of the answer; Qwen's API calls it the parent of the next message.
    """

    chat_id: str
    parent_id: str


@dataclass(frozen=True, slots=True)
class Choices:
    """Holds the options that people chose for a conversation.

    model: Qwen's id of the model; empty for the operator's.
    thinking: whether Qwen thinks before it answers; None for the operator's setting.
    search: whether Qwen searches the web; None for the operator's setting.
    """

    model: str = ""
    thinking: bool | None = None
    search: bool | None = None

    def over(self, usual: "Options") -> "Options":
        """Return the operator's options, overridden by these choices where people made any."""
        return replace(
            usual,
            model=self.model or usual.model,
            thinking=usual.thinking if self.thinking is None else self.thinking,
            search=usual.search if self.search is None else self.search,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer; stored as a row before the message is acknowledged to the platform.

    id: the number of the turn; rises, and is never used again.
    conversation: the number of its conversation.
    key: identifies the conversation, and names its channel.
    epoch: the conversation's epoch when the question was asked; /new raises it, and turns of an older epoch no longer
        move the conversation's head; negative if the turn asks nothing and only holds a notice.
    state: waiting, settled or shown; see State.
    question: the platform's id of the (first) message that asks.
    author: the person who asked.
    prompt: the text of the question; empty for files alone.
    parent: the id of the turn that this one continues from; None for the first of a conversation.
    head: the answer in Qwen's chat that this question continues from; None opens a new chat.
    answer: the answer in Markdown, as far as Qwen wrote it.
    notice: a sentence of the bridge, shown below the answer or in its place.
    thought: Qwen's reasoning in Markdown, if it is to be shown.
    shown: the platform's ids of the messages that show the answer, in order.
    files: the files of the question; kept until a later question is answered.
    origin: the id of the turn that is the first version of this answer; often its own.
    shared: True if several people talk in this conversation.
    quote: what the question refers to, as it stands above the question: see Quote.block; empty for nothing.
    choices: the options that people chose for the conversation.
    system: the standing instruction of the conversation; empty if Qwen knows it already.
    told: how often the standing instruction had changed by then.
    asked_at: when the question arrived, in seconds since 1970.
    begun: the answer that Qwen was writing when an earlier process was killed, or None.
    sending: the index, from 0, of the chunk that an earlier process was sending when it was killed, or None.
    claim: the number of the claim under which a process runs it; each claim has a higher one.
    marked: True if the platform shows that the question waits, or may show it.
    """

    id: int
    conversation: int
    key: ConversationKey
    epoch: int
    state: State
    question: str
    author: Author
    prompt: str
    parent: int | None = None
    head: Head | None = None
    answer: str = ""
    notice: str = ""
    thought: str = ""
    shown: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()
    origin: int = 0
    shared: bool = False
    quote: str = ""
    choices: Choices = Choices()
    system: str = ""
    told: int = 0
    asked_at: float = 0.0
    begun: Head | None = None
    sending: int | None = None
    claim: int = 0
    marked: bool = False

    @property
    def is_notice(self) -> bool:
        """Tell whether it only holds a sentence of the bridge, which waits for no answer."""
        return self.state == "settled" and not self.answer

    @property
    def empty(self) -> bool:
        """Tell whether it waits for an answer, and there is nothing to ask: no words, file or quote."""
        return self.state == "waiting" and not (self.prompt or self.files or self.quote)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Describes a conversation with Qwen as it is stored.

    id: its number in the store.
    key: the place where people hold it.
    head: the id of the turn that the next question continues from, or None.
    choices: the options that people chose.
    system: the standing instruction, or empty.
    trouble: the notice of the last turn if that failed, or empty.
    waiting: how many turns are not shown yet.
    """

    id: int
    key: ConversationKey
    head: int | None
    choices: Choices
    system: str
    trouble: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Describes how a turn ended.

    answer: the answer in Markdown, as far as Qwen wrote it.
    notice: a sentence of the bridge, shown below the answer or in its place.
    head: where the next question continues from; only an answer that Qwen finished has one.
    thought: Qwen's reasoning in Markdown, if it is to be shown.
    """

    answer: str
    notice: str = ""
    head: Head | None = None
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question with its answer, for a transcript or to be carried over into a new chat.

    prompt: the text of the question.
    answer: the answer in Markdown.
    author: the name of the person who asked.
    asked_at: when it was asked, in seconds since 1970.
    quote: what the question refers to, as it stood above the question; see Quote.block.
    """

    prompt: str
    answer: str
    author: str = ""
    asked_at: float = 0.0
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """Sets how a question is asked.

    model: Qwen's id of the model; empty for the operator's, or else the first that Qwen offers.
    thinking: True if Qwen is to think before it answers.
    search: True if Qwen may search the web.
    thought: True if Qwen's reasoning is shown above the answer.
    thinking_budget: the most tokens that Qwen may spend on thinking; 0 for no limit.
    """

    model: str = ""
    thinking: bool = False
    search: bool = False
    thought: bool = False
    thinking_budget: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """Holds what was learnt of a model: its `name` and `value`, as the backend names them.

    server: names the server without any secret. model: the server's id of it. at: when it was learnt, in seconds since
    1970.
    """

    server: str
    model: str
    name: str
    value: str
    at: float


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Describes what a platform sent and could not be read or handled: see Intake.passed_over.

    at: when that was, in seconds since 1970.
    """

    platform: str
    channel: str
    kind: str
    error: str
    at: float


@dataclass(frozen=True, slots=True)
class Model:
    """Describes a model that Qwen lists.

    id: Qwen's id of the model.
    name: the name that people see.
    active: True if it can be chosen.
    guests: True if it is offered without a login.
    """

    id: str
    name: str
    active: bool
    guests: bool
