"""The command `qwen-bridge ask`: takes one question, with what is piped in, and writes its answer."""

import difflib
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import BinaryIO

import click

from adapters.cli import composition
from adapters.cli.settings import Settings
from bridge import Attachment, CannotStart
from bridge.answer_events import Event, Finished, Picture, Sources, Text
from bridge.backends.base import Backend
from bridge.errors import ModelUnknown, QwenError
from bridge.i18n import sentences
from bridge.model import Options
from bridge.streaming.citations import Citations
from bridge.streaming.pictures import illustrated

FROM_INPUT = "-"
"""Stands for a question that is read from standard input."""

NOTHING_ASKED = 'There is no question. Example: qwen-bridge ask "Why is the sky blue?"'
NOT_OFFERED = "Qwen doesn't offer a model called {model}.{nearest} `qwen-bridge models` lists those it offers."

NOTICES = {
    "cut_short": sentences.CUT_SHORT,
    "damaged": sentences.DAMAGED,
    "unthought": sentences.UNTHOUGHT,
}
"""Maps what is said of an answer at its end to the sentence for who asked."""


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
    async with composition.backend(settings, trial=False) as qwen:
        try:
            await _write(qwen.ask(question, None, options, files))
        except ModelUnknown:
            if not options.model:
                raise
            raise CannotStart(await _not_offered(qwen, options.model)) from None


async def _write(answer: AsyncGenerator[Event]) -> None:
    """Write an answer to the output as its events come, and what is said of it to standard error."""
    citations = Citations()
    notices: list[str] = []
    begun, gap = False, ""
    async with aclosing(answer) as events:
        try:
            async for event in events:
                if isinstance(event, Text):
                    text = citations.linked(event.text)
                    click.echo(gap + text.lstrip() if gap else text, nl=False)
                    begun, gap = True, ""
                elif isinstance(event, Picture):
                    click.echo(citations.rest() + ("\n\n" if begun else "") + illustrated(event), nl=False)
                    begun, gap = True, "\n\n"
                elif isinstance(event, Sources):
                    citations.add(event.sources)
                elif isinstance(event, Finished):
                    notices = [sentence for name, sentence in NOTICES.items() if getattr(event, name)]
        except QwenError:
            if begun:  # the error's message begins on a new line
                click.echo(citations.rest())
            raise
    click.echo(citations.rest() + citations.listed())
    for notice in notices:
        click.echo(notice, err=True)


async def _not_offered(qwen: Backend, model: str) -> str:
    """Return the sentence about a mistyped model, with the nearest one that is offered."""
    try:
        offered = [each.id for each in await qwen.models()]
    except QwenError:
        offered = []
    close = difflib.get_close_matches(model, offered, n=1)
    return NOT_OFFERED.format(model=model, nearest=f" Did you mean {close[0]}?" if close else "")
