"""The command line: the commands of `qwen-bridge`, with their arguments and options."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TextIO

import click
import structlog

from adapters.cli import ask as asking
from adapters.cli import composition
from adapters.cli import login as logging_in
from adapters.cli.daemon_threads import DaemonThreads
from adapters.cli.errors import exit_with_message
from adapters.cli.serve import leave_on_signals, serve
from adapters.cli.settings import Settings
from bridge import __version__
from bridge.errors import CannotStart
from bridge.model import Attachment
from bridge.store import Store
from bridge.store.backup import backup as copied
from bridge.store.connection import path_of

logger = structlog.get_logger(__name__)

NO_BACKEND = "QWEN_API_URL is set, but QWEN_BACKEND is web, so it is not asked. Example: QWEN_BACKEND=api"
TOKENS = ", ".join(Settings.tokens())
TERMINAL = f"No bot token ({TOKENS}): serving this terminal."
NOBODY = (
    f"There's nobody to serve: no bot token is set ({TOKENS}), and this isn't a terminal. To ask from a pipe, use "
    "`qwen-bridge chat` or `qwen-bridge ask`. Example: TELEGRAM_BOT_TOKEN=123456789:AAExample"
)
HELP = f"""Mention a bot in Discord, write to it in Telegram or in this terminal, and Qwen answers.

    Without a command the bridge runs: it serves each platform whose token is set ({TOKENS}); without any it opens a
    conversation in this terminal. Try it: it needs no settings.

    Settings come from the environment and from the file .env; .env.example lists them all.
    """
NAMING_SECONDS = 3.0
"""How long a terminal waits for the line that names the model, before it shows its prompt."""

ENV_FILE_HELP = "The file with the settings, in place of .env."


def main() -> None:
    """Run the console script `qwen-bridge`."""
    cli(prog_name="qwen-bridge")


class _Commands(click.Group):
    """The group of all commands; imports `standin`, whose server takes long to import, only where it is called."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click.Group."""
        if cmd_name == "standin" and cmd_name not in self.commands:
            from adapters.cli.sandbox_command import standin  # noqa: PLC0415  a server

            self.add_command(standin)
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click.Group; names `standin` also before it is imported."""
        return sorted({*super().list_commands(ctx), "standin"})


@click.group(
    cls=_Commands, invoke_without_command=True, help=HELP, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, message="qwen-bridge %(version)s")
@click.option("--env-file", type=click.Path(exists=True, dir_okay=False), default=None, help=ENV_FILE_HELP)
@click.pass_context
def cli(context: click.Context, env_file: str | None) -> None:
    """Run the bridge where no command is given; HELP is what people read."""
    context.obj = env_file
    if context.invoked_subcommand is None:
        context.invoke(run)


@cli.command()
@exit_with_message
def run() -> None:
    """Serve the platforms, or else this terminal."""
    settings = _settings()
    if not settings.has_platform and not (sys.stdin and sys.stdin.isatty()):
        raise CannotStart(NOBODY)
    _log_to(settings, settings.log_level, stamped=settings.has_platform)
    if not settings.has_platform:
        logger.info(TERMINAL)
    asyncio.run(run_bridge(settings, terminal=not settings.has_platform))


@cli.command()
@exit_with_message
def chat() -> None:
    """Talk to Qwen in this terminal."""
    settings = _settings()
    _log_to(settings, settings.log_level, stamped=False)
    asyncio.run(run_bridge(settings, terminal=True))


@cli.command()
@click.argument("question", default=asking.FROM_INPUT)
@click.option("--model", default="", help="The model, as `qwen-bridge models` lists it.")
@click.option("--think", is_flag=True, help="Let Qwen think before it answers.")
@click.option("--search", is_flag=True, help="Let Qwen search the web.")
@click.option("--file", "files", type=click.File("rb"), multiple=True, help="A picture or document to ask about.")
@exit_with_message
def ask(question: str, model: str, think: bool, search: bool, files: Sequence[BinaryIO]) -> None:
    """Ask one question; the answer goes to standard output.

    What is piped in is the question's context, as in `git diff | qwen-bridge ask "What does this change?"`; where the
    QUESTION is - or left out, it is the question.
    """
    settings = _settings()
    _log_to(settings, "WARNING", stamped=False)
    attached = [Attachment(Path(file.name).name, "", file.read()) for file in files]
    asked, attached = asking.composed(question, attached, asking.piped_in())
    usual = settings.options
    options = replace(usual, model=model, thinking=think or usual.thinking, search=search or usual.search)
    asyncio.run(asking.ask(settings, asked, options, attached))


@cli.command()
@click.argument("source", type=click.File(errors="replace"), default="-")
@click.option("--no-check", is_flag=True, help="Don't ask Qwen whether they work.")
@click.option("--print-env", is_flag=True, help="Print them as variables instead of saving them. They are secrets.")
@exit_with_message
def login(source: TextIO, no_check: bool, print_env: bool) -> None:
    """Paste a request from your browser.

    SOURCE is a file with "Copy as cURL" of a request to chat.qwen.ai, or its headers; without it, what you paste here
    or pipe in. It is saved in a file that only you can read.
    """
    settings = _settings()
    composition.configure_log(settings, "WARNING", stamped=False)
    credentials = logging_in.pasted(logging_in.text_of(source))
    if not no_check:
        asyncio.run(logging_in.check(settings, credentials))
    if print_env:
        click.echo(logging_in.as_variables(credentials))
    else:
        logging_in.keep(settings, credentials)


@cli.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@exit_with_message
def backup(target: Path) -> None:
    """Copy the database to TARGET, a new file. The bridge can keep running meanwhile."""
    copied(_settings().database_url, target)
    click.echo(f"Conversations copied to {target}, readable only by you.", err=True)


@cli.command()
@exit_with_message
def models() -> None:
    """List Qwen's models; * marks the one in use."""
    asyncio.run(_models(_settings()))


async def run_bridge(settings: Settings, *, terminal: bool) -> None:
    """Serve the platforms, or this terminal, until a signal or the end of the input. Raises CannotStart."""
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    database = composition.database(settings, terminal=terminal)
    async with (
        await Store.open(database) as store,
        composition.backend(settings, store.learnt) as qwen,
        composition.naming_model(qwen) as named,
    ):
        bridge = composition.bridge(settings, store, qwen, terminal=terminal)
        if terminal:
            await asyncio.wait([named], timeout=NAMING_SECONDS)
            here = composition.terminal()
            await serve(bridge, [here], settings.drain_seconds, leave_on_signals(here.interrupt))
        else:
            adapters = composition.platforms(settings)
            await serve(bridge, adapters, settings.drain_seconds, leave_on_signals(), path_of(database))


async def _models(settings: Settings) -> None:
    _log_to(settings, "WARNING", stamped=False)
    async with composition.backend(settings) as qwen:
        used, offered = await qwen.model(), await qwen.models()
        if not offered:
            click.echo("The server doesn't list any models.", err=True)
        for model in offered:
            click.echo(f"{'*' if model.id == used else ' '} {model.id:<24} {model.name}")


def _settings() -> Settings:
    """Read the settings, from the file that the command line names. Raises CannotStart."""
    return Settings.read(click.get_current_context().find_root().obj)


def _log_to(settings: Settings, level: str, *, stamped: bool) -> None:
    composition.configure_log(settings, level, stamped=stamped)
    for line in settings.doubts:
        logger.warning(line)
    if settings.qwen_api_url and settings.qwen_backend == "web":
        logger.warning(NO_BACKEND)
