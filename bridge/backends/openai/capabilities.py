"""Learns from a server's answers and refusals which parameters a model takes, and how long a request may be."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bridge.backends.base import Earlier
from bridge.backends.openai import wire
from bridge.backends.openai.dialects import LESSON_SECONDS, USUAL, Dialects
from bridge.backends.openai.refusal_kinds import INVALID, Misunderstood
from bridge.backends.openai.stream import OpenAIStream
from bridge.backends.openai.wire import FittedRequest, Json
from bridge.errors import ApiMisled, CutOff, Empty, Fault, NoPictures, Refused, TooLong
from bridge.model import Options

log = structlog.get_logger(__name__)

LESS = 0.5
"""Keeps this part of a request with its context, where that was too long and the server does not say how much fits."""

OF_WHAT_FITS = 0.95
"""Keeps this part of what fits by the server's own numbers: they also count its template."""

FIRST_TOKENS_OF_BYTE = 0.4
"""Starts the estimate, before the server has told how it counts: more than any language takes."""

LEAST_TOKENS_OF_BYTE, MOST_TOKENS_OF_BYTE = 0.1, 1.0
"""Bound the estimate."""

SOME_MORE, SLOWLY = 1.05, 0.3
"""Adjust the estimate: to a higher count, times SOME_MORE, at once; to a lower one by SLOWLY of the difference."""

TELLING_BYTES = 2000
"""Limits what is learnt of: in a shorter request, templates and hidden instructions weigh more than the text."""

CUT_TOKENS_OF_BYTE = 0.15
"""Marks a count that is too low for any language: the server has cut off part of the request."""

SILENCE_BYTES = 8000
"""Limits what is taken for too long without the server saying so: a shorter request is no reason to break off."""

TAKEN_SECONDS = 3600.0
"""Limits how long a learnt limit holds; then it is tried again whether the server takes more, or pictures."""

UNENDED = 2
"""Counts how many whole-looking answers without a mark of their end show that a server sends none."""

DIALECT_ERRORS = (Refused, Misunderstood, Empty, ApiMisled)
"""Lists the errors, without their kinds, that the wording of a request may cause."""

TRIAL_ERRORS = (*DIALECT_ERRORS, Fault, CutOff)
"""Lists those that end the trial of a dialect."""


@dataclass(slots=True)
class Capabilities:
    """Knows what one model takes.

    `context`: how many tokens it takes at once, the answer included, as the operator says. `clock` returns seconds.
    `dialects`: how requests are worded. `tokens_of_byte`: the estimate of how the server counts. `begun`: for which
    values of Options.thinking it begins to think without <think>. `thinks`: whether it has ever shown thinking.
    `longest`: the bytes of the longest request that was answered. `unended`: how many answers in a row had no mark of
    their end. A learnt limit is kept in bytes, since how many tokens those are is only an estimate.
    """

    context: int
    clock: Callable[[], float] = time.monotonic
    tokens_of_byte: float = FIRST_TOKENS_OF_BYTE
    begun: set[bool] = field(default_factory=set)
    thinks: bool = False
    longest: int = 0
    unended: int = 0
    _blind_until: float = -math.inf
    _taken: float = math.inf
    _until: float = math.inf
    _most_tokens: int = 0
    dialects: Dialects = field(init=False)

    def __post_init__(self) -> None:
        self.dialects = Dialects(self.clock)

    @property
    def room(self) -> float:
        """Return how many bytes, so at most how many code points, a question may have with its context."""
        known = (self.context - wire.ANSWER_TOKENS) / self.tokens_of_byte
        return min(known, self._taken) if self.clock() < self._until else known

    @property
    def blind(self) -> bool:
        """Tell whether the model has lately refused pictures because it sees none."""
        return self.clock() < self._blind_until

    def learn_blind(self) -> None:
        """Learn that the model sees no pictures."""
        self._blind_until = self.clock() + TAKEN_SECONDS

    def learn(self, stream: OpenAIStream, request: "PreparedRequest") -> None:
        """Learn from a whole answer: the limit, how tokens are counted, the dialect, and how thinking begins."""
        self._learn_length(request)
        self._learn_count(stream.usage.input_tokens, request.fitted)
        self.thinks = self.thinks or stream.thought or stream.splitter.unmarked
        if stream.misplaced and self.dialects.is_trial(request.dialect):
            self.dialects.take_back()
        else:
            thought = None if request.options.thinking else stream.thought
            self.dialects.learn(request.first, request.dialect, thought=thought)
        (self.begun.add if stream.splitter.unmarked else self.begun.discard)(request.options.thinking)

    def _learn_length(self, request: "PreparedRequest") -> None:
        size = request.fitted.size
        self.longest = max(self.longest, size)
        if request.shortened:
            self._limit(request.room)
        elif size > self._taken:
            self._taken = math.inf

    def _limit(self, taken: float) -> None:
        self._taken, self._until = taken, self.clock() + TAKEN_SECONDS
        log.info("The model takes less at once than QWEN_API_CONTEXT says.", tokens=int(taken * self.tokens_of_byte))

    def _learn_count(self, tokens: int, request: FittedRequest) -> None:
        """Adjust the estimate by how many tokens the server says that a request had."""
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

    def is_whole(self, stream: OpenAIStream, *, orderly: bool) -> bool:
        """Tell whether an answer has come to its end; learn whether this server marks the ends of its answers.

        `orderly`: whether the connection closed as HTTP wants it, which is all that some servers have for an end.
        """
        if not stream.unmarked:
            self.unended = 0 if stream.finished else self.unended
            return stream.finished
        self.unended += orderly
        return orderly and self.unended >= UNENDED

    def lessons(self) -> dict[str, str]:
        """Return what was learnt and is worth keeping, by its name."""
        begun = " ".join(("plain", "thinking")[on] for on in sorted(self.begun))
        found = {"begun": begun, "ends": "unmarked" if self.unended >= UNENDED else ""}
        if self._taken < math.inf and self.clock() < self._until:
            found["limit"] = str(int(self._taken))
        if self.blind:
            found["pictures"] = "refused"
        return self.dialects.lessons() | {name: value for name, value in found.items() if value}

    def recall(self, lessons: Mapping[str, str], ages: Mapping[str, float]) -> None:
        """Take up what `lessons` returned; `ages`: how long ago each was learnt, in seconds."""
        held = {name: value for name, value in lessons.items() if ages[name] < LESSON_SECONDS}
        self.dialects.recall(held, max((ages[name] for name in held), default=0.0))
        self.begun = {on for on in (False, True) if ("plain", "thinking")[on] in held.get("begun", "").split()}
        self.unended = UNENDED if "ends" in held else 0
        if (limit := held.get("limit", "")).isdecimal():
            self._taken, self._until = float(limit), self.clock() + TAKEN_SECONDS - ages["limit"]
        if "pictures" in held:
            self._blind_until = self.clock() + TAKEN_SECONDS - ages["pictures"]


class PreparedRequest:
    """Prepares the request for one question: its dialect, and as much of its context as the model takes.

    `first`: the dialect of its first try. `room`: how many bytes it may have; `shortened`: whether the server made that
    less. `fitted`: its messages. `model`: the id of the model.
    """

    def __init__(
        self, chat_id: str, model: str, message: Json, earlier: Earlier, options: Options, capabilities: Capabilities
    ) -> None:
        self.chat_id = chat_id
        self.options = options
        self.capabilities = capabilities
        self.first = self.dialect = capabilities.dialects.first(thinking=options.thinking)
        self.room = capabilities.room
        self.shortened = False
        self.model = model
        self._message = message
        self._earlier = earlier
        self.fitted = wire.fitted(message, earlier, self.room)

    def payload(self) -> Json:
        """Return the request's body."""
        return wire.completion(self.model, self.fitted.messages, self.options, self.dialect)

    def adjust(self, error: Exception) -> bool:
        """Change the dialect, or shorten the context, by what an error says; False where no other try may help.

        Raises Refused for a refusal of pictures where the question has none.
        """
        if self.on_trial and type(error) in TRIAL_ERRORS:
            self.capabilities.dialects.take_back()
            self.dialect = self.capabilities.dialects.usual
            return True
        if self._may_be_outdated and type(error) in DIALECT_ERRORS:
            self.dialect = USUAL
            return True
        match error:
            case Misunderstood():
                return self._reword(error.parameter) or self._ask_alone()
            case NoPictures() if self.fitted.pictures:
                self.capabilities.learn_blind()
            case NoPictures():
                if not self._ask_alone():
                    raise Refused(remedy=INVALID) from error
                return True
            case TooLong() if self.fitted.kept:
                self._shorten(error.fits * OF_WHAT_FITS if not self.shortened else 0.0)
                return True
            case CutOff() if self.fitted.kept and self._is_long:
                self._shorten(0.0)
                return True
            case Refused() | ApiMisled() if type(error) in (Refused, ApiMisled):  # in words that nobody knows
                return self._ask_alone()
        return False

    def learn(self, stream: OpenAIStream) -> None:
        """See Capabilities.learn."""
        self.capabilities.learn(stream, self)

    def _reword(self, parameter: str) -> bool:
        """Word the request without a parameter that was refused, where there is another way to."""
        sent = self.payload()
        if parameter == "thinking_budget" and self.options.thinking and parameter not in sent:
            other = self.dialect.with_budget() or self.dialect.other("") or self.dialect.barest
        else:
            other = self.dialect.other(parameter if parameter in sent else "") or self.dialect.barest
        reworded = other != self.dialect
        self.dialect = other
        return reworded

    def _shorten(self, share: float) -> None:
        """Keep this share of the request, or LESS of it for 0.0: at least the oldest exchange is left out."""
        self.room, self.shortened = self.fitted.size * (share or LESS), True
        self.fitted = wire.fitted(self._message, self._earlier, self.room)

    def _ask_alone(self) -> bool:
        """Leave out everything above the question, once.

        A request that is longer than all that were answered may have been too long: if this helps, only as much as the
        longest of those, or LESS of this one, is asked from now on.
        """
        if not self.fitted.kept:
            return False
        if self._is_long:
            self.room, self.shortened = max(self.capabilities.longest, self.fitted.size * LESS), True
        self.fitted = wire.fitted(self._message, self._earlier, 0.0)
        return True

    @property
    def on_trial(self) -> bool:
        """Tell whether the request is asked in a dialect that is on trial, whose failure is not the question's."""
        return not self.options.thinking and self.capabilities.dialects.is_trial(self.dialect)

    @property
    def _may_be_outdated(self) -> bool:
        """Tell whether the dialect was learnt before, so that the server may have changed since."""
        return self.dialect == self.first != USUAL

    @property
    def _is_long(self) -> bool:
        """Tell whether a server may break it off for its length: some do without saying why."""
        return self.fitted.size > max(SILENCE_BYTES, self.capabilities.longest)
