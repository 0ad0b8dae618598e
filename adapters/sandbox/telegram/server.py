"""The server of the pretended Telegram: what a test orders and reads there; the package tells how to use it."""

import asyncio
import json
import re
import time
from dataclasses import dataclass
from types import EllipsisType, TracebackType
from typing import Self

from aiohttp import web

from adapters.sandbox.telegram.bot_api import BotApi
from adapters.sandbox.telegram.command_menu import Key
from adapters.sandbox.telegram.errors import Json, Refused
from adapters.sandbox.telegram.faults import Drop, Fault, Match, refusal
from adapters.sandbox.telegram.flood_control import Limits
from adapters.sandbox.telegram.model import Chat, Message
from adapters.sandbox.telegram.params import Params, read_params
from adapters.sandbox.telegram.state import BOT_ID
from adapters.sandbox.telegram.user_actions import UserActions

TOKEN = f"{BOT_ID}:AA_placeholder_for_tests_only_00000"
_TOKEN_SHAPE = re.compile(r"\d+:[A-Za-z0-9_-]{35}")
LARGEST_UPLOAD = 50 * 1024 * 1024


@dataclass
class Request:
    """One call: parameters as text (nested ones are JSON), status 0 until it is answered, -1 if never."""

    method: str
    params: dict[str, str]
    time: float
    status: int = 0
    description: str = ""


class FakeTelegram(UserActions):
    """The server. Everything that tests need is here, in UserActions or in State."""

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.url = ""
        self.requests: list[Request] = []
        self._api = BotApi(self)
        self._faults: list[Fault] = []
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=LARGEST_UPLOAD)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self.updates.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """Return the address for ``Bot(base_url=...)``."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """Return the address for ``Bot(base_file_url=...)``."""
        return f"{self.url}/file/bot"

    @property
    def limits(self) -> Limits | None:
        """Return the numbers of flood control; None switches it off."""
        return self.flood.limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self.flood.limits = limits

    @property
    def rate_limited(self) -> int:
        """Count how many calls flood control refused."""
        return self.flood.refused

    @property
    def impatient(self) -> int:
        """Count how many of those came before an earlier ``retry_after`` was over."""
        return self.flood.impatient

    @property
    def pending(self) -> list[Json]:
        """Return the updates that the bot has not confirmed."""
        return self.updates.pending

    @property
    def confirmed_offset(self) -> int:
        """Return the highest offset that the bot asked for: every update below it is confirmed."""
        return self.updates.confirmed

    @property
    def polling(self) -> bool:
        """Tell whether a getUpdates waits right now."""
        return self.updates.polling

    @property
    def webhook_url(self) -> str:
        """Return the webhook that somebody set: while it is there, getUpdates ends with 409."""
        return self.updates.webhook

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self.updates.webhook = url

    @property
    def commands(self) -> dict[Key, list[Json]]:
        """Return the commands by scope and language."""
        return self._api.menu.commands

    def answers(self, chat: Chat, topic: int | EllipsisType | None = ...) -> list[Message]:
        """Return the bot's messages in a chat that are not deleted, in order; ``topic=None``: those outside topics."""
        own = [message for message in chat.messages if message.author is self.bot and not message.deleted]
        return own if isinstance(topic, EllipsisType) else [message for message in own if message.topic == topic]

    @property
    def methods(self) -> frozenset[str]:
        """Return the methods that are served, in their usual spelling."""
        return frozenset(self._api.methods)

    def calls(self, method: str) -> list[Request]:
        """Return the requests of one method, in order."""
        return [request for request in self.requests if request.method == method]

    def fault(
        self,
        method: str,
        *,
        code: int | None = None,
        description: str | None = None,
        retry_after: int | None = None,
        times: int | None = 1,
        after: int = 0,
        delay: float = 0.0,
        drop: Drop = False,
        match: Match | None = None,
        body: str | None = None,
    ) -> Fault:
        """Order trouble for the next ``times`` calls of a method (None: for all, "*": of any method).

        ``code``, ``description``, ``retry_after``: a refusal instead of the effect. ``delay``: the answer comes so many
        seconds late, though the effect is immediate. ``drop``: no answer, the connection closes before or after the
        effect. ``after``: so many calls pass first. ``match``: only calls with such parameters. ``body``: HTTP 200 with
        this instead of the effect.
        """
        fault = Fault(method, refusal(code, description, retry_after), times, after, delay, drop, match, body)
        self._faults.append(fault)
        return fault

    @property
    def pending_faults(self) -> int:
        """Count how many faults are still to come."""
        return len(self._faults)

    def clear_faults(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            files, path = self._admitted(request.path)
            return self._download(path) if files else await self._answer(request, path)
        except Refused as refused:
            return _refusal(refused)

    def _admitted(self, path: str) -> tuple[bool, str]:
        """Check the token; return whether a file is meant, and the path behind the token. Raises Refused."""
        found = re.fullmatch(r"/(file/)?bot([^/]*)/(.*)", path)
        if found is None or not _TOKEN_SHAPE.fullmatch(found[2]):
            raise Refused(404, "Not Found")
        if found[2] != self.token:
            raise Refused(401, "Unauthorized")
        return found[1] is not None, found[3]

    def _download(self, path: str) -> web.Response:
        file = next((each for each in self.files.values() if each.path == path), None)
        if file is None:
            raise Refused(404, "Not Found")
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _answer(self, request: web.Request, method: str) -> web.StreamResponse:
        try:
            params = await read_params(request)
        except web.HTTPRequestEntityTooLarge:
            raise Refused(413, "Request Entity Too Large") from None
        record = Request(self._api.name(method), params.values, time.monotonic())
        self.requests.append(record)
        fault = next((each for each in self._faults if each.strikes(record.method, params.values)), None)
        if fault and fault.drop in (True, "before"):
            return await self._lost(request, record, fault)
        if fault and fault.body is not None:
            record.status = fault.refusal.code if fault.refusal else 200
            return web.Response(text=fault.body, status=record.status, content_type="application/json")
        response = await self.outcome(record, params, fault)
        if fault and fault.drop:
            return await self._lost(request, record, fault)
        if fault and fault.delay:
            await self._pause(fault.delay)
        return response

    async def outcome(self, record: Request, params: Params, fault: Fault | None) -> web.Response:
        """Carry out a call, or refuse it as `fault` orders, and answer it; the record keeps the status."""
        try:
            if fault and fault.refusal:
                raise fault.refusal
            result = await self._api.call(record.method, params)
        except Refused as refused:
            record.status, record.description = refused.code, refused.description
            return _refusal(refused)
        record.status = 200
        return _json({"ok": True, "result": result}, 200)

    async def _lost(self, request: web.Request, record: Request, fault: Fault) -> web.StreamResponse:
        """Close the connection without a word."""
        await self._pause(fault.delay)
        record.status = -1
        if request.transport:
            request.transport.abort()
        return web.Response()

    async def _pause(self, seconds: float) -> None:
        if seconds:
            closing = asyncio.ensure_future(self._closing.wait())
            await asyncio.wait([closing], timeout=seconds)
            closing.cancel()


def _refusal(refused: Refused) -> web.Response:
    retry_after = (refused.parameters or {}).get("retry_after")
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return _json(refused.body(), refused.code, headers)


def _json(body: Json, status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type="application/json")
