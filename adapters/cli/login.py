"""`qwen-bridge login`: a request that was copied in the browser becomes the credentials that are kept."""

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
    "“Copy as cURL”. Paste it here (it stays unseen), then press Ctrl-D:"
)
QUESTION = "Please answer with one word: ready?"
COST = "Asking Qwen one word, which counts as one question of the day (--no-check skips it) …"

VARIABLES = {
    "QWEN_UMIDTOKEN": "umidtoken",
    "QWEN_COOKIE": "cookie",
    "QWEN_TOKEN": "token",
    "QWEN_BX_UA": "bx_ua",
    "QWEN_BX_V": "bx_v",
    "QWEN_VERSION": "version",
    "QWEN_USER_AGENT": "user_agent",
}


def text_of(source: TextIO) -> str:
    """What a file or a pipe holds, or what is pasted into the terminal."""
    if not source.isatty():
        return source.read()
    from adapters.terminal.line_editor import read_paste  # noqa: PLC0415  with all that draws in a terminal

    click.echo(HOW, err=True)
    return asyncio.run(read_paste(source))


def pasted(text: str) -> Credentials:
    """What was pasted, with what was found and what is missing told, and no value of it. Raises CannotStart."""
    try:
        credentials = read(text)
    except NothingFound as error:
        raise CannotStart(str(error)) from None
    click.echo(f"Found: {', '.join(found(credentials))}.", err=True)
    for line in missing(credentials):
        click.echo(f"Missing: {line}.", err=True)
    return credentials


async def check(settings: Settings, credentials: Credentials) -> None:
    """Ask Qwen one word. Raises CannotStart where these credentials are not let in."""
    click.echo(COST, err=True)
    try:
        async with QwenClient(
            settings.qwen_url, credentials, wanted=settings.qwen_model, proxy=settings.proxy_url
        ) as qwen:
            events = [event async for event in qwen.ask(QUESTION, None)]
    except AskLater as error:
        click.echo(f"Qwen did not say whether they work: {error.sentence} ({error.remedy})", err=True)
    except QwenError as error:
        raise CannotStart(f"Nothing was kept: {error.remedy}.") from None
    else:
        answered = any(isinstance(event, Text) for event in events)
        click.echo("Qwen answered: they work." if answered else "Qwen answered nothing.", err=True)


def keep(settings: Settings, credentials: Credentials) -> None:
    """Write the credentials file; a bridge that runs takes it up with its next question. Raises CannotStart."""
    path = credentials_file(settings)
    if path is None or not CredentialsFile(path, settings.credentials).keep(credentials):
        raise CannotStart("The credentials cannot be written. Set DATABASE_URL to a file, or use --print-env.")
    click.echo(f"Kept in {path}, readable by you alone. A bridge that runs takes it up by itself.", err=True)


def as_variables(credentials: Credentials) -> str:
    """The lines of a `.env`: secrets, for hosts that keep no files."""
    values = {name: getattr(credentials, field) for name, field in VARIABLES.items()}
    return "\n".join(f"{name}='{_quoted(value)}'" for name, value in values.items() if value)


def _quoted(value: str) -> str:
    """As it stands between single quotes in a `.env`."""
    return value.replace("\\", "\\\\").replace("'", "\\'")
