"""A stand-in Qwen that notes when each question came, and when its answer began and ended."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

from adapters.sandbox.qwen import ApiStandIn, Chat, Message, StandIn
from adapters.sandbox.qwen.answer_writer import AnswerWriter
from adapters.sandbox.qwen.api.wire import Asked, Frames
from adapters.sandbox.qwen.completions import Completions
from adapters.sandbox.qwen.scheduled_faults import ScheduledFault
from adapters.sandbox.qwen.stream import AnswerStream
from adapters.sandbox.qwen.wire import TOKEN, Question

TOKENS = 200
CHARACTERS = TOKENS * TOKEN

TOKENS_OF_FRAME = 4

TEXT = "an answer in words some **bold** some `code` as they come and then a few more of them so that it grows"


@dataclass(eq=False)
class Course:
    """What became of one question: moments of time.monotonic(), NaN until they are there."""

    prompt: str
    chat: int
    asked: float = math.nan
    reached: float = math.nan
    first_token: float = math.nan
    last_token: float = math.nan
    first_shown: float = math.nan
    last_shown: float = math.nan
    over: asyncio.Event = field(default_factory=asyncio.Event)


def ending(prompt: str) -> str:
    """How the answer to a question ends."""
    return f"That was {prompt}."


def asked(prompt: str) -> str:
    """The question without the name of who asks it, which the bridge puts before it where several people talk."""
    return prompt.rpartition(": ")[2]


def answer(prompt: str, _earlier: Sequence[Message] = ()) -> str:
    """An answer of CHARACTERS that begins and ends with its question."""
    prompt = asked(prompt)
    text = f"This is {prompt}:"
    for word in cycle(TEXT.split()):
        if len(text) + len(word) + len(ending(prompt)) + 2 > CHARACTERS:
            return f"{text.ljust(CHARACTERS - len(ending(prompt)) - 1, '.')} {ending(prompt)}"
        text += f" {word}"
    raise AssertionError


class _Clocked(asyncio.Queue[bytes | None]):
    """The frames of an answer; the second one is its first text."""

    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course = course
        self._frames = 0

    def put_nowait(self, item: bytes | None) -> None:
        if item is None:
            self._course.last_token = time.monotonic()
        elif self._frames == 1:
            self._course.first_token = time.monotonic()
        self._frames += 1
        super().put_nowait(item)


class _Completions(Completions):
    def __init__(self, state: "ClockedQwen") -> None:
        super().__init__(state)
        self._courses = state.courses

    def begin(self, chat: Chat, question: Question, attached: list[str], fault: ScheduledFault | None) -> AnswerWriter:
        course = self._courses[asked(question.text)]
        course.reached = time.monotonic()
        running = super().begin(chat, question, attached, fault)
        running.stream.frames = _Clocked(course)
        return running


class ClockedQwen(StandIn):
    """`courses` are the questions that may come, by their words."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.courses: dict[str, Course] = {}
        self.completions = _Completions(self)
        self.reply = answer

    @property
    def variables(self) -> dict[str, str]:
        """What the program is given to find it."""
        return {"QWEN_URL": self.url, "QWEN_UMIDTOKEN": "guest-device"}


class ClockedApi(ApiStandIn):
    """The same, as a server of the API."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.courses: dict[str, Course] = {}
        self.reply = answer

    @property
    def variables(self) -> dict[str, str]:
        """What the program is given to find it."""
        return {"QWEN_BACKEND": "api", "QWEN_API_URL": self.url}

    def answer_stream(self, frames: Frames, question: Asked, fault: ScheduledFault | None) -> AnswerStream:
        course = self.courses[asked(question.text)]
        course.reached = time.monotonic()
        stream = super().answer_stream(frames, question, fault)
        stream.frames = _Clocked(course)
        return stream
