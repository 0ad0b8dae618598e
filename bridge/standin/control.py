"""The stand-in's own addresses, by which a person or another program switches it while it runs.

    GET     /standin/faults     all faults with their help, the endpoints, and what is ordered
    POST    /standin/faults     orders one: {"name": "quota", "on": "completions", "times": 2, "after": 1, "num": 6}
    DELETE  /standin/faults     orders none any more
    POST    /standin/pace       {"first_byte": 2, "tokens_per_second": 30, "pace": 0, "keep_alive": 10}, or some of them
    POST    /standin/sign-in    {"seconds": 900}: an account, with its access token and its refresh token

Nothing of this is Qwen's. Answers are bare JSON; what makes no sense gets status 400 and an `error` that says why.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bridge.standin import orders
from bridge.standin.faults import FAULTS
from bridge.standin.orders import ENDPOINTS
from bridge.standin.state import State
from bridge.standin.wire import Body, json_object

_Handler = Callable[[web.Request], Awaitable[web.Response]]


class Control:
    """The handlers, for `routes`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[tuple[str, str, _Handler]]:
        return [
            ("GET", "/standin/faults", _forgiving(self._faults)),
            ("POST", "/standin/faults", _forgiving(self._order)),
            ("DELETE", "/standin/faults", _forgiving(self._clear)),
            ("POST", "/standin/pace", _forgiving(self._pace)),
            ("POST", "/standin/sign-in", _forgiving(self._sign_in)),
        ]

    async def _faults(self, _sent: Body) -> Body:
        table = [{"name": fault.name, "help": fault.help} for fault in FAULTS.values()]
        return {"faults": table, "on": [*ENDPOINTS, "*"], "ordered": self._state.orders.describe()}

    async def _order(self, sent: Body) -> Body:
        self._state.orders.add(orders.read(sent))
        return {"ordered": self._state.orders.describe()}

    async def _clear(self, _sent: Body) -> Body:
        self._state.orders.clear()
        return {"ordered": []}

    async def _pace(self, sent: Body) -> Body:
        state = self._state
        first_byte = orders.number(sent, "first_byte", state.first_byte)
        pace = orders.number(sent, "pace", state.pace)
        keep_alive = orders.number(sent, "keep_alive", state.keep_alive)
        tokens = orders.number({"tokens_per_second": 0, **_present(sent)}, "tokens_per_second", 0)
        if "tokens_per_second" in sent:
            state.tokens_per_second = tokens or None
        state.first_byte, state.pace, state.keep_alive = first_byte, pace, keep_alive
        return {
            "first_byte": first_byte,
            "tokens_per_second": state.tokens_per_second,
            "pace": pace,
            "keep_alive": keep_alive,
        }

    async def _sign_in(self, sent: Body) -> Body:
        token, refresh_token = self._state.accounts.sign_in(orders.number(sent, "seconds", 900))
        return {"token": token, "refresh_token": refresh_token}


def complaint(error: ValueError) -> web.Response:
    """Status 400 with what is wrong."""
    return web.json_response({"error": str(error)}, status=400)


def _present(sent: Body) -> Body:
    return {name: value for name, value in sent.items() if value is not None}


def _forgiving(handler: Callable[[Body], Awaitable[Body]]) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await handler(json_object(await request.read())))
        except ValueError as error:
            return complaint(error)

    return handle
