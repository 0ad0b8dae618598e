"""Asks an OpenAI-compatible server, which keeps nothing: each question is sent with its context."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Self

import structlog

from bridge.answer_events import Event, Finished, Started, Text
from bridge.backends.base import LOCAL, Earlier, Look, is_local
from bridge.backends.http.limiter import Limiter
from bridge.backends.http.retries import retries
from bridge.backends.openai import failures, wire
from bridge.backends.openai.capabilities import Capabilities, PreparedRequest
from bridge.backends.openai.session import Session
from bridge.backends.openai.stream import WRONG_MODEL, OpenAIStream, frames
from bridge.backends.openai.think_tags import ThinkTagSplitter
from bridge.errors import (
    ApiMisled,
    ChatGone,
    CutOff,
    KeyRefused,
    ModelUnknown,
    OperatorNeeded,
    QwenError,
    Stalled,
    TooLong,
)
from bridge.i18n import sentences
from bridge.model import Attachment, Head, Model, Options

log = structlog.get_logger(__name__)

LOOK_SECONDS = 30.0
"""Separates two tries whether the operator has done something: renewed a key, paid into an account."""

NO_MODELS = "the server lists no models: set QWEN_API_MODEL"
NO_KEY = "the API wants a key: set QWEN_API_KEY"

DEFAULTS = Options()


class OpenAIClient:
    """Asks the server at `url` (…/v1). See bridge.backends.base.Backend.

    `wanted`: the model to use, or else the first that the server lists. `context`: how many tokens a model takes at
    once, the answer included. `proxy`: the URL of an HTTP proxy. `clock` returns seconds.
    """

    guest = False
    label = sentences.AS_API

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        wanted: str = "",
        context: int = 30_000,
        proxy: str | None = None,
        limiter: Limiter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = Session(url, key, proxy)
        self._has_key = bool(key)
        self._wanted = wanted
        self._context = context
        self._clock = clock
        self._limiter = limiter or Limiter()
        self._model = ""
        self._choosing = asyncio.Lock()
        self._capabilities: dict[str, Capabilities] = {}

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.__aexit__(kind, error, trace)

    @property
    def trouble(self) -> QwenError | None:
        """See Backend.trouble."""
        return self._limiter.breaker.trouble

    @property
    def need(self) -> OperatorNeeded | None:
        """See Backend.need."""
        return self._limiter.breaker.need

    def capabilities(self, model: str) -> Capabilities:
        """Return what is known of a model; of one that was not asked before, what the operator says."""
        return self._capabilities.setdefault(model, Capabilities(self._context, self._clock))

    def keeps(self, chat_id: str) -> bool:
        """See Backend.keeps: such a server keeps nothing."""
        return False

    async def models(self) -> list[Model]:
        """See Backend.models."""
        try:
            async with self._session.request("GET", "/models") as response:
                return wire.models(await response.read())
        except ApiMisled:
            raise ApiMisled(remedy=f"{ApiMisled.remedy}; if it lists no models, set QWEN_API_MODEL") from None

    async def model(self, named: str = "") -> str:
        """See Backend.model. A named or wanted model is not looked up: not every server lists what it has."""
        if named:
            return named
        async with self._choosing:
            if not self._model:
                self._model = self._wanted or next((model.id for model in await self.models()), "")
                if not self._model:
                    raise ModelUnknown(remedy=NO_MODELS)
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
        """See Backend.ask. The ids of the events are made here, and the context comes from `look` alone.

        Where the server refuses a parameter or the length, the question is asked again without, or with less context.
        """
        wire.check(files)
        visible = False

        def again(error: Exception) -> bool:
            tries = 2 if isinstance(error, CutOff) else getattr(error, "tries", 1)  # no server writes on unheard
            return not visible and attempt.num < tries

        async with self._limiter.question(lambda error: self._judged(error, options)):
            request, answered = await self._prepare(prompt, head, options, files, look), False
            while not answered:
                try:
                    async for attempt in retries(again):
                        if attempt.num > 1:
                            await self._limiter.wait_for_rate()
                        with attempt:
                            async with aclosing(self._answer(request)) as events:
                                async for event in events:
                                    visible = visible or isinstance(event, Text)
                                    if isinstance(event, Finished):  # nobody may ask for more
                                        self._limiter.breaker.succeeded()
                                    yield event
                    answered = True
                except (failures.Misunderstood, TooLong, CutOff) as error:
                    if visible or not request.adjust(error):
                        raise

    def _judged(self, error: QwenError, options: Options) -> QwenError:
        """Record an error in the breaker, and return what this person is told."""
        if isinstance(error, KeyRefused) and options.model:
            return ModelUnknown(remedy=WRONG_MODEL)  # the key may not be for this model: the others work
        if isinstance(error, KeyRefused) and not self._has_key:
            error = KeyRefused(remedy=NO_KEY)
        if isinstance(error, ModelUnknown) and not options.model:
            self._model = ""
        self._limiter.breaker.failed(error)
        return error

    async def _prepare(
        self, prompt: str, head: Head | None, options: Options, files: Sequence[Attachment], look: Look | None
    ) -> PreparedRequest:
        """Return the request for a question with its context. Raises QwenError, as where there is no model."""

        def again(error: Exception) -> bool:
            return isinstance(error, QwenError) and attempt.num < error.tries

        model = ""
        async for attempt in retries(again):
            with attempt:
                model = await self.model(options.model)
        chat_id = head.chat_id if head and is_local(head.chat_id) else f"{LOCAL}{uuid.uuid4()}"
        capabilities = self.capabilities(model)
        earlier = await look(int(capabilities.room)) if look else Earlier()
        message = wire.question(earlier.prompt or prompt, files)
        return PreparedRequest(chat_id, model, message, earlier, options, capabilities)

    async def let_in(self, seconds: float) -> bool:
        """See Backend.let_in: only a try tells whether a key or an account works again."""
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, seconds)))
        if seconds <= LOOK_SECONDS:
            return False
        self._limiter.breaker.probe(LOOK_SECONDS)
        return True

    async def delete(self, chat_id: str) -> bool:
        """See Backend.delete: such a server keeps nothing."""
        return is_local(chat_id)

    async def written(self, head: Head) -> list[Event]:
        """See Backend.written: such a server stops where the connection ends."""
        raise ChatGone

    async def picture(self, url: str) -> None:
        """See Backend.picture: such a server makes none."""

    def leave(self) -> None:
        """See Backend.leave."""

    async def _answer(self, request: PreparedRequest) -> AsyncGenerator[Event]:
        """Ask once, and yield the answer's events. Raises QwenError."""
        head = Head(request.chat_id, str(uuid.uuid4()))
        stream = OpenAIStream(ThinkTagSplitter(begun=request.options.thinking in request.capabilities.begun))
        try:
            async with self._session.request("POST", "/chat/completions", request.payload()) as response:
                yield Started(head.chat_id, head.parent_id)
                async for frame in frames(response):
                    for event in stream.events(frame):
                        yield event
        except CutOff:
            pass  # whether that matters is known below
        except Stalled:
            if not stream.finished:
                raise
        for event in stream.end():
            yield event
        request.learn(stream)
        yield Finished(head, stream.usage, left_out=request.fitted.left_out, cut_short=stream.cut_short)
