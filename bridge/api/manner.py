"""How a model is to be spoken to, as its server's answers have taught."""

from dataclasses import dataclass, field

import structlog

from bridge.api import wire
from bridge.api.reading import Reading
from bridge.api.wire import Asked, Json, Speech
from bridge.errors import QwenError, TooLong
from bridge.model import Options

log = structlog.get_logger(__name__)

LESS = 0.6
"""What is left of a question with what stands above it, where that was too long for the server."""

FIRST_TOKENS_OF_BYTE = 0.4
"""Before the server has told how it counts: more than any language takes."""

LEAST_TOKENS_OF_BYTE, MOST_TOKENS_OF_BYTE = 0.05, 1.0

MOST_CHANGE = 4.0
"""One answer changes the estimate at most so many times: a server may count wrongly once."""

SOME_MORE = 1.05


@dataclass(slots=True)
class Manner:
    """Of one model. `context`: how many tokens it takes at once, the answer included.

    `longest`: tokens of the longest question that was answered, by estimate.
    """

    context: int
    longest: float = 0.0
    speech: Speech = field(default_factory=Speech)
    begins_thinking: bool = False
    tokens_of_byte: float = FIRST_TOKENS_OF_BYTE

    @property
    def room(self) -> int:
        """Tokens that a question may have with what stands above it."""
        return self.context - wire.ANSWER_TOKENS

    @property
    def characters(self) -> int:
        """Code points of which no more can have room."""
        return int(self.room / self.tokens_of_byte)

    def misunderstood(self, parameter: str, spoken: Speech) -> bool:
        """The server did not take `parameter` (empty: it did not say which); False where no other way is left.

        Where another question has learnt it meanwhile there is nothing more to learn.
        """
        if spoken != self.speech:
            return True
        other = spoken.other(parameter)
        if other is None:
            return False
        if other.without - spoken.without:
            log.info(f"The API does not take {parameter}: it is left out from now on.")
        self.speech = other
        return True

    def may_be_too_long(self, request: Asked, error: QwenError) -> bool:
        """Whether it may help to leave more out; some servers fall silent where a question is too long."""
        return request.kept > 0 and (isinstance(error, TooLong) or request.tokens > self.longest)

    def less(self, request: Asked) -> int:
        """The room in which it is tried again."""
        return int(request.tokens * LESS)

    def took(self, request: Asked, room: int) -> None:
        """The server answered a question for which there was so much room."""
        self.longest = max(self.longest, request.tokens)
        if room < self.room:
            self.context = room + wire.ANSWER_TOKENS
            log.info("The model takes less at once than QWEN_API_CONTEXT says.", tokens=self.context)

    def learn(self, reading: Reading, request: Asked, options: Options, spoken: Speech) -> None:
        """What an answer tells: how the server counts, and whether it heard that it need not think."""
        self.begins_thinking = reading.splitter.unmarked
        if reading.usage.input_tokens and request.tokens > 0:
            change = min(MOST_CHANGE, max(1 / MOST_CHANGE, reading.usage.input_tokens / request.tokens))
            more = self.tokens_of_byte * change * SOME_MORE
            self.tokens_of_byte = min(MOST_TOKENS_OF_BYTE, max(LEAST_TOKENS_OF_BYTE, more))
        if reading.thought and not options.thinking:
            self.misunderstood("", spoken)


@dataclass(frozen=True, slots=True)
class Question:
    """One question on its way: what it says, to which model, and in which words."""

    chat_id: str
    model: str
    request: Asked
    options: Options
    manner: Manner
    speech: Speech

    def payload(self) -> Json:
        """The request's body."""
        return wire.completion(self.model, self.request.messages, self.options, self.speech)

    def learn(self, reading: Reading) -> None:
        """See Manner.learn."""
        self.manner.learn(reading, self.request, self.options, self.speech)
