"""The switches as options of a command line, made from `state.Switches`; it knows no library for command lines."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args, get_type_hints

from bridge.standin import orders
from bridge.standin.faults import FAULTS
from bridge.standin.orders import ENDPOINTS
from bridge.standin.server import StandIn
from bridge.standin.state import Switches


class Option(NamedTuple):
    """An option. `flag` is what is typed, both ways where it can be turned off; `name` the argument of `configured`.

    `kind` is bool for a flag that takes no value. `default` None: not limited, not used. `many`: may be repeated.
    """

    flag: str
    name: str
    kind: type
    default: object
    help: str
    many: bool = False


def configured(values: Mapping[str, object]) -> StandIn:
    """A stand-in with what the options gave, by their names. Raises ValueError where a fault makes no sense."""
    switches = dict(values)
    ordered = switches.pop("fault", ())
    if switches.pop("crlf", False):
        switches["newline"] = "\r\n"
    standin = StandIn()
    for name, value in switches.items():
        setattr(standin, name, value)
    for text in ordered if isinstance(ordered, Sequence) and not isinstance(ordered, str) else ():
        standin.orders.add(orders.parse(str(text)))
    return standin


def _options() -> list[Option]:
    hints = get_type_hints(Switches)
    found = [_option(field, hints[field.name]) for field in dataclasses.fields(Switches)]
    crlf = Option("--crlf", "crlf", bool, default=False, help="lines of a stream end with CR LF")
    fault = "NAME,KEY=VALUE,…: lets a fault happen, as in quota,num=6 or waf_html,on=chats/new,times=always"
    # The port belongs to the program, which has a default of its own.
    return [
        *(option for option in found if option.name not in ("port", "newline")),
        crlf,
        Option("--fault", "fault", str, (), fault, many=True),
    ]


def _option(field: dataclasses.Field[object], hint: type) -> Option:
    kind = next((kind for kind in get_args(hint) if kind is not type(None)), hint)
    flag = f"--{field.name.replace('_', '-')}"
    if kind is bool and field.default is True:
        flag = f"{flag}/--no-{flag[2:]}"
    return Option(flag, field.name, kind, field.default, field.metadata["help"])


def _faults_help() -> str:
    width = max(map(len, FAULTS))
    lines = [f"  {fault.name:<{width}}  {fault.help}" for fault in FAULTS.values()]
    keys = "on, times, after, pieces, seconds, num"
    return "\n".join([f"Faults, with the keys {keys}:", *lines, f"They happen on: {', '.join(ENDPOINTS)}, *"])


OPTIONS: Sequence[Option] = _options()
"""All switches that a command line may offer."""

FAULTS_HELP = _faults_help()
"""The table of faults as lines of text."""
