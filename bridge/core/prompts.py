"""Compose the prompt for Qwen: the question with its instruction, its quote and what is carried over, as one text."""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Exchange, Turn

CARRIED_BYTES = 90_000
"""The size limit, in bytes of JSON, of a question with what is carried over: what Qwen accepts, less some reserve."""


def prompt_of(turn: Turn) -> str:
    """Return the prompt of a turn: standing instruction, quotes, question; with the asker's name, if any, if shared."""
    parts = []
    if turn.system:
        parts.append(f"Standing instruction for this conversation, until another one is given:\n{turn.system}")
    if turn.quote:
        parts.append(turn.quote)
    look = sentences.LOOK_AT if turn.quote else sentences.LOOK
    question = turn.prompt or translated(look, turn.author.language)
    parts.append(f"{turn.author.name}: {question}" if turn.shared and turn.author.name else question)
    return "\n\n".join(parts)


def with_quotes(chain: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges with each quote written into its prompt, as Qwen read it."""
    return [replace(each, prompt=f"{each.quote}\n\n{each.prompt}") if each.quote else each for each in chain]


def carried_over(chain: Sequence[Exchange], prompt: str) -> tuple[str, bool]:
    """Return the prompt for a new chat, below the newest exchanges of a lost one as text.

    Takes the exchanges oldest first, and carries over as many of the newest as fit into CARRIED_BYTES. Returns the
    prompt, and True if older exchanges were left out.
    """
    left_out = False
    kept: list[str] = []
    room = CARRIED_BYTES - _size(prompt)
    for exchange in reversed(with_quotes(chain)):
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
    """Return the size of a text in a request, in bytes of JSON."""
    return len(orjson.dumps(text))
