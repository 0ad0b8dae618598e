"""The stand-in itself: its routes, and what all requests meet."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from adapters.sandbox.qwen import catalog, control_routes, generated_media, profile, responses, scheduled_faults, wire
from adapters.sandbox.qwen.completions import Completions
from adapters.sandbox.qwen.control_routes import ControlRoutes, forgiving
from adapters.sandbox.qwen.history import History
from adapters.sandbox.qwen.scheduled_faults import HEADER
from adapters.sandbox.qwen.state import Handler, Received, State
from adapters.sandbox.qwen.uploads import Uploads
from adapters.sandbox.qwen.wire import Body, WireError

_CHAT = "/api/v2/chats/{chat_id:(?!new$)[^/]+}"


@dataclass(kw_only=True, eq=False, repr=False)
class StandIn(State):
    """A pretend Qwen at `url`: `async with StandIn() as standin`, or `start` and `close`, which may follow each other.

    The switches are arguments, and attributes that may be changed between requests: `state.Switches` tells them. More
    attributes: `hold_after`, an int, makes each answer wait when it has sent so many pieces (`wire.PIECE`) until
    `release()` lets all go on that wait by then; `held` says how many do. `reply` is the pure function that answers.
    `requests` are the last thousand as they came; `chats` are all chats by id.
    """

    def __post_init__(self) -> None:
        self.completions = Completions(self)
        self._history = History(self, self.completions)
        self._uploads = Uploads(self)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """Return the base address, without a slash at its end; it is known once the server has started."""
        return f"http://{self.host}"

    async def start(self) -> None:
        """Listen on loopback. The port is chosen once: a second start takes the same again."""
        app = web.Application(client_max_size=64 * 2**20)
        for method, path, handle in (
            *ControlRoutes(self).routes(),
            ("POST", "/standin/sign-in", forgiving(self._sign_in)),
        ):
            app.router.add_route(method, path, handle)
        for method, path, endpoint, handler in self._routes():
            app.router.add_route(method, path, self._served(endpoint, handler, f"{method} {path}"))
        app.on_response_prepare.append(responses.add_headers)
        # A handler must end when its client leaves: the answer goes on without it.
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.02)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def close(self) -> None:
        """Stop at once: answers that are being written break off."""
        self.completions.break_off()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @property
    def routes(self) -> frozenset[str]:
        """Return the routes that are served, as `Received.route` names them, without that of what there is not."""
        return frozenset(f"{method} {path}" for method, path, endpoint, _ in self._routes() if endpoint)

    def forget(self, chat_id: str) -> None:
        """Delete a chat behind the clients' backs."""
        self.chats.pop(chat_id, None)

    def sign_in(self, seconds: float = 900) -> tuple[str, str]:
        """Make an account: its access token, a JWT that ends after so many seconds, and its refresh token."""
        return self.accounts.sign_in(seconds)

    async def _sign_in(self, sent: Body) -> Body:
        token, refresh_token = self.sign_in(scheduled_faults.number(sent, "seconds", 900))
        return {"token": token, "refresh_token": refresh_token}

    def _routes(self) -> list[tuple[str, str, str, Handler]]:
        """Method, path, the name for faults, and who handles it."""
        completions, history, uploads = self.completions, self._history, self._uploads
        return [
            ("GET", "/api/models{slash:/?}", "models", self._models),
            ("POST", "/api/v2/chats/new", "chats/new", completions.new_chat),
            ("POST", "/api/v2/chat/completions", "completions", completions.complete),
            ("POST", "/api/v2/chat/completions/stop", "stop", completions.stop),
            ("GET", "/api/v2/chats{slash:/?}", "chats", history.listed),
            ("GET", _CHAT, "chat", history.detail),
            ("DELETE", _CHAT, "chat", history.delete),
            ("POST", f"{_CHAT}/messages/select", "select", history.select),
            ("GET", "/api/v2/auths/refresh", "refresh", self._refresh),
            ("GET", "/api/v1/auths{slash:/?}", "auths", profile.profile),
            ("GET", "/api/v2/users/user/settings", "settings", profile.settings),
            ("POST", "/api/v2/files/getstsToken", "files/getstsToken", uploads.announce),
            ("POST", "/api/v2/files/parse", "files/parse", uploads.parse),
            ("POST", "/api/v2/files/parse/status", "files/parse/status", uploads.parsed),
            ("GET", generated_media.PATH, "picture", self._picture),
            ("*", "/api/{rest:.*}", "", self._nothing),
            ("PUT", "/{file_path:[^/]+/[^/]+}", "upload", uploads.put),
        ]

    def _served(
        self, endpoint: str, handler: Handler, route: str
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """`handler` behind what all requests meet: kept, the firewall, faults, errors in their envelope."""

        async def serve(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            blocked = len(raw) > wire.BODY_LIMIT and endpoint != "upload"
            try:
                fault = None if blocked else self.schedule.take(endpoint, request.headers.get(HEADER), raw)
            except ValueError as error:
                return control_routes.complaint(error)
            received = Received(request.method, request.path, request.headers, wire.json_object(raw), fault, route)
            self.requests.append(received)
            if blocked:
                return responses.human_check()
            try:
                instead = fault and await responses.fault_response(request, received.body, fault)
                return instead or await handler(request, received)
            except WireError as error:
                return responses.enveloped(request, error.data, error.status)

        return serve

    async def _models(self, _request: web.Request, _received: Received) -> web.Response:
        return responses.page() if self.models_page else web.json_response({"data": catalog.MODELS})

    async def _refresh(self, request: web.Request, _received: Received) -> web.Response:
        refresh_token = request.cookies.get("refresh_token", "")
        return responses.enveloped(request, self.accounts.refresh(refresh_token, self.token_seconds))

    async def _picture(self, request: web.Request, _received: Received) -> web.Response:
        """Serve a picture as Qwen's storage does: as a stream of octets, and at first not at all."""
        name = request.match_info["name"]
        self.looks[name] += 1
        known = any(name in chat.messages for chat in self.chats.values())
        if not known or self.looks[name] <= self.picture_looks:
            return web.Response(text="Not Found", status=404)
        return web.Response(body=generated_media.png(), content_type="application/octet-stream")

    async def _nothing(self, request: web.Request, _received: Received) -> web.Response:
        response = responses.enveloped(request, {"code": "Not_Found", "details": "Not Found"}, 404)
        response.set_status(404)
        return response
