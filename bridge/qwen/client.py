"""The client: one shared aiohttp session, from which questions are asked and answers streamed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from types import TracebackType
from typing import Self

import aiohttp
import orjson
import structlog
from yarl import URL

from bridge.errors import (
    ChatGone,
    CutOff,
    Empty,
    InProgress,
    ModelUnknown,
    NotUnderstood,
    QwenError,
    TooLong,
    Unreachable,
)
from bridge.model import Event, Head, Started
from bridge.qwen import failures, sse, wire
from bridge.qwen.credentials import Credentials
from bridge.qwen.wire import Json, Model

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 117_000
"""A longer request body is taken for an attack: 117 kB was seen to pass, 129 kB never (qwen wire, anti-bot answers)."""

CONNECT_SECONDS = 15.0
SILENCE_SECONDS = 60.0
"""Qwen keeps slow answers alive every ten seconds or so; this long without a byte is a stall."""

IN_PROGRESS_WAITS = (0.3, 0.7, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0)
"""Seconds between tries while Qwen still writes an earlier answer in the chat: 30 in all, then the chat is given up."""

STOP_SECONDS = 2.0
"""How long a broken-off answer's stop may take."""


class Qwen:
    """Asks Qwen. `wanted` is the model to use where this kind of user may; else the first that is offered is."""

    def __init__(self, url: str, credentials: Credentials, *, wanted: str = "", proxy: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._credentials = credentials
        self._wanted = wanted
        self._proxy = proxy
        self._model = ""
        self._choosing = asyncio.Lock()
        self._stops: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        # The jar takes cookies from addresses too (a server on this machine), and sends values as they were pasted.
        jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        jar.update_cookies(self._credentials.cookies, URL(self._url))
        self._session = aiohttp.ClientSession(
            # No cap: as many conversations as there are may wait for Qwen at once.
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=jar,
            headers=self._credentials.headers(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS),
            proxy=self._proxy,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stops:
            await asyncio.wait(self._stops, timeout=STOP_SECONDS)
        await self._session.close()

    @property
    def guest(self) -> bool:
        """Whether Qwen sees a guest."""
        return self._credentials.guest

    async def models(self) -> list[Model]:
        """The models that this kind of user may choose, in Qwen's order. Raises QwenError."""
        async with self._request("GET", "/api/models", "/") as response:
            listed = wire.models(await self._json(response))
        return [model for model in listed if model.active and (model.guests or not self.guest)]

    async def model(self) -> str:
        """The model that questions are asked of; chosen once, and said in the log. Raises QwenError."""
        async with self._choosing:
            if not self._model:
                offered = [model.id for model in await self.models()]
                if not offered:
                    raise ModelUnknown
                self._model = self._wanted if self._wanted in offered else offered[0]
                self._say_model()
        return self._model

    async def ask(self, prompt: str, head: Head | None) -> AsyncGenerator[Event]:
        """Ask below `head`, or in a new chat (None), and yield Started, Text … and Finished.

        Raises QwenError; ChatGone when the chat or the parent is not there any more. Closing the generator early
        stops the answer at Qwen.
        """
        model = await self.model()
        try:
            _check_length(prompt, model)
            chat_id = head.chat_id if head else await self._new_chat(model)
            payload = wire.completion(chat_id, head.parent_id if head else None, prompt, model, guest=self.guest)
            async with aclosing(self._patiently(chat_id, payload)) as events:
                async for event in events:
                    yield event
        except ModelUnknown:
            self._model = ""
            raise

    async def _new_chat(self, model: str) -> str:
        payload = wire.new_chat(model, guest=self.guest)
        async with self._request("POST", "/api/v2/chats/new", "/c/new-chat", payload) as response:
            body = await self._json(response)
        data = body.get("data")
        chat_id = data.get("id") if isinstance(data, dict) else None
        if not isinstance(chat_id, str) or not chat_id:
            raise NotUnderstood
        return chat_id

    async def _patiently(self, chat_id: str, payload: Json) -> AsyncGenerator[Event]:
        """One answer, waited for while the chat still writes an earlier one, which nobody listens to any more."""
        for seconds in (*IN_PROGRESS_WAITS, None):
            try:
                async with aclosing(self._answer(chat_id, payload)) as events:
                    async for event in events:
                        yield event
            except InProgress:
                if seconds is None:
                    raise ChatGone from None
            else:
                return
            await self._stop(chat_id, "")
            await asyncio.sleep(seconds or 0)

    async def _answer(self, chat_id: str, payload: Json) -> AsyncGenerator[Event]:
        reader = wire.Reader(chat_id)
        response_id = ""
        page = "/c/guest" if self.guest else f"/c/{chat_id}"
        try:
            path = f"/api/v2/chat/completions?chat_id={chat_id}"
            async with self._request("POST", path, page, payload) as response:
                async for frame in self._frames(response, reader):
                    for event in reader.events(frame):
                        if isinstance(event, Started):
                            response_id = event.response_id
                        yield event
                    if reader.finished:
                        break
            finished = reader.end()
        except (GeneratorExit, asyncio.CancelledError):
            if response_id:
                self._stop_later(chat_id, response_id)
            raise
        yield finished

    async def _frames(self, response: aiohttp.ClientResponse, reader: wire.Reader) -> AsyncIterator[object]:
        """The frames of a stream, whatever its content type says; a body that is no stream is read as a failure."""
        decoder = sse.Decoder()
        chunks = response.content.iter_any()
        first = b""
        async for chunk in chunks:
            first += chunk
            if first.strip():
                break
        if first.lstrip()[:1] in (b"{", b"[", b"<"):
            raise _failure(first + await response.content.read(), response.status)
        if failure := failures.by_status(response.status):
            raise failure
        for data in decoder.feed(first):
            yield _frame(data, reader)
        async for chunk in chunks:
            for data in decoder.feed(chunk):
                yield _frame(data, reader)
        for data in decoder.end():
            yield _frame(data, reader)

    def _stop_later(self, chat_id: str, response_id: str) -> None:
        task = asyncio.create_task(self._stop(chat_id, response_id))
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)

    async def _stop(self, chat_id: str, response_id: str) -> None:
        """Tell Qwen that nobody listens to the answer any more, so that the chat is free again. Never raises."""
        payload = {"chat_id": chat_id, "response_id": response_id}
        with suppress(QwenError, TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                path = f"/api/v2/chat/completions/stop?chat_id={chat_id}"
                async with self._request("POST", path, f"/c/{chat_id}", payload) as response:
                    await response.read()

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, page: str, payload: Json | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = wire.request_headers(self._url, page)
        if payload is not None:
            headers["Content-Type"] = "application/json"
        body = None if payload is None else orjson.dumps(payload)
        with _translated():
            async with self._session.request(
                method, URL(self._url + path, encoded=True), data=body, headers=headers, allow_redirects=False
            ) as response:
                yield response

    async def _json(self, response: aiohttp.ClientResponse) -> dict[str, object]:
        """The JSON object of an answer. Raises what the body says went wrong."""
        body = await response.read()
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise failures.in_body(body, response.status) from None
        if not isinstance(value, dict):
            raise NotUnderstood
        if failure := failures.in_frame(value) or failures.by_status(response.status):
            raise failure
        return value

    def _say_model(self) -> None:
        if self._wanted and self._model != self._wanted:
            log.warning(
                f"QWEN_MODEL={self._wanted} is not offered to {'guests' if self.guest else 'this account'}; "
                f"using {self._model}. `qwen-bridge models` lists what is."
            )
        else:
            log.info(f"Model: {self._model}, as {'a guest' if self.guest else 'your account'}.")


def _check_length(prompt: str, model: str) -> None:
    size = len(orjson.dumps(wire.completion("0" * 36, "0" * 36, prompt, model, guest=True)))
    if size > MAX_BODY_BYTES:
        raise TooLong(
            f"That is too long for one question: about {size // 1000} kB, and Qwen takes {MAX_BODY_BYTES // 1000} kB. "
            "Please shorten it, or send it in parts."
        )


def _frame(data: str, reader: wire.Reader) -> object:
    if data.strip() == "[DONE]":
        reader.done()
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None  # one garbled line does not end an answer; a missing end does


def _failure(body: bytes, status: int) -> QwenError:
    """The failure that a body is which should have been a stream."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return failures.in_body(body, status)
    failure = failures.in_frame(value) if isinstance(value, dict) else None
    return failure or failures.by_status(status) or NotUnderstood()


@contextmanager
def _translated() -> Iterator[None]:
    """The one edge where aiohttp's errors become ours; their words may hold addresses, so only their kind is kept."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
        raise Unreachable from error
    except sse.Overflow as error:
        raise NotUnderstood from error
    except aiohttp.ServerDisconnectedError as error:
        raise Empty from error
    except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError, TimeoutError) as error:
        raise CutOff from error
    except aiohttp.ClientError as error:
        raise NotUnderstood from error
