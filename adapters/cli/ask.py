"""The command `qwen-bridge ask`: takes one question, with what is piped in, and writes its answer."""

import difflib
import sys
from collections.abc import Sequence
from contextlib import aclosing
from typing import BinaryIO

import click

from adapters.cli import composition
from adapters.cli.settings import Settings
from bridge import Attachment, CannotStart
from bridge.answer_events import Source, Sources, Text
from bridge.backends.base import Backend
from bridge.errors import ModelUnknown, QwenError
from bridge.model import Options
from bridge.streaming.answer_writer import listed

FROM_INPUT = "-"
"""Stands for a question that is read from standard input."""

NOTHING_ASKED = 'There is no question. Example: qwen-bridge ask "Why is the sky blue?"'
NOT_OFFERED = "Qwen does not offer the model {model}.{nearest} `qwen-bridge models` lists those that it does."


def composed(question: str, files: Sequence[Attachment], piped: bytes) -> tuple[str, list[Attachment]]:
    """Return the question with what was piped in below it as its context, and the files.

    For a question of FROM_INPUT, what was piped in is the question; what is no text is one more file. Raises
    CannotStart where nothing is asked.
    """
    attached = list(files)
    try:
        context = piped.decode().strip()
    except UnicodeDecodeError:
        context = ""
        attached.append(Attachment("standard-input", "", piped))
    asked = "" if question == FROM_INPUT else question.strip()
    if not (asked or (question == FROM_INPUT and context)):
        raise CannotStart(NOTHING_ASKED)
    return "\n\n".join(part for part in (asked, context) if part), attached


def piped_in() -> bytes:
    """Read standard input to its end where it is a pipe or a file; empty for a terminal, and where there is none."""
    source: BinaryIO | None = sys.stdin.buffer if sys.stdin else None
    return source.read() if source and not source.isatty() else b""


async def ask(settings: Settings, question: str, options: Options, files: Sequence[Attachment]) -> None:
    """Ask Qwen, and write its answer while it grows, then the pages that it read.

    Raises CannotStart where there is no credential, or Qwen does not offer the model of `options`; QwenError.
    """
    sources: list[Source] = []
    begun = False
    async with composition.backend(settings, trial=False) as qwen:
        try:
            async with aclosing(qwen.ask(question, None, options, files)) as events:
                async for event in events:
                    if isinstance(event, Text):
                        begun = True
                        click.echo(event.text, nl=False)
                    elif isinstance(event, Sources):
                        sources += event.sources
        except ModelUnknown:
            if not options.model:
                raise
            raise CannotStart(await _not_offered(qwen, options.model)) from None
        except QwenError:
            if begun:  # the error's message begins on a new line
                click.echo()
            raise
    click.echo(f"\n\n{listed(sources)}" if sources else "")


async def _not_offered(qwen: Backend, model: str) -> str:
    """Return the sentence about a mistyped model, with the nearest one that is offered."""
    try:
        offered = [each.id for each in await qwen.models()]
    except QwenError:
        offered = []
    close = difflib.get_close_matches(model, offered, n=1)
    return NOT_OFFERED.format(model=model, nearest=f" Did you mean {close[0]}?" if close else "")
