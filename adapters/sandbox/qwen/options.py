"""The switches as options of a command line, made from their classes; it knows no library for command lines."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, TypeVar, get_args, get_type_hints

from adapters.sandbox.qwen import faults
from adapters.sandbox.qwen.api import MENU, ApiStandIn, ApiSwitches
from adapters.sandbox.qwen.delivery import Delivery
from adapters.sandbox.qwen.server import StandIn
from adapters.sandbox.qwen.state import Switches

Standin = TypeVar("Standin", StandIn, ApiStandIn)

API = "api"
"""Begins the names of the options that only the pretended API has."""


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
    """Make a stand-in with what the options gave, by their names. Raises ValueError where a fault makes no sense."""
    return _switched(StandIn(), values)


def configured_api(values: Mapping[str, object]) -> ApiStandIn:
    """Make a pretended API with what the options gave, like `configured`."""
    return _switched(ApiStandIn(), {name.removeprefix(f"{API}_"): value for name, value in values.items()})


def foreign(given: Collection[str], *, api: bool) -> list[str]:
    """List the flags among the options `given` that this kind of stand-in has not."""
    options = QWEN_OPTIONS if api else API_OPTIONS
    return [option.flag.partition("/")[0] for option in options if option.name in given]


def _switched(standin: Standin, values: Mapping[str, object]) -> Standin:
    switches = dict(values)
    ordered = switches.pop("fault", ())
    if switches.pop("crlf", False):
        switches["newline"] = "\r\n"
    for name, value in switches.items():
        setattr(standin, name, value)
    for text in ordered if isinstance(ordered, Sequence) and not isinstance(ordered, str) else ():
        standin.schedule.add(standin.schedule.menu.parse(str(text)))
    return standin


def _shared() -> list[Option]:
    """List the options of both stand-ins. The port belongs to the program, which has a default of its own."""
    crlf = Option("--crlf", "crlf", bool, default=False, help="lines of a stream end with CR LF")
    fault = "NAME,KEY=VALUE,…: lets a fault happen, as in quota,num=6 or busy,on=models,times=always"
    fields = [option for option in _options(Delivery) if option.name not in ("port", "newline")]
    return [*fields, crlf, Option("--fault", "fault", str, (), fault, many=True)]


def _own(switches: type[Delivery], prefix: str = "") -> list[Option]:
    """List the options that only one of them has."""
    shared = {option.name for option in _options(Delivery)}
    return [option for option in _options(switches, prefix) if option.name not in shared]


def _options(switches: type[Delivery], prefix: str = "") -> list[Option]:
    hints = get_type_hints(switches)
    found = [field for field in dataclasses.fields(switches) if field.metadata]
    names = {field.name for field in dataclasses.fields(Delivery)}
    return [_option(field, hints[field.name], "" if field.name in names else prefix) for field in found]


def _option(field: "dataclasses.Field[object]", hint: type, prefix: str) -> Option:
    kind = next((kind for kind in get_args(hint) if kind is not type(None)), hint)
    name = f"{prefix}_{field.name}" if prefix else field.name
    flag = f"--{name.replace('_', '-')}"
    if kind is bool and field.default is True:
        flag = f"{flag}/--no-{flag[2:]}"
    return Option(flag, name, kind, field.default, field.metadata["help"])


SHARED_OPTIONS: Sequence[Option] = _shared()
QWEN_OPTIONS: Sequence[Option] = _own(Switches)
API_OPTIONS: Sequence[Option] = _own(ApiSwitches, API)

OPTIONS: Sequence[Option] = [*SHARED_OPTIONS, *QWEN_OPTIONS, *API_OPTIONS]
"""All switches that a command line may offer."""

GROUPS: Mapping[str, Sequence[Option]] = {
    "How answers are sent": SHARED_OPTIONS,
    "Guests of Qwen": [option for option in QWEN_OPTIONS if "guest" in option.name],
    "More of Qwen": [option for option in QWEN_OPTIONS if "guest" not in option.name],
    "With --api": API_OPTIONS,
}
"""Groups the same switches by what they are about; each group fits a screen of 24 lines."""

_KEYS = "on, times, after, pieces, seconds, num"

FAULTS_HELP = (
    f"Faults of Qwen, with the keys {_KEYS}:\n{faults.MENU.help}\n\nFaults of an API, with the same keys:\n{MENU.help}"
)
"""The tables of faults as lines of text."""
