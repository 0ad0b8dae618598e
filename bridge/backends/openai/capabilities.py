"""How a model is to be spoken to, and how much it takes: what the answers and refusals of its server have taught."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bridge.backends.base import Earlier
from bridge.backends.openai import wire
from bridge.backends.openai.failures import Misunderstood
from bridge.backends.openai.stream import OpenAIStream
from bridge.backends.openai.wire import Asked, Json, RequestDialect
from bridge.errors import CutOff, TooLong
from bridge.model import Options

log = structlog.get_logger(__name__)

LESS = 0.5
"""What is left of a question with what stands above it, where that was too long for the server."""

FIRST_TOKENS_OF_BYTE = 0.4
"""Before the server has told how it counts: more than any language takes."""

LEAST_TOKENS_OF_BYTE, MOST_TOKENS_OF_BYTE = 0.1, 1.0
SOME_MORE, SLOWLY = 1.05, 0.3
"""The estimate follows a higher count at once, a lower one by such a part."""

TELLING_BYTES = 2000
"""A shorter question says little of how a server counts: templates and hidden instructions weigh more."""

CUT_TOKENS_OF_BYTE = 0.15
"""No language takes so few: what was counted is not what was sent."""

SILENCE_BYTES = 8000
"""A shorter question is not what makes a server break off."""

TAKEN_SECONDS = 3600.0
"""After so long it is tried again whether a server takes more."""

UNHEEDED = 2
"""So many answers in a row with thoughts that nobody asked for: one alone may speak of them."""


@dataclass(slots=True)
class Capabilities:
    """Of one model. `context`: how many tokens it takes at once, the answer included, as far as the operator knows.

    What is learnt of its limit is counted in bytes, since how many tokens those are is only learnt as well.
    """

    context: int
    clock: Callable[[], float] = time.monotonic
    dialect: RequestDialect = field(default_factory=RequestDialect)
    tokens_of_byte: float = FIRST_TOKENS_OF_BYTE
    begun: set[bool] = field(default_factory=set)
    longest: int = 0
    _taken: float = math.inf
    _until: float = math.inf
    _most_tokens: int = 0
    _unheeded: int = 0
    _first_dialect: RequestDialect = field(default_factory=RequestDialect)
    _teachable: bool = True

    @property
    def room(self) -> float:
        """Bytes, and so at most as many code points, that a question may have with what stands above it."""
        known = (self.context - wire.ANSWER_TOKENS) / self.tokens_of_byte
        return min(known, self._taken) if self.clock() < self._until else known

    def learn(self, stream: OpenAIStream, question: "Question") -> None:
        """What an answer tells."""
        self._took(question)
        self._counted(stream.usage.input_tokens, question.request)
        self._heard(question, thought=stream.thought)
        (self.begun.add if stream.splitter.unmarked else self.begun.discard)(question.options.thinking)

    def _took(self, question: "Question") -> None:
        size = question.request.size
        self.longest = max(self.longest, size)
        if question.shortened:
            self._limit(question.room)
        elif size > self._taken:
            self._taken = math.inf

    def _limit(self, taken: float) -> None:
        self._taken, self._until = taken, self.clock() + TAKEN_SECONDS
        log.info("The model takes less at once than QWEN_API_CONTEXT says.", tokens=int(taken * self.tokens_of_byte))

    def _counted(self, tokens: int, request: Asked) -> None:
        """How many tokens the server says that a question had."""
        if not tokens or request.pictures or request.size < TELLING_BYTES:
            return
        found = tokens / request.size
        if found < CUT_TOKENS_OF_BYTE and tokens <= self._most_tokens * SOME_MORE:
            self._limit(self._most_tokens / self.tokens_of_byte)  # it has cut the rest off without a word
            return
        self._most_tokens = max(self._most_tokens, tokens)
        more = found * SOME_MORE - self.tokens_of_byte
        rate = self.tokens_of_byte + (more if more > 0 else more * SLOWLY)
        self.tokens_of_byte = min(MOST_TOKENS_OF_BYTE, max(LEAST_TOKENS_OF_BYTE, rate))

    def _heard(self, question: "Question", *, thought: bool) -> None:
        """Whether the server took the words, and heard in them that it need not think."""
        if question.dialect != question.first and self.dialect == question.first:
            self.dialect = self._first_dialect = question.dialect
            if left := question.dialect.without - question.first.without:
                log.info(f"The API does not take {', '.join(sorted(left))}: it is left out from now on.")
        if question.options.thinking or question.dialect != self.dialect or not self._teachable:
            return
        self._unheeded = self._unheeded + 1 if thought else 0
        if self._unheeded < UNHEEDED:
            return
        self._unheeded = 0
        other = self.dialect.other("")
        self._teachable = other is not None
        self.dialect = other or self._first_dialect  # where no words help, those that it took to begin with


class Question:
    """One question on its way: in which words, and with how much of what stands above it."""

    def __init__(
        self, chat_id: str, model: str, message: Json, earlier: Earlier, options: Options, capabilities: Capabilities
    ) -> None:
        self.chat_id = chat_id
        self.options = options
        self.capabilities = capabilities
        self.first = self.dialect = capabilities.dialect
        self.room = capabilities.room
        self.shortened = False
        self._model = model
        self._message = message
        self._earlier = earlier
        self.request = wire.asked(message, earlier, self.room)

    def payload(self) -> Json:
        """The request's body."""
        return wire.completion(self._model, self.request.messages, self.options, self.dialect)

    def put_otherwise(self, error: Exception) -> bool:
        """Whether another try may help, in other words or with less above it; then it is ready for that."""
        if isinstance(error, Misunderstood):
            other = self.dialect.other(error.parameter if error.parameter in self.payload() else "")
            self.dialect = other or self.dialect
            return other is not None
        if not self._may_be_too_long(error):
            return False
        self.room, self.shortened = self.request.size * LESS, True
        self.request = wire.asked(self._message, self._earlier, self.room)
        return True

    def learn(self, stream: OpenAIStream) -> None:
        """See Capabilities.learn."""
        self.capabilities.learn(stream, self)

    def _may_be_too_long(self, error: Exception) -> bool:
        """Some servers break off where a question is too long, and do not say so."""
        silent = isinstance(error, CutOff) and self.request.size > max(SILENCE_BYTES, self.capabilities.longest)
        return self.request.kept > 0 and (isinstance(error, TooLong) or silent)
