"""The command `qwen-bridge standin`: runs a server that pretends to be Qwen or an OpenAI-compatible API."""

import asyncio
from collections.abc import Callable

import click
from click.core import ParameterSource

from adapters.cli.errors import exit_with_message
from adapters.cli.serve import leave_on_signals
from adapters.sandbox.qwen import FAULTS_HELP, GROUPS, OPTIONS, ApiStandIn, StandIn, configured, configured_api, foreign
from bridge import CannotStart


class _Grouped(click.Command):
    """A command whose help shows the switches in their groups, below its other options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See click.Command."""
        records = {param.name: record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))}
        grouped = {title: [records.pop(option.name) for option in options] for title, options in GROUPS.items()}
        for title, rows in {"Options": [*records.values()], **grouped}.items():
            with formatter.section(title):
                formatter.write_dl(rows)


def _switches(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option to the command for every switch of the stand-in."""
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


def _list_faults(context: click.Context, _: click.Parameter, wanted: object) -> None:
    if wanted:
        click.echo(FAULTS_HELP)
        context.exit()


@click.command(cls=_Grouped)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8787,
    show_default=True,
    help="Where it listens, on this machine only; 0 takes any free port.",
)
@click.option("--api", is_flag=True, help="Pretend to be an OpenAI-compatible server instead.")
@click.option(
    "--list-faults",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_faults,
    help="List what --fault can let happen.",
)
@_switches
@exit_with_message
def standin(*, api: bool, **switches: object) -> None:
    """Run a server that pretends to be Qwen, or with --api an OpenAI-compatible one.

    Besides the options, a running stand-in takes orders over HTTP (GET, POST and DELETE /standin/faults, POST
    /standin/pace, for Qwen POST /standin/sign-in), and each request may order a fault by its header x-standin-fault.
    """
    context = click.get_current_context()
    given = [name for name in switches if context.get_parameter_source(name) is not ParameterSource.DEFAULT]
    if wrong := foreign(given, api=api):
        raise click.UsageError(f"{'Without' if not api else 'With'} --api there is no {', '.join(wrong)}.")
    kept = {name: value for name, value in switches.items() if name == "port" or name in given}
    try:
        pretended = configured_api(kept) if api else configured(kept)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    asyncio.run(_api(pretended) if isinstance(pretended, ApiStandIn) else _standin(pretended))


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
