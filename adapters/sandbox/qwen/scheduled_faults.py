"""Faults that are ordered: for an endpoint, a number of times, or by a header for the request that carries it.

The header and the command line read `name,key=value,…`, as in `quota,num=6` or `stall,pieces=3`; HTTP and Python take
the same as fields (`ScheduledFault`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from adapters.sandbox.qwen.fault_kinds import Effect, Fault, OtherAnswer, StreamFault
from adapters.sandbox.qwen.wire import Body

HEADER = "x-standin-fault"
"""The request header that orders a fault for its own request."""


@dataclass(frozen=True, slots=True)
class FaultMenu:
    """List what may be ordered of a stand-in: `faults` by name, and the `endpoints` on which; `*` is any of them."""

    faults: Mapping[str, Fault]
    endpoints: Sequence[str]

    def parse(self, text: str, on: str = "completions") -> "ScheduledFault":
        """Read the order that `name,key=value,…` means. Raises ValueError."""
        name, *settings = (part.strip() for part in text.split(","))
        pairs = [setting.partition("=") for setting in settings]
        return self.read({"name": name, "on": on} | {key: value for key, _, value in pairs})

    def read(self, given: Mapping[str, object]) -> "ScheduledFault":
        """Read the order in a JSON object; numbers may be strings, times null or `always`. Raises ValueError."""
        if unknown := set(given) - {"name", "on", "times", "after", "pieces", "seconds", "num"}:
            raise ValueError(f"An order has no {', '.join(sorted(unknown))}.")
        times = given.get("times", 1)
        return ScheduledFault(
            self,
            name=str(given.get("name", "")),
            on=str(given.get("on", "completions")),
            times=None if times in (None, "always") else _whole({"times": times}, "times"),
            after=_whole(given, "after") or 0,
            pieces=_whole(given, "pieces"),
            seconds=number(given, "seconds", 1.0),
            num=_whole(given, "num"),
        )

    @property
    def help(self) -> str:
        """Return the table of faults as lines of text."""
        width = max(map(len, self.faults))
        lines = [f"  {fault.name:<{width}}  {fault.help}" for fault in self.faults.values()]
        return "\n".join([*lines, f"They happen on: {', '.join(self.endpoints)}, *"])


@dataclass(slots=True, eq=False)
class ScheduledFault:
    """A fault that is ordered on an endpoint or on all (`*`), `times` times (None: always), `after` so many requests.

    `pieces`: how many pieces of text come first (None: the fault's own number); `seconds`: how long late and idle take;
    `num`: the hours of a quota (None: 4).
    """

    menu: FaultMenu = field(repr=False)
    name: str
    on: str = "completions"
    times: int | None = 1
    after: int = 0
    pieces: int | None = None
    seconds: float = 1.0
    num: int | None = None

    def __post_init__(self) -> None:
        if self.name not in self.menu.faults:
            raise ValueError(f"There is no fault {self.name!r}.")
        if self.times is not None and self.times < 1:
            raise ValueError("A fault happens at least once: times is 1 or more.")
        if self.on != "*" and self.on not in self.menu.endpoints:
            raise ValueError(f"There is no endpoint {self.on!r}; there are {', '.join(self.menu.endpoints)} and *.")
        if self.on != "completions" and isinstance(self.effect, StreamFault | OtherAnswer):
            raise ValueError(f"The fault {self.name} befalls streams: order it on completions.")

    @property
    def effect(self) -> Effect:
        """Return what the fault does, as the menu has it."""
        return self.menu.faults[self.name].effect

    def describe(self) -> Body:
        """Give the fault as JSON."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "menu"}


def number(fields: Mapping[str, object], name: str, default: float) -> float:
    """Read a number that is not negative, or the default. Raises ValueError."""
    value = fields.get(name, default)
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            # No infinity and no NaN: what is waited for must end.
            if 0 <= (found := float(value)) < 1e9:
                return found
        except ValueError:
            pass
    raise ValueError(f"{name} is a number that is not negative, not {value!r}.")


def _whole(fields: Mapping[str, object], name: str) -> int | None:
    return None if fields.get(name) is None else int(number(fields, name, 0))


class FaultSchedule:
    """The faults of a menu that are ordered, in the order in which they were scheduled."""

    def __init__(self, menu: FaultMenu) -> None:
        self.menu = menu
        self._scheduled: list[ScheduledFault] = []

    def add(self, fault: ScheduledFault) -> None:
        """Order another fault, behind those that are ordered."""
        self._scheduled.append(fault)

    def clear(self) -> None:
        """Order nothing any more."""
        self._scheduled.clear()

    def describe(self) -> list[Body]:
        """Return what is still ordered, as JSON."""
        return [fault.describe() for fault in self._scheduled]

    def take(self, endpoint: str, asked: str | None) -> ScheduledFault | None:
        """Return what befalls a request to `endpoint`: what it `asked` for in its header, or what was ordered first.

        Raises ValueError where the header makes no sense.
        """
        if asked:
            return self.menu.parse(asked, endpoint)
        for fault in self._scheduled:
            if fault.on not in ("*", endpoint):
                continue
            if fault.after:
                fault.after -= 1
            else:
                return self._spend(fault)
        return None

    def _spend(self, fault: ScheduledFault) -> ScheduledFault:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._scheduled.remove(fault)
        return fault
