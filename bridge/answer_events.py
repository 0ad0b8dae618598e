"""Define the events of an answer, in the order in which a backend yields them: from Started to Finished."""

from dataclasses import dataclass

from bridge.model import Head


@dataclass(frozen=True, slots=True)
class Source:
    """A web page that Qwen read: its title and address. `number`: by which the answer cites it; 0 where it does not."""

    title: str
    url: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts the tokens that an answer cost; 0 where Qwen does not report them."""

    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """Qwen accepted the question and writes the answer `response_id` in the chat `chat_id`; both are Qwen's ids."""

    chat_id: str
    response_id: str


@dataclass(frozen=True, slots=True)
class Thought:
    """The next part of Qwen's reasoning, in Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Searching:
    """Qwen searches the web for `query`."""

    query: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The results of a web search; the same page may come again, also by another number."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that Qwen made: its address, and what was to be drawn, or "". It stands between the texts around it."""

    url: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """The next part of the answer, in Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Qwen finished the answer.

    head: where the next question continues from.
    usage: the tokens that the answer cost.
    left_out: True if the oldest turns did not fit into the request.
    cut_short: True if the answer reached Qwen's maximum length and could continue.
    damaged: True if something in the middle of the answer could not be read, so that words may be missing.
    unthought: True if thinking was asked for, and this model has never shown any.
    """

    head: Head
    usage: Usage = Usage()
    left_out: bool = False
    cut_short: bool = False
    damaged: bool = False
    unthought: bool = False


Event = Started | Thought | Searching | Sources | Picture | Text | Finished
"""An event of an answer, as a backend yields it."""
