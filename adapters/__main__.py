"""The command line."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import BinaryIO, TextIO

import click
import structlog

from adapters import composition
from adapters import login as logging_in
from adapters.serving import leave_on_signals, serve
from bridge import Adapter, CannotStart, __version__, log
from bridge.core import Bridge
from bridge.errors import BridgeError
from bridge.model import Attachment, Options, Text
from bridge.settings import Settings, misspelt
from bridge.standin import FAULTS_HELP, OPTIONS, StandIn, configured
from bridge.store import Store

logger = structlog.get_logger(__name__)

TERMINAL = "No bot token (DISCORD_BOT_TOKEN, TELEGRAM_BOT_TOKEN): serving this terminal."


def main() -> None:
    """The console script."""
    cli(prog_name="qwen-bridge")


def _plainly(command: Callable[..., None]) -> Callable[..., None]:
    """An expected error ends a command with plain lines and exit code 2."""

    @wraps(command)
    def wrapped(**options: object) -> None:
        try:
            command(**options)
        except BridgeError as error:
            click.echo(error.sentence + (f" ({error.remedy})" if error.remedy else ""), err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            sys.exit(130)
        except click.ClickException:
            raise
        except Exception as error:  # noqa: BLE001  a fault of ours: its place, but never its words
            found = " ".join(f"{name}={value}" for name, value in log.fingerprint(error).items())
            click.echo(f"Qwen Bridge failed by a fault of its own. Please report this line: {found}", err=True)
            sys.exit(1)

    return wrapped


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="qwen-bridge %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Mention a bot in Discord, write to it in Telegram or in this terminal, and Qwen answers.

    Without a command the bridge runs: it serves each platform whose token is set (DISCORD_BOT_TOKEN,
    TELEGRAM_BOT_TOKEN); without any it opens a conversation in this terminal. Try it: nothing has to be set.

    Settings come from the environment and from the file .env; .env.example lists them all.
    """
    if context.invoked_subcommand is None:
        context.invoke(run)


@cli.command()
@_plainly
def run() -> None:
    """Serve the platforms, or else this terminal."""
    settings = Settings.read()
    asyncio.run(_run(settings, terminal=not settings.has_platform))


@cli.command()
@_plainly
def chat() -> None:
    """Talk to Qwen in this terminal."""
    asyncio.run(_run(Settings.read(), terminal=True))


@cli.command()
@click.argument("question")
@click.option("--model", default="", help="The model, as `qwen-bridge models` lists it.")
@click.option("--think", is_flag=True, help="Let Qwen think before it answers.")
@click.option("--search", is_flag=True, help="Let Qwen search the web.")
@click.option("--file", "files", type=click.File("rb"), multiple=True, help="A picture or document to ask about.")
@_plainly
def ask(question: str, model: str, think: bool, search: bool, files: Sequence[BinaryIO]) -> None:
    """Ask one question; the answer goes to standard output."""
    attachments = [Attachment(Path(file.name).name, "", file.read()) for file in files]
    asyncio.run(_ask(Settings.read(), question, Options(model, think, search), attachments))


@cli.command()
@click.argument("source", type=click.File(errors="replace"), default="-")
@click.option("--no-check", is_flag=True, help="Do not ask Qwen whether they work.")
@click.option("--print-env", is_flag=True, help="Print them as variables instead of keeping them: they are secrets.")
@_plainly
def login(source: TextIO, no_check: bool, print_env: bool) -> None:
    """Paste a request from your browser.

    SOURCE is a file with "Copy as cURL" of a request to chat.qwen.ai, or its headers; without it, what you paste here
    or pipe in. It is kept in a file that only you can read.
    """
    settings = Settings.read()
    log.configure("WARNING", settings.secrets(), stamped=False)
    credentials = logging_in.pasted(logging_in.text_of(source))
    if not no_check:
        asyncio.run(logging_in.check(settings, credentials))
    if print_env:
        click.echo(logging_in.as_variables(credentials))
    else:
        logging_in.keep(settings, credentials)


@cli.command()
@_plainly
def models() -> None:
    """List Qwen's models; * marks the one asked."""
    asyncio.run(_models(Settings.read()))


def _switches(command: Callable[..., None]) -> Callable[..., None]:
    """Every switch of the stand-in as an option."""
    for option in reversed(OPTIONS):
        command = click.option(
            option.flag,
            option.name,
            type=option.kind,
            is_flag=option.kind is bool or None,
            default=option.default,
            multiple=option.many,
            show_default=option.default not in (None, "", ()),
            help=option.help,
        )(command)
    return command


@cli.command(epilog="\b\n" + FAULTS_HELP)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8787,
    show_default=True,
    help="Where it listens, on this machine only; 0 takes any free port.",
)
@_switches
@_plainly
def standin(**switches: object) -> None:
    """Run a server that pretends to be Qwen.

    Besides the options, a running stand-in takes orders over HTTP (GET, POST and DELETE /standin/faults, POST
    /standin/pace, POST /standin/sign-in), and each request may order a fault by its header x-standin-fault.
    """
    try:
        pretended = configured(switches)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    asyncio.run(_standin(pretended))


async def _run(settings: Settings, *, terminal: bool) -> None:
    _log_to(settings, settings.log_level, stamped=not terminal)
    for line in misspelt():
        logger.warning(line)
    if terminal and not settings.has_platform:
        logger.info(TERMINAL)
    database = composition.database(settings, terminal=terminal)
    async with composition.qwen(settings) as qwen, await Store.open(database) as store:
        await composition.name_model(qwen)
        adapters: Sequence[Adapter] = [composition.terminal()] if terminal else composition.platforms(settings)
        bridge = Bridge(store, qwen, settings.options)
        await serve(bridge, adapters, settings.drain_seconds, leave_on_signals())


async def _ask(settings: Settings, question: str, options: Options, files: Sequence[Attachment]) -> None:
    _log_to(settings, "WARNING", stamped=False)
    async with composition.qwen(settings) as qwen:
        async for event in qwen.ask(question, None, options, files):
            if isinstance(event, Text):
                click.echo(event.text, nl=False)
    click.echo()


async def _models(settings: Settings) -> None:
    _log_to(settings, "WARNING", stamped=False)
    async with composition.qwen(settings) as qwen:
        used = await qwen.model()
        for model in await qwen.models():
            click.echo(f"{'*' if model.id == used else ' '} {model.id:<24} {model.name}")


async def _standin(pretended: StandIn) -> None:
    leaving = leave_on_signals()
    try:
        async with pretended:
            click.echo(f"Pretending to be Qwen at {pretended.url}; Ctrl-C ends it. In another terminal:")
            click.echo(f"  QWEN_URL={pretended.url} QWEN_UMIDTOKEN=anything qwen-bridge chat")
            await leaving.wait()
    except OSError:
        raise CannotStart("This port is taken or forbidden. Another one: --port 0 takes any that is free.") from None


def _log_to(settings: Settings, level: str, *, stamped: bool) -> None:
    log.configure(level, [*settings.secrets(), *composition.credentials(settings).secrets()], stamped=stamped)


if __name__ == "__main__":
    main()
