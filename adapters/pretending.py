"""`qwen-bridge standin`: the server that pretends to be Qwen, with its switches."""

import asyncio
from collections.abc import Callable

import click

from adapters.plainly import plainly
from adapters.serving import leave_on_signals
from bridge import CannotStart
from bridge.standin import FAULTS_HELP, OPTIONS, ApiStandIn, StandIn, configured
from bridge.standin.api import API_FAULTS_HELP, configured_api


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


@click.command(epilog=f"\b\n{FAULTS_HELP}\n\n\b\n{API_FAULTS_HELP}")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8787,
    show_default=True,
    help="Where it listens, on this machine only; 0 takes any free port.",
)
@click.option("--api", is_flag=True, help="Pretend to be an OpenAI-compatible server instead.")
@click.option("--api-key", default="", help="The key that is to be sent there; without it any is taken.")
@_switches
@plainly
def standin(*, api: bool, api_key: str, **switches: object) -> None:
    """Run a server that pretends to be Qwen.

    Besides the options, a running stand-in takes orders over HTTP (GET, POST and DELETE /standin/faults, POST
    /standin/pace, POST /standin/sign-in), and each request may order a fault by its header x-standin-fault.
    """
    try:
        if api:
            asyncio.run(_api(configured_api(switches, api_key)))
            return
        pretended = configured(switches)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    asyncio.run(_standin(pretended))


async def _standin(pretended: StandIn) -> None:
    await _until_left(pretended, "Qwen", lambda: f"QWEN_URL={pretended.url} QWEN_UMIDTOKEN=anything")


async def _api(pretended: ApiStandIn) -> None:
    await _until_left(pretended, "an API of Qwen", lambda: f"QWEN_BACKEND=api QWEN_API_URL={pretended.url}")


async def _until_left(pretended: StandIn | ApiStandIn, what: str, variables: Callable[[], str]) -> None:
    leaving = leave_on_signals()
    try:
        async with pretended:
            click.echo(f"Pretending to be {what} at {pretended.url}; Ctrl-C ends it. In another terminal:")
            click.echo(f"  {variables()} qwen-bridge chat")
            await leaving.wait()
    except OSError:
        raise CannotStart("This port is taken or forbidden. Another one: --port 0 takes any that is free.") from None
