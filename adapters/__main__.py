"""The command line and the composition root: the one place that knows everybody."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import wraps

import click
import structlog

from adapters.serving import leave_on_signals, serve
from adapters.terminal import TerminalAdapter
from bridge import Adapter, CannotStart, __version__, log
from bridge.errors import BridgeError, QwenError
from bridge.qwen import Credentials, Qwen
from bridge.qwen.gate import GUEST_PARALLEL, GUEST_PER_MINUTE, Gate
from bridge.settings import Settings, misspelt
from bridge.standin import StandIn
from bridge.store import Store
from bridge.store.schema import MEMORY

logger = structlog.get_logger(__name__)

NO_QWEN = (
    "QWEN_UMIDTOKEN is missing: without it Qwen does not answer. Open chat.qwen.ai in your browser and copy the "
    "request header bx-umidtoken from the network panel (the README shows where), or log in and copy QWEN_TOKEN; for a "
    "trial with pretended answers set QWEN_STANDIN=1. Example: QWEN_UMIDTOKEN=T2gA...from-your-browser"
)
STANDIN_ASKED = "QWEN_STANDIN=1: a stand-in answers, which only pretends to be Qwen."
STANDIN_UNASKED = "No Qwen credential (QWEN_UMIDTOKEN): a stand-in answers, nothing is kept."
TERMINAL = "No bot token (DISCORD_BOT_TOKEN, TELEGRAM_BOT_TOKEN): serving this terminal."

# Slow enough to be seen growing, fast enough not to bore.
STANDIN_PACE_SECONDS = 0.02


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
@_plainly
def models() -> None:
    """List Qwen's models; * marks the one asked."""
    asyncio.run(_models(Settings.read()))


@cli.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8787,
    show_default=True,
    help="Where it listens, on this machine only; 0 takes any free port.",
)
@_plainly
def standin(port: int) -> None:
    """Run a server that pretends to be Qwen."""
    asyncio.run(_standin(port))


async def _run(settings: Settings, *, terminal: bool) -> None:
    log.configure(settings.log_level, settings.secrets(), stamped=not terminal)
    for line in misspelt():
        logger.warning(line)
    if terminal and not settings.has_platform:
        logger.info(TERMINAL)
    async with _qwen(settings) as qwen, await Store.open(_database(settings, terminal=terminal)) as store:
        await _name_model(qwen)
        adapters: Sequence[Adapter] = [_terminal()] if terminal else _platforms(settings)
        await serve(store, qwen, adapters, settings.drain_seconds, leave_on_signals())


def _terminal() -> TerminalAdapter:
    if sys.stdin is None or sys.stdout is None:
        raise CannotStart("The terminal has no input or no output: it was started with one of them closed.")
    return TerminalAdapter(sys.stdin, sys.stdout)


def _platforms(settings: Settings) -> list[Adapter]:
    """An adapter for each platform that has a token; its library is only imported then."""
    adapters: list[Adapter] = []
    proxy = settings.proxy_url
    if token := settings.discord_bot_token:
        from adapters.discord import DiscordAdapter  # noqa: PLC0415

        adapters.append(
            DiscordAdapter(
                token.get_secret_value(), settings.discord_api_url, settings.discord_gateway_url, proxy=proxy
            )
        )
    if token := settings.telegram_bot_token:
        from adapters.telegram import TelegramAdapter  # noqa: PLC0415

        adapters.append(TelegramAdapter(token.get_secret_value(), settings.telegram_api_url, proxy=proxy))
    return adapters


@asynccontextmanager
async def _qwen(settings: Settings) -> AsyncIterator[Qwen]:
    """Qwen, or the stand-in where nobody could take it for Qwen. Raises CannotStart where neither may answer."""
    if not _uses_standin(settings):
        async with Qwen(
            settings.qwen_url,
            settings.credentials,
            wanted=settings.qwen_model,
            proxy=settings.proxy_url,
            gate=_gate(settings),
        ) as qwen:
            yield qwen
        return
    logger.info(STANDIN_ASKED if settings.qwen_standin else STANDIN_UNASKED)
    async with (
        StandIn(settle=0, pace=STANDIN_PACE_SECONDS) as pretended,
        Qwen(pretended.url, Credentials(umidtoken="stand-in"), wanted=settings.qwen_model) as qwen,
    ):
        yield qwen


def _gate(settings: Settings) -> Gate:
    """The operator's limits, or careful ones for a guest."""
    parallel, per_minute = (GUEST_PARALLEL, GUEST_PER_MINUTE) if settings.credentials.guest else (0, 0)
    if settings.qwen_max_parallel is not None:
        parallel = settings.qwen_max_parallel
    if settings.qwen_requests_per_minute is not None:
        per_minute = settings.qwen_requests_per_minute
    return Gate(parallel, per_minute)


def _uses_standin(settings: Settings) -> bool:
    if settings.qwen_standin:
        return True
    if settings.has_qwen:
        return False
    if settings.has_platform:
        raise CannotStart(NO_QWEN)
    return True


def _database(settings: Settings, *, terminal: bool) -> str:
    """A conversation with the stand-in is only kept where a platform needs it."""
    return MEMORY if terminal and _uses_standin(settings) else settings.database_url


async def _name_model(qwen: Qwen) -> None:
    """Say which model answers; where Qwen cannot be asked now, each question tries again."""
    try:
        await qwen.model()
    except QwenError as error:
        logger.warning(f"Qwen does not answer now ({type(error).__name__}).", remedy=error.remedy)


async def _models(settings: Settings) -> None:
    log.configure("WARNING", settings.secrets(), stamped=False)
    async with _qwen(settings) as qwen:
        used = await qwen.model()
        for model in await qwen.models():
            click.echo(f"{'*' if model.id == used else ' '} {model.id:<24} {model.name}")


async def _standin(port: int) -> None:
    leaving = leave_on_signals()
    try:
        async with StandIn(port=port) as pretended:
            click.echo(f"Pretending to be Qwen at {pretended.url}; Ctrl-C ends it. In another terminal:")
            click.echo(f"  QWEN_URL={pretended.url} QWEN_UMIDTOKEN=anything qwen-bridge chat")
            await leaving.wait()
    except OSError:
        raise CannotStart(f"Port {port} is taken or forbidden. Another one: --port 0 takes any that is free.") from None


if __name__ == "__main__":
    main()
