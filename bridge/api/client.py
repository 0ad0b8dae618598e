"""The client of an OpenAI-compatible server: one shared session; the tree of answers is ours."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from types import TracebackType
from typing import Self

import aiohttp
import orjson
import stamina
import structlog

from bridge import sentences
from bridge.api import failures, wire
from bridge.api.reading import WRONG_MODEL, Reading, frames, refused
from bridge.api.thinking import Splitter
from bridge.backend import OURS, Earlier, Look
from bridge.errors import (
    ApiMisled,
    ChatGone,
    CutOff,
    ModelUnknown,
    QwenError,
    Stalled,
    TooLong,
    Unreachable,
)
from bridge.model import Attachment, Event, Finished, Head, Model, Options, Started, Text
from bridge.qwen import sse
from bridge.qwen.gate import Gate

log = structlog.get_logger(__name__)

CONNECT_SECONDS, SILENCE_SECONDS = 15.0, 120.0
"""A model of one's own may load for a while before its first word."""

RETRY_FIRST_SECONDS, RETRY_LONGEST_SECONDS = 0.5, 8.0

LOOK_SECONDS = 30.0
"""How often it is tried whether the operator has done something: renewed a key, paid into an account."""

LESS = 0.6
"""What is left of a question with what stands above it, where that was too long for the server."""

FIRST_TOKENS_OF_BYTE = 0.4
"""Before the server has told how it counts: more than any language takes."""

DEFAULTS = Options()


class Api:
    """Asks the server at `url` (…/v1). `wanted` is its model, or else the first that it lists.

    `context`: how many tokens a question may have with what stands above it.
    """

    guest = False
    door = sentences.AS_API

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        wanted: str = "",
        context: int = 30_000,
        proxy: str | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._wanted = wanted
        self._context = context
        self._proxy = proxy
        self._gate = gate or Gate()
        self._model = ""
        self._choosing = asyncio.Lock()
        self._dialect = 0
        self._begins_thinking = False
        self._tokens_of_byte = FIRST_TOKENS_OF_BYTE
        self._told: set[str] = set()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS),
            headers=self._headers,
            proxy=self._proxy,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    @property
    def trouble(self) -> QwenError | None:
        """See Backend.trouble."""
        return self._gate.breaker.trouble

    async def models(self) -> list[Model]:
        """See Backend.models."""
        async with self._request("GET", "/models") as response:
            return wire.models(await response.read())

    async def model(self, named: str = "") -> str:
        """See Backend.model. What is named or wanted is asked for as it is: not every server lists what it has."""
        if named:
            return named
        async with self._choosing:
            if not self._model:
                self._model = self._wanted or next((model.id for model in await self.models()), "")
                if not self._model:
                    raise ModelUnknown(remedy=WRONG_MODEL)
                log.info(f"Model: {self._model}, by the API.")
        return self._model

    async def ask(
        self,
        prompt: str,
        head: Head | None,
        options: Options = DEFAULTS,
        files: Sequence[Attachment] = (),
        look: Look | None = None,
    ) -> AsyncGenerator[Event]:
        """See Backend.ask. The ids are minted here: what stands above is told by `look` alone."""
        earlier = await look() if look else Earlier()
        breaker = self._gate.breaker
        async with self._gate.question():
            try:
                async with aclosing(self._somehow(prompt, head, options, files, earlier)) as events:
                    async for event in events:
                        yield event
            except failures.Misunderstood:
                raise ApiMisled from None
            except QwenError as error:
                breaker.failed(error)
                if isinstance(error, ModelUnknown):
                    self._model = ""
                raise
            breaker.succeeded()

    async def _somehow(
        self, prompt: str, head: Head | None, options: Options, files: Sequence[Attachment], earlier: Earlier
    ) -> AsyncGenerator[Event]:
        """With as much of what stands above as the server takes, which it may only tell by refusing more."""
        chat_id = head.chat_id if head and head.chat_id.startswith(OURS) else f"{OURS}{uuid.uuid4()}"
        while True:
            room = self._context - wire.ANSWER_TOKENS
            request = wire.asked(prompt, files, earlier, room, self._tokens_of_byte)
            self._say_dropped(chat_id, request.dropped)
            try:
                async with aclosing(self._with_retries(chat_id, request, options)) as events:
                    async for event in events:
                        yield event
            except TooLong:
                if request.kept == 0:
                    raise
                self._context = int(request.tokens * LESS) + wire.ANSWER_TOKENS
                log.info("The model takes less at once than QWEN_API_CONTEXT says.", tokens=self._context)
            else:
                return

    async def let_in(self, seconds: float) -> bool:
        """See Backend.let_in: nobody tells when a key or an account works again, so it is tried."""
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, seconds)))
        if seconds <= LOOK_SECONDS:
            return False
        self._gate.breaker.renewed()
        return True

    async def delete(self, chat_id: str) -> bool:
        """See Backend.delete: such a server keeps nothing."""
        return chat_id.startswith(OURS)

    async def written(self, head: Head) -> list[Event]:
        """See Backend.written: what nobody listens to is not written."""
        raise ChatGone

    def leave(self) -> None:
        """See Backend.leave."""

    async def _with_retries(self, chat_id: str, request: wire.Asked, options: Options) -> AsyncGenerator[Event]:
        visible = False

        def again(error: Exception) -> bool:
            if visible:
                return False
            if isinstance(error, failures.Misunderstood):
                self._dialect += 1
                return self._dialect < len(wire.DIALECTS)
            return isinstance(error, QwenError) and attempt.num < error.tries

        retries = stamina.retry_context(
            on=again, attempts=None, timeout=None, wait_initial=RETRY_FIRST_SECONDS, wait_max=RETRY_LONGEST_SECONDS
        )
        async for attempt in retries:
            if attempt.num > 1:
                await self._gate.wait_for_rate()
            with attempt:
                async with aclosing(self._answer(chat_id, request, options)) as events:
                    async for event in events:
                        visible = visible or isinstance(event, Text)
                        yield event

    async def _answer(self, chat_id: str, request: wire.Asked, options: Options) -> AsyncGenerator[Event]:
        model = await self.model(options.model)
        dialect = wire.DIALECTS[min(self._dialect, len(wire.DIALECTS) - 1)]
        payload = wire.completion(model, request.messages, options, dialect)
        head = Head(chat_id, str(uuid.uuid4()))
        reading = Reading(Splitter(begun=self._begins_thinking))
        async with self._request("POST", "/chat/completions", payload) as response:
            yield Started(head.chat_id, head.parent_id)
            async for frame in frames(response):
                for event in reading.events(frame):
                    yield event
        for event in reading.end():
            yield event
        self._learn(reading, request, options)
        yield Finished(head, reading.usage)

    def _learn(self, reading: Reading, request: wire.Asked, options: Options) -> None:
        """What an answer tells of the server: how it counts, and whether it heard that it need not think."""
        self._begins_thinking = reading.splitter.unmarked
        if reading.usage.input_tokens and request.tokens > 0:
            ratio = reading.usage.input_tokens / request.tokens
            self._tokens_of_byte = min(1.0, max(0.05, self._tokens_of_byte * min(4.0, max(0.25, ratio)) * 1.05))
        if reading.thought and not options.thinking and self._dialect < len(wire.DIALECTS) - 1:
            self._dialect += 1

    def _say_dropped(self, chat_id: str, dropped: int) -> None:
        if dropped and chat_id not in self._told:
            self._told.add(chat_id)
            log.info(
                "A conversation is longer than the model's context: its oldest turns are left out from now on.",
                turns=dropped,
            )

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, payload: wire.Json | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request that was not refused. Raises QwenError or Misunderstood, also while the body is read."""
        body = None if payload is None else orjson.dumps(payload)
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            async with self._session.request(
                method, self._url + path, data=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise refused(await response.read(), response.status)
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise Unreachable(remedy="check this machine's network, QWEN_API_URL and PROXY_URL") from error
        except sse.Overflow as error:
            raise ApiMisled from error
        except TimeoutError as error:
            raise Stalled from error
        except aiohttp.ClientConnectionError as error:
            raise CutOff from error
        except aiohttp.ClientPayloadError as error:
            raise CutOff from error
        except aiohttp.ClientError as error:
            raise ApiMisled from error
