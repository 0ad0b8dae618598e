"""The stand-in's own addresses, by which a person or another program switches it while it runs.

    GET     /standin/faults     all faults with their help, the endpoints, and what is ordered
    POST    /standin/faults     orders one: {"name": "quota", "on": "completions", "times": 2, "after": 1, "num": 6}
    DELETE  /standin/faults     orders none any more
    POST    /standin/pace       {"first_byte": 2, "tokens_per_second": 30, "pace": 0, "keep_alive": 10}, or some of them
    POST    /standin/sign-in    {"seconds": 900}: an account, with its access token and its refresh token (Qwen's alone)

Nothing of this is Qwen's. Answers are bare JSON; what makes no sense gets status 400 and an `error` that says why.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from adapters.sandbox.qwen import scheduled_faults
from adapters.sandbox.qwen.delivery import Delivery
from adapters.sandbox.qwen.wire import Body, json_object

_Handler = Callable[[web.Request], Awaitable[web.Response]]


class ControlRoutes:
    """The handlers, for `routes`."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    def routes(self) -> list[tuple[str, str, _Handler]]:
        """List method, path and handler of each."""
        return [
            ("GET", "/standin/faults", forgiving(self._faults)),
            ("POST", "/standin/faults", forgiving(self._order)),
            ("DELETE", "/standin/faults", forgiving(self._clear)),
            ("POST", "/standin/pace", forgiving(self._pace)),
        ]

    async def _faults(self, _sent: Body) -> Body:
        menu = self._delivery.schedule.menu
        table = [{"name": fault.name, "help": fault.help} for fault in menu.faults.values()]
        return {"faults": table, "on": [*menu.endpoints, "*"], "ordered": self._delivery.schedule.describe()}

    async def _order(self, sent: Body) -> Body:
        self._delivery.schedule.add(self._delivery.schedule.menu.read(sent))
        return {"ordered": self._delivery.schedule.describe()}

    async def _clear(self, _sent: Body) -> Body:
        self._delivery.schedule.clear()
        return {"ordered": []}

    async def _pace(self, sent: Body) -> Body:
        delivery = self._delivery
        first_byte = scheduled_faults.number(sent, "first_byte", delivery.first_byte)
        pace = scheduled_faults.number(sent, "pace", delivery.pace)
        keep_alive = scheduled_faults.number(sent, "keep_alive", delivery.keep_alive)
        tokens = scheduled_faults.number({"tokens_per_second": 0, **_present(sent)}, "tokens_per_second", 0)
        if "tokens_per_second" in sent:
            delivery.tokens_per_second = tokens or None
        delivery.first_byte, delivery.pace, delivery.keep_alive = first_byte, pace, keep_alive
        return {
            "first_byte": first_byte,
            "tokens_per_second": delivery.tokens_per_second,
            "pace": pace,
            "keep_alive": keep_alive,
        }


def complaint(error: ValueError) -> web.Response:
    """Answer with status 400 and what is wrong."""
    return web.json_response({"error": str(error)}, status=400)


def _present(sent: Body) -> Body:
    return {name: value for name, value in sent.items() if value is not None}


def forgiving(handler: Callable[[Body], Awaitable[Body]]) -> _Handler:
    """Make a request handler of one for JSON objects, which may raise ValueError for what makes no sense."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await handler(json_object(await request.read())))
        except ValueError as error:
            return complaint(error)

    return handle
