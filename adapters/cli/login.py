"""The command `qwen-bridge login`: reads credentials from a request copied in the browser, checks and stores them."""

import asyncio
from typing import TextIO

import click

from adapters.cli.composition import credentials_file
from adapters.cli.settings import Settings
from bridge import CannotStart
from bridge.answer_events import Text
from bridge.backends.qwen import Credentials, QwenClient
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.backends.qwen.curl_import import NothingFound, found, missing, read
from bridge.errors import AskLater, QwenError

HOW = (
    "In your browser, on chat.qwen.ai: F12, Network, ask Qwen anything, right-click the request “completions…”,\n"
    "“Copy as cURL”. Paste it here (it won't be shown), then press Ctrl-D:"
)
QUESTION = "Please answer with one word: ready?"
COST = "Asking Qwen for one word, which counts as one of today's questions (--no-check skips this) …"

VARIABLES = {
    "QWEN_UMIDTOKEN": "umidtoken",
    "QWEN_COOKIE": "cookie",
    "QWEN_TOKEN": "token",
    "QWEN_BX_UA": "bx_ua",
    "QWEN_BX_V": "bx_v",
    "QWEN_VERSION": "version",
    "QWEN_USER_AGENT": "user_agent",
}
"""The fields of Credentials by their environment variables."""


def text_of(source: TextIO) -> str:
    """Read a file or pipe to its end; from a terminal, ask for a paste and read it without echo until Ctrl-D."""
    if not source.isatty():
        return source.read()
    from adapters.terminal.line_editor import read_paste  # noqa: PLC0415  with all that draws in a terminal

    click.echo(HOW, err=True)
    return asyncio.run(read_paste(source))


def pasted(text: str) -> Credentials:
    """Parse a copied request, and print which credentials are in it and which are missing, but no value.

    Raises CannotStart where there are none.
    """
    try:
        credentials = read(text)
    except NothingFound as error:
        raise CannotStart(str(error)) from None
    click.echo(f"Found: {', '.join(found(credentials))}.", err=True)
    for line in missing(credentials):
        click.echo(f"Missing: {line}.", err=True)
    return credentials


async def check(settings: Settings, credentials: Credentials) -> None:
    """Ask Qwen a short question with these credentials, and print whether it answered.

    Raises CannotStart where Qwen refuses them; where it cannot tell now, only a warning is printed.
    """
    click.echo(COST, err=True)
    try:
        async with QwenClient(
            settings.qwen_url, credentials, wanted=settings.qwen_model, proxy=settings.proxy_url
        ) as qwen:
            events = [event async for event in qwen.ask(QUESTION, None)]
    except AskLater as error:
        click.echo(f"Couldn't find out whether they work: {error.sentence} ({error.remedy})", err=True)
    except QwenError as error:
        raise CannotStart(f"Nothing was saved: {error.remedy}.") from None
    else:
        answered = any(isinstance(event, Text) for event in events)
        click.echo("Qwen answered: they work." if answered else "Qwen's answer was empty.", err=True)


def keep(settings: Settings, credentials: Credentials) -> None:
    """Write the credentials file, which a running bridge reads at its next question.

    Raises CannotStart where it cannot be written, or where the database, which it stands beside, is in memory.
    """
    path = credentials_file(settings)
    if path is None or not CredentialsFile(path, settings.credentials).keep(credentials):
        raise CannotStart("The credentials couldn't be saved. Set DATABASE_URL to a file, or use --print-env.")
    click.echo(f"Saved in {path}, readable only by you. A running bridge picks it up by itself.", err=True)


def as_variables(credentials: Credentials) -> str:
    """Return the credentials as lines of a `.env` file, for hosts without a lasting disk."""
    values = {name: getattr(credentials, field) for name, field in VARIABLES.items()}
    return "\n".join(f"{name}='{_quoted(value)}'" for name, value in values.items() if value)


def _quoted(value: str) -> str:
    """Escape a value for single quotes in a `.env` file."""
    return value.replace("\\", "\\\\").replace("'", "\\'")
