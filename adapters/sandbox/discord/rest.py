"""The REST side of the pretended Discord: reading requests, authorization, faults, rate limits, and the CDN."""

import asyncio
import json
import mimetypes
import time
from collections.abc import Mapping
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from adapters.sandbox.discord.channel_routes import ChannelRoutes
from adapters.sandbox.discord.commands import Commands
from adapters.sandbox.discord.errors import ApiError, plain_error, refusal
from adapters.sandbox.discord.files import signature
from adapters.sandbox.discord.interaction_routes import InteractionRoutes
from adapters.sandbox.discord.interactions import Interactions
from adapters.sandbox.discord.message_routes import MessageRoutes
from adapters.sandbox.discord.rate_limits import VIA, Fault, Faults, RateLimits, Verdict, limited_body
from adapters.sandbox.discord.requests import Answer, Request, Route
from adapters.sandbox.discord.state import State
from adapters.sandbox.discord.user_routes import UserRoutes

PREFIX = "/api/v10"
REQUEST_LIMIT = 25 * 1024 * 1024


class Rest:
    """Answers every request below /api/v10 and /attachments, and remembers them all."""

    def __init__(self, state: State, token: str) -> None:
        self.state = state
        self.token = token
        self.messages = MessageRoutes(state)
        self.limits = RateLimits()
        self.faults = Faults()
        self.requests: list[Request] = []
        self.downloads: list[Request] = []
        self.unknown_routes: list[str] = []
        self.closing = asyncio.Event()
        self.commands = Commands(state)
        self.interactions = Interactions(state)
        self.routes = [
            *UserRoutes(state).routes(),
            *ChannelRoutes(state).routes(),
            *self.messages.routes(),
            *self.commands.routes(),
            *InteractionRoutes(self.interactions).routes(),
        ]

    def attach_to(self, app: web.Application) -> None:
        """Add the routes to the server."""
        app.router.add_route("*", "/{folder:(?:ephemeral-)?attachments}/{path:.*}", self.download)
        app.router.add_route("*", "/api/{path:.*}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to the API."""
        path = request.raw_path.split("?")[0].removeprefix(PREFIX)
        asked = Request(request.method, path, query=dict(request.query))
        asked.authorization = request.headers.get("Authorization", "")
        self.requests.append(asked)
        try:
            await _read_body(request, asked)
        except ApiError as error:
            return _answered(asked, error.status, error.body(), VIA)
        return await self._respond(request, asked)

    async def _respond(self, request: web.Request, asked: Request) -> web.Response:
        fault = self.faults.take(asked.method, asked.path, asked.body)
        if fault is None:
            return self._serve(asked)
        if fault.effect and not fault.replaces:
            answer = self._serve(asked)
            await self._wait(fault.delay)
            return answer
        await self._wait(fault.delay)
        if not fault.replaces:
            return self._serve(asked)
        if fault.effect:
            self._serve(asked)
        return self._misbehave(request, asked, fault)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return

    def _misbehave(self, request: web.Request, asked: Request, fault: Fault) -> web.Response:
        if fault.drop and request.transport:
            asked.status = 0
            request.transport.abort()
            return web.Response()
        status, body, headers = fault.answer()
        return _answered(asked, status, body, headers)

    def _serve(self, asked: Request) -> web.Response:
        route, ids = self._find(asked)
        by_token = route is not None and route.by_token
        if not by_token and asked.authorization != f"Bot {self.token}":
            return _answered(asked, 401, plain_error(401, "Unauthorized").body(), VIA)
        verdict = Verdict() if by_token else self.limits.take(route.bucket if route else None, ids[0] if ids else "")
        if verdict.retry_after is not None:
            body = limited_body(verdict.retry_after, everywhere=verdict.everywhere)
            return _answered(asked, 429, body, verdict.headers)
        status, answer = self._run(route, asked, ids)
        return _answered(asked, status, answer, {**VIA, **verdict.headers})

    def _find(self, asked: Request) -> tuple[Route | None, tuple[str, ...]]:
        for route in self.routes:
            if route.method == asked.method and (match := route.pattern.fullmatch(asked.path)):
                asked.route = route.name
                return route, tuple(map(unquote, match.groups()))
        return None, ()

    def _run(self, route: Route | None, asked: Request, ids: tuple[str, ...]) -> Answer:
        try:
            if route is None:
                raise self._unknown(asked)
            return route.handler(asked, ids)
        except ApiError as error:
            return error.status, error.body()

    def _unknown(self, asked: Request) -> ApiError:
        self.unknown_routes.append(f"{asked.method} {asked.path}")
        if any(route.pattern.fullmatch(asked.path) for route in self.routes):
            return plain_error(405, "Method Not Allowed")
        return plain_error(404, "Not Found")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Serve a file of a message. The link must be whole and not yet expired; no token is asked for."""
        path = request.path
        asked = Request(request.method, path, query=dict(request.query))
        asked.authorization = request.headers.get("Authorization", "")
        self.downloads.append(asked)
        fault = self.faults.take(asked.method, path)
        if fault:
            await self._wait(fault.delay)
            if fault.replaces:
                return self._misbehave(request, asked, fault)
        content = self.state.files.get(path)
        if content is None or not _link_holds(path, asked.query):
            return _answered(asked, 404, "This content is no longer available.", {})
        asked.status = 200
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return web.Response(body=content, content_type=kind, headers={"Content-Disposition": "attachment"})


def _link_holds(path: str, query: Mapping[str, str]) -> bool:
    try:
        expires = int(query.get("ex", ""), 16)
    except ValueError:
        return False
    return expires > time.time() and f"hm={query.get('hm', '')}&" in signature(path, expires)


async def _read_body(request: web.Request, asked: Request) -> None:
    if request.content_type == "multipart/form-data":
        await _read_parts(request, asked)
        return
    raw = await request.content.read()
    if len(raw) > REQUEST_LIMIT:
        raise refusal(40005)
    if raw:
        if request.content_type != "application/json":
            raise ApiError(400, 50035, "Expected \"Content-Type\" header to be one of {'application/json'}.")
        asked.body = _parsed(raw)


async def _read_parts(request: web.Request, asked: Request) -> None:
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise refusal(50109)
        raw = await part.read(decode=True)
        size += len(raw)
        if part.name == "payload_json":
            asked.body = _parsed(raw)
        else:
            asked.files.append((part.filename or "unknown", bytes(raw)))
    asked.body = asked.body if asked.body is not None else {}
    if size > REQUEST_LIMIT:
        raise refusal(40005)


def _parsed(raw: bytes | bytearray) -> object:
    try:
        value: object = json.loads(raw)
    except ValueError:
        raise refusal(50109) from None
    return value


def _answered(asked: Request, status: int, body: object, headers: Mapping[str, str]) -> web.Response:
    asked.status = status
    if body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(body, str):
        given = {"Content-Type": "text/html; charset=utf-8"} | dict(headers)
        return web.Response(status=status, body=body.encode(), headers=given)
    # content_type without a charset: discord.py parses exactly "application/json" only
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json", headers=headers)
