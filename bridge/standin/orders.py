"""How faults are ordered: for an endpoint, a number of times, or by a header for the request that carries it.

The header and the command line read `name,key=value,…`, as in `quota,num=6` or `stall,pieces=3`; HTTP and Python take
the same as fields (`Order`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bridge.standin.faults import FAULTS, Effect, Stream
from bridge.standin.wire import Body

HEADER = "x-standin-fault"
"""The request header that orders a fault for its own request."""

ENDPOINTS = (
    "models",
    "chats/new",
    "completions",
    "stop",
    "chats",
    "chat",
    "task/status",
    "refresh",
    "files/getstsToken",
    "files/parse",
    "files/parse/status",
    "upload",
    "download",
)
"""What a fault may be ordered on; `*` is any of them. `chats` is the list, `chat` one chat; `upload` is the bucket."""


@dataclass(slots=True, eq=False)
class Order:
    """A fault that is ordered on an endpoint or on all (`*`), `times` times (None: always), `after` so many requests.

    `pieces`: how many pieces of text come first (None: the fault's own number); `seconds`: how long late and idle take;
    `num`: the hours of a quota (None: 4).
    """

    name: str
    on: str = "completions"
    times: int | None = 1
    after: int = 0
    pieces: int | None = None
    seconds: float = 1.0
    num: int | None = None

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"There is no fault {self.name!r}.")
        if self.times is not None and self.times < 1:
            raise ValueError("A fault happens at least once: times is 1 or more.")
        if self.on != "*" and self.on not in ENDPOINTS:
            raise ValueError(f"There is no endpoint {self.on!r}; there are {', '.join(ENDPOINTS)} and *.")
        if self.on != "completions" and isinstance(self.effect, Stream):
            raise ValueError(f"The fault {self.name} befalls streams: order it on completions.")

    @property
    def effect(self) -> Effect:
        return FAULTS[self.name].effect

    def describe(self) -> Body:
        """The order as JSON."""
        return asdict(self)


def parse(text: str, on: str = "completions") -> Order:
    """The order that `name,key=value,…` means. Raises ValueError."""
    name, *settings = (part.strip() for part in text.split(","))
    pairs = [setting.partition("=") for setting in settings]
    return read({"name": name, "on": on} | {key: value for key, _, value in pairs})


def read(fields: Mapping[str, object]) -> Order:
    """The order that a JSON object means; numbers may be strings, times may be null or `always`. Raises ValueError."""
    if unknown := set(fields) - {"name", "on", "times", "after", "pieces", "seconds", "num"}:
        raise ValueError(f"An order has no {', '.join(sorted(unknown))}.")
    times = fields.get("times", 1)
    return Order(
        name=str(fields.get("name", "")),
        on=str(fields.get("on", "completions")),
        times=None if times in (None, "always") else _whole({"times": times}, "times"),
        after=_whole(fields, "after") or 0,
        pieces=_whole(fields, "pieces"),
        seconds=number(fields, "seconds", 1.0),
        num=_whole(fields, "num"),
    )


def number(fields: Mapping[str, object], name: str, default: float) -> float:
    """A number that is not negative, or the default. Raises ValueError."""
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


class Orders:
    """The faults that are ordered, in the order in which they were."""

    def __init__(self) -> None:
        self._orders: list[Order] = []

    def add(self, order: Order) -> None:
        self._orders.append(order)

    def clear(self) -> None:
        self._orders.clear()

    def describe(self) -> list[Body]:
        """What is still ordered, as JSON."""
        return [order.describe() for order in self._orders]

    def take(self, endpoint: str, asked: str | None) -> Order | None:
        """What befalls a request to `endpoint`: what it `asked` for in its header, or what was ordered first.

        Raises ValueError where the header makes no sense.
        """
        if asked:
            return parse(asked, endpoint)
        for order in self._orders:
            if order.on not in ("*", endpoint):
                continue
            if order.after:
                order.after -= 1
            else:
                return self._spend(order)
        return None

    def _spend(self, order: Order) -> Order:
        if order.times is not None:
            order.times -= 1
            if order.times <= 0:
                self._orders.remove(order)
        return order
