"""What is asked and answered: every word of an answer says whose it is, its place, and what Qwen saw before it."""

import random
import re
from collections.abc import Sequence

from adapters.sandbox.qwen.message_tree import Message

SEEN = 3
"""An answer names so many questions before its own."""

SIZES = (3, 30, 250, 900)
"""Words of an answer: from a few to several messages."""

NOISE = "noise"
"""Is said, and answered, where nobody looks at the answers."""

_QUESTION = re.compile(r"\bquestion (\d+)\b")
_WORD = re.compile(r"\bq(\d+)(?:w\d+|after\d+|first|end)\b")


def question(number: int) -> str:
    """What is asked."""
    return f"question {number}"


def questions(text: str) -> list[int]:
    """The numbers of the questions in a text, in their order; also in one that carries a conversation over."""
    return [int(number) for number in _QUESTION.findall(text)]


def reply(prompt: str, earlier: Sequence[Message]) -> str:
    """What the stand-in Qwen answers below this chain of messages."""
    chain = [number for message in earlier if message.role == "user" for number in questions(message.text)]
    if not questions(prompt):
        return NOISE
    *carried, number = questions(prompt)
    return " ".join(answer(number, [*chain, *carried]))


def answer(number: int, chain: Sequence[int]) -> list[str]:
    """The words of the answer to a question which is asked after those of the chain."""
    before = [f"after{other}" for other in chain[-SEEN:]] or ["first"]
    size = random.Random(number).choices(SIZES, (3, 4, 2, 1))[0]
    return [f"q{number}{word}" for word in (*before, *(f"w{place}" for place in range(size)), "end")]


def answered(text: str) -> list[int]:
    """Whose answers' words stand in a text."""
    return list(dict.fromkeys(int(number) for number in _WORD.findall(text)))
