"""What Qwen is asked: the question with all that belongs to it, as one text."""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Exchange, Turn

CARRIED_BYTES = 90_000
"""How large a question is at most with what is carried over from a lost chat: what Qwen takes, and some room."""


def asked(turn: Turn) -> str:
    """The question as Qwen reads it: below a standing instruction and what is quoted, and by whom it is asked."""
    parts = []
    if turn.system:
        parts.append(f"Standing instruction for this conversation, until another one is given:\n{turn.system}")
    if turn.quote:
        parts.append(_quoted(turn.quote))
    look = sentences.LOOK_AT if turn.quote else sentences.LOOK
    question = turn.prompt or translated(look, turn.author.language)
    parts.append(f"{turn.author.name}: {question}" if turn.shared else question)
    return "\n\n".join(parts)


def above(chain: Sequence[Exchange]) -> list[Exchange]:
    """What stands above a question, with what each of its questions was about."""
    return [replace(each, prompt=f"{_quoted(each.quote)}\n\n{each.prompt}") if each.quote else each for each in chain]


def _quoted(quote: str) -> str:
    author, _, text = quote.partition("\n")
    lines = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    return f"{author} wrote:\n{lines}" if author else lines


def carried_over(chain: Sequence[Exchange], prompt: str) -> tuple[str, bool]:
    """The question with the newest turns before it, as text: for a new chat in place of one that Qwen lost.

    And whether older ones had to be left out.
    """
    left_out = False
    kept: list[str] = []
    room = CARRIED_BYTES - _size(prompt)
    for exchange in reversed(above(chain)):
        if not (exchange.prompt or exchange.answer):
            break  # the operator does not keep words for so long
        text = f"User: {exchange.prompt}\n\nAssistant: {exchange.answer}"
        room -= _size(text)
        if room < 0:
            left_out = True
            break
        kept.insert(0, text)
    if not kept:
        return prompt, left_out
    earlier = "\n\n".join(kept)
    return f"Earlier in this conversation:\n\n{earlier}\n\n(End of the earlier conversation.)\n\n{prompt}", left_out


def _size(text: str) -> int:
    """The bytes that a text takes in a request."""
    return len(orjson.dumps(text))
