"""How a model is to be spoken to, as its server's answers have taught."""

import math
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
    """Of one model. `context`: how many tokens it takes at once, the answer included, as far as the operator knows.

    `taken`: the room in which a question was answered after more was refused; `longest`: the longest question that was
    answered. Both are counted as the bridge counts.
    """

    context: int
    speech: Speech = field(default_factory=Speech)
    begins_thinking: bool = False
    tokens_of_byte: float = FIRST_TOKENS_OF_BYTE
    taken: float = math.inf
    longest: float = 0.0

    @property
    def room(self) -> float:
        """Tokens that a question may have with what stands above it."""
        return min(self.context - wire.ANSWER_TOKENS, self.taken)

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
        """Whether it may help to leave more out; some servers break off where a question is too long."""
        return request.kept > 0 and (isinstance(error, TooLong) or request.tokens > self.longest)

    def learn(self, reading: Reading, question: "Question") -> None:
        """What an answer tells: how much the server takes and how it counts, and whether it heard not to think."""
        self.longest = max(self.longest, question.request.tokens)
        if question.room < self.room:
            self.taken = question.room
            log.info("The model takes less at once than QWEN_API_CONTEXT says.", tokens=int(self.taken))
        if reading.usage.input_tokens:
            self._count(reading.usage.input_tokens / question.request.tokens)
        self.begins_thinking = reading.splitter.unmarked
        if reading.thought and not question.options.thinking:
            self.misunderstood("", question.speech)

    def _count(self, ratio: float) -> None:
        """The server counted so many times what the bridge did: from now on so does the bridge, what it knows too."""
        before = self.tokens_of_byte
        more = before * min(MOST_CHANGE, max(1 / MOST_CHANGE, ratio)) * SOME_MORE
        self.tokens_of_byte = min(MOST_TOKENS_OF_BYTE, max(LEAST_TOKENS_OF_BYTE, more))
        self.taken *= self.tokens_of_byte / before
        self.longest *= self.tokens_of_byte / before


@dataclass(frozen=True, slots=True)
class Question:
    """One question on its way: what it says in how much room, to which model, and in which words."""

    chat_id: str
    model: str
    request: Asked
    room: float
    options: Options
    manner: Manner
    speech: Speech

    @property
    def less(self) -> float:
        """The room in which it is tried again."""
        return self.request.tokens * LESS

    def payload(self) -> Json:
        """The request's body."""
        return wire.completion(self.model, self.request.messages, self.options, self.speech)

    def learn(self, reading: Reading) -> None:
        """See Manner.learn."""
        self.manner.learn(reading, self)
