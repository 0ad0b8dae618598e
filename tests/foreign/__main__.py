"""Ours with programs that are not ours: clients at our stand-ins, and our client at servers. See docs/testing.md.

    .venv/bin/python -m tests.foreign clients              # openai, llm, litellm, g4f, qwen-chat, qwen-webapi
    .venv/bin/python -m tests.foreign llmock               # the judge of our client
    .venv/bin/python -m tests.foreign llama PYTHON         # llama.cpp behind llama-cpp-python; see llama.py

The first two install what they need from PyPI, into environments that are thrown away, or kept with `--venvs FOLDER`.
Prints what was tried and what came of it; exit code 1 where something did not work.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

import click

from tests.foreign import llama, llmock, standins

VENVS = click.option(
    "--venvs",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to keep what is installed.",
)


@click.group(help=__doc__)
def main() -> None:
    """Take the name of a command."""


@main.command()
@click.argument("names", nargs=-1, type=click.Choice(standins.CLIENTS))
@VENVS
def clients(names: Sequence[str], venvs: Path | None) -> None:
    """Let independent clients ask our stand-ins: all of them, or those that are named."""
    _run(venvs, lambda folder: standins.judge(folder, names or standins.CLIENTS))


@main.command(name="llmock")
@VENVS
def judge(venvs: Path | None) -> None:
    """Let llmock judge how our client bears what goes wrong."""
    _run(venvs, llmock.judge)


@main.command(name="llama")
@click.argument("python")
@click.argument("program", default="")
def try_llama(python: str, program: str) -> None:
    """Let our client ask llama.cpp: behind llama-cpp-python, or its own server, where PROGRAM is one."""
    sys.exit(min(1, asyncio.run(llama.judge(python, program))))


def _run(venvs: Path | None, judge: Callable[[Path], Coroutine[None, None, int]]) -> None:
    with tempfile.TemporaryDirectory(prefix="foreign-") as folder:
        sys.exit(min(1, asyncio.run(judge(venvs.resolve() if venvs else Path(folder)))))


if __name__ == "__main__":
    main()
