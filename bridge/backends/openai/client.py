"""Asks an OpenAI-compatible server, which keeps nothing: each question is sent with its context."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from types import TracebackType
from typing import Self

import structlog
from yarl import URL

from bridge.answer_events import Event, Finished, Started, Text
from bridge.backends.base import LOCAL, Earlier, Lessons, Look, Moves, is_local, nothing
from bridge.backends.http.file_kinds import is_picture
from bridge.backends.http.limiter import Limiter, key_of
from bridge.backends.http.retries import retries
from bridge.backends.openai import model_list, wire
from bridge.backends.openai.capabilities import Capabilities, PreparedRequest
from bridge.backends.openai.known_models import KnownModels
from bridge.backends.openai.refusal_kinds import WRONG_MODEL
from bridge.backends.openai.session import Session
from bridge.backends.openai.stream import OpenAIStream, frames
from bridge.backends.openai.think_tags import ThinkTagSplitter
from bridge.errors import (
    ApiMisled,
    ChatGone,
    CutOff,
    KeyRefused,
    ModelUnknown,
    NoPictures,
    OperatorNeeded,
    QwenError,
    Stalled,
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
    once, the answer included. `proxy`: the URL of an HTTP proxy. `lessons`: keeps what is learnt of the models across
    restarts; None: it is learnt anew. `clock` returns seconds.
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
        lessons: Lessons | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = Session(url, key, proxy)
        self._has_key = bool(key)
        self._wanted = wanted
        self._limiter = limiter or Limiter()
        self._model = ""
        self._refused: set[str] = set()
        self._choosing = asyncio.Lock()
        self._known = KnownModels(url, context, clock, lessons)
        self.hosts = (URL(url).host or "",)

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
        return self._known.of(model)

    def keeps(self, chat_id: str) -> bool:
        """See Backend.keeps: such a server keeps nothing."""
        return False

    async def models(self) -> list[Model]:
        """See Backend.models."""
        try:
            async with self._session.request("GET", "/models") as response:
                return model_list.listed(await response.read())
        except ApiMisled:
            raise ApiMisled(remedy=f"{ApiMisled.remedy}; if it lists no models, set QWEN_API_MODEL") from None

    async def model(self, named: str = "") -> str:
        """See Backend.model. A named or wanted model is not looked up: not every server lists what it has."""
        if named:
            return named
        async with self._choosing:
            if not self._model:
                self._model = self._wanted or self._first(await self.models())
                if not self._model:
                    raise ModelUnknown(remedy=NO_MODELS)
                log.info(f"Model: {self._model}, by the API.")
        return self._model

    def _first(self, offered: Sequence[Model]) -> str:
        """Return the first model that the server has not refused; all are tried again where it has refused all."""
        fit = [model.id for model in offered if model.id not in self._refused]
        if not fit:
            self._refused.clear()
        return next(iter(fit or [model.id for model in offered]), "")

    async def ask(
        self,
        prompt: str,
        head: Head | None,
        options: Options = DEFAULTS,
        files: Sequence[Attachment] = (),
        look: Look | None = None,
        moves: Moves = nothing,
    ) -> AsyncGenerator[Event]:
        """See Backend.ask. The ids of the events are made here, and the context comes from `look` alone.

        Where the server refuses a parameter or the length, the question is asked again without, or with less context;
        where it refuses in unknown words, once without any.
        """
        wire.check(files)
        await self._known.recall()
        self._check_pictures(files, options)
        visible = False

        def again(error: Exception) -> bool:
            tries = 2 if isinstance(error, CutOff) else getattr(error, "tries", 1)  # no server writes on unheard
            return not visible and attempt.num < tries and not request.on_trial

        judge = partial(self._judged, chosen=bool(options.model))
        async with self._limiter.question(key_of(prompt, files), judge) as begun:
            moves()
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
                                    if not isinstance(event, Started):
                                        begun()
                                    yield event
                    answered = True
                except QwenError as error:
                    if visible or not request.adjust(error):
                        raise

    def _check_pictures(self, files: Sequence[Attachment], options: Options) -> None:
        """Raise NoPictures for pictures where the model has refused some lately."""
        known = self.capabilities(options.model or self._model)
        if known.blind and any(is_picture(file) for file in files):
            raise NoPictures

    def _judged(self, error: QwenError, *, chosen: bool) -> QwenError:
        """Return what an error is, if people have `chosen` the model."""
        if isinstance(error, OperatorNeeded) and chosen:
            return ModelUnknown(remedy=WRONG_MODEL)  # key or funds may not be for this model: the others work
        if isinstance(error, KeyRefused) and not self._has_key:
            return KeyRefused(remedy=NO_KEY, certain=error.certain)
        if isinstance(error, ModelUnknown) and not chosen:
            self._refused.add(self._model)
            self._model = ""
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

    async def let_in(self, prompt: str, files: Sequence[Attachment], seconds: float) -> bool:
        """See Backend.let_in: only a try tells whether a key or an account works again."""
        return await self._limiter.breaker.wait(key_of(prompt, files), seconds, LOOK_SECONDS)

    async def delete(self, chat_id: str) -> bool:
        """See Backend.delete: such a server keeps nothing."""
        return is_local(chat_id)

    async def written(self, head: Head) -> list[Event]:
        """See Backend.written: such a server stops where the connection ends."""
        raise ChatGone

    async def picture(self, url: str) -> None:
        """See Backend.picture: such a server makes none."""

    def stood_still(self) -> bool:
        """See Backend.stood_still."""
        return False

    def leave(self) -> None:
        """See Backend.leave."""

    async def _answer(self, request: PreparedRequest) -> AsyncGenerator[Event]:
        """Ask once, and yield the answer's events. Raises QwenError."""
        head = Head(request.chat_id, str(uuid.uuid4()))
        known, asked = request.capabilities, request.options.thinking
        stream = OpenAIStream(ThinkTagSplitter(begun=asked in known.begun), asked=asked)
        orderly = True
        try:
            async with self._session.request("POST", "/chat/completions", request.payload()) as response:
                yield Started(head.chat_id, head.parent_id)
                async for frame in frames(response, stream):
                    for event in stream.events(frame):
                        yield event
        except CutOff:
            orderly = False  # whether that matters is known below
        except Stalled:
            if not stream.finished:
                raise
        for event in stream.end(whole=known.is_whole(stream, orderly=orderly)):
            yield event
        request.learn(stream)
        await self._known.keep(request.model)
        yield Finished(
            head,
            stream.usage,
            left_out=request.fitted.left_out,
            cut_short=stream.cut_short,
            damaged=stream.damaged,
            unthought=asked and not (known.thinks or stream.usage.reasoning_tokens),
        )
