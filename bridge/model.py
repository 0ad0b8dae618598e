"""The nouns of the bridge: pure values that know nothing of storage, wire or platform."""

from dataclasses import dataclass, field, replace
from typing import Literal

State = Literal["waiting", "settled", "shown"]
"""A turn waits for its answer; is settled when the outcome is known; is shown when the person has seen it whole."""


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Where a conversation lives. Adapters mint it; for everybody else `channel` and `thread` are opaque."""

    platform: str
    channel: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks: the platform's id and the name that people see.

    `language`: as the platform names it ("de", "zh-CN"), or empty. `admin`: whether they may manage this place.
    `groups`: what they are part of here, as the operator names it in ALLOW and DENY without the platform: "guild:456",
    "role:789", "channel:1" on Discord (in a thread its parent's too), "chat:-100" on Telegram. See bridge.Kinds.
    """

    id: str
    name: str
    language: str = field(default="", compare=False)
    admin: bool = field(default=False, compare=False)
    groups: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as a person attached it: `name` and `content_type` are what the platform says, and may be wrong."""

    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody wrote, that a question is about."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that is meant for the bot, as an adapter hands it over.

    `text` is what Qwen is asked, with the mention taken off. Where it cannot be asked (a voice message), `notice` is
    the one sentence of `sentences` that is answered instead, and Qwen is left alone. `shared`: several people talk
    here. `replied` is the message that this one replies to: where that is an answer of the bot, the question hangs on
    it. `begun_on`: the message that a thread was begun on, and the channel it stands in; the thread goes on from there.
    Messages of one author and one `group` are one question; more of them are waited for during `wait` seconds.
    `addressed`: the bot is called, as against taken to be meant since it takes part: then those who may not talk are
    told nothing.
    """

    key: ConversationKey
    message: str
    author: Author
    text: str
    notice: str = ""
    files: tuple[Attachment, ...] = ()
    shared: bool = False
    quote: Quote | None = None
    replied: str = ""
    begun_on: tuple[str, str] | None = None
    group: str = ""
    glue: str = "\n"
    wait: float = 0.0
    addressed: bool = True


@dataclass(frozen=True, slots=True)
class Head:
    """The point of a Qwen chat that the next message hangs on: its `parent_id` is the last answer's `response_id`."""

    chat_id: str
    parent_id: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What people chose for a conversation; empty or None where they left it to the operator."""

    model: str = ""
    thinking: bool | None = None
    search: bool | None = None

    def over(self, usual: "Options") -> "Options":
        """Return the operator's options with these choices in their place, where people made any."""
        return replace(
            usual,
            model=self.model or usual.model,
            thinking=usual.thinking if self.thinking is None else self.thinking,
            search=usual.search if self.search is None else self.search,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer: a row, from the moment the message is acknowledged to the platform.

    `question` is the platform's id of the asking message, `shown` are the ids of the messages that show the answer, in
    order. `head` is where the question hangs in Qwen's tree (None opens a new chat). `notice` is a sentence of the
    bridge's own, shown after the answer or in its place, `thought` what Qwen thought, where it is to be shown. `files`
    are kept until another question is answered. `origin` is the first version of this answer; `choices` are those of
    the conversation; `system` is its standing instruction where Qwen does not know it yet, `told` how often it has
    changed. `asked_at`: seconds since 1970. Of an earlier process that did not live to know more: `begun` is where Qwen
    was writing the answer, `sending` the place of a message that may have arrived.
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


@dataclass(frozen=True, slots=True)
class Conversation:
    """A place where people talk with Qwen. `waiting`: how many questions are not answered yet."""

    id: int
    key: ConversationKey
    head: int | None
    choices: Choices
    system: str
    trouble: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended. Only an answer that Qwen finished has a `head` for the next turn to hang on."""

    answer: str
    notice: str = ""
    head: Head | None = None
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question and its answer, as they are carried over into a new chat. `asked_at`: seconds since 1970.

    `quote`: what the question was about, below a line that says whose words they are.
    """

    prompt: str
    answer: str
    author: str = ""
    asked_at: float = 0.0
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """How a question is asked. An empty `model` is the one that the operator chose, or the first that Qwen offers.

    `thought`: whether what Qwen thinks is shown with the answer. `thinking_budget`: for how many tokens it may think;
    0: as many as it likes.
    """

    model: str = ""
    thinking: bool = False
    search: bool = False
    thought: bool = False
    thinking_budget: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """A model that Qwen lists. `guests`: offered without a login. `active`: can be chosen at all."""

    id: str
    name: str
    active: bool
    guests: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A page that Qwen read."""

    title: str
    url: str


# The events of an answer, in the order in which Qwen sends them.


@dataclass(frozen=True, slots=True)
class Started:
    """Qwen took the question; the answer being written has this address."""

    chat_id: str
    response_id: str


@dataclass(frozen=True, slots=True)
class Thought:
    """The next piece of what Qwen thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Searching:
    """Qwen looks something up."""

    query: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What a search found; the answer refers to them by number, the first of all of its sources being 1."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the answer's Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, in tokens; 0 where Qwen does not say."""

    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is whole; the next question hangs on `head`. `left_out`: the oldest turns had no room.

    `cut_short`: the answer is as long as Qwen's answers may be, and could go on.
    """

    head: Head
    usage: Usage = Usage()
    left_out: bool = False
    cut_short: bool = False


Event = Started | Thought | Searching | Sources | Text | Finished
