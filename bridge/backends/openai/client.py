"""The client of an OpenAI-compatible server: one shared session; the tree of answers is ours."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Self

import structlog

from bridge.backends.base import LOCAL, Earlier, Look, is_local
from bridge.backends.http.limiter import Limiter
from bridge.backends.http.retries import retries
from bridge.backends.openai import failures, wire
from bridge.backends.openai.capabilities import Capabilities, Question
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
from bridge.model import Attachment, Event, Finished, Head, Model, Options, Started, Text

log = structlog.get_logger(__name__)

LOOK_SECONDS = 30.0
"""How often it is tried whether the operator has done something: renewed a key, paid into an account."""

NO_MODELS = "the server lists no models: set QWEN_API_MODEL"
NO_KEY = "the API wants a key: set QWEN_API_KEY"

DEFAULTS = Options()


class OpenAIClient:
    """Asks the server at `url` (…/v1). `wanted` is its model, or else the first that it lists.

    `context`: how many tokens a question may have with what stands above it.
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
    ) -> None:
        self._session = Session(url, key, proxy)
        self._has_key = bool(key)
        self._wanted = wanted
        self._context = context
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
        """See Backend.model. What is named or wanted is asked for as it is: not every server lists what it has."""
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
        """See Backend.ask. The ids are minted here: what stands above is told by `look` alone.

        A question is asked in words that the server takes, and with as much above as it takes, which only its refusals
        may tell.
        """
        wire.check(files)
        visible = False

        def again(error: Exception) -> bool:
            tries = 2 if isinstance(error, CutOff) else getattr(error, "tries", 1)  # no server writes on unheard
            return not visible and attempt.num < tries

        async with self._limiter.question(lambda error: self._judged(error, options)):
            question, answered = await self._question(prompt, head, options, files, look), False
            while not answered:
                try:
                    async for attempt in retries(again):
                        if attempt.num > 1:
                            await self._limiter.wait_for_rate()
                        with attempt:
                            async with aclosing(self._answer(question)) as events:
                                async for event in events:
                                    visible = visible or isinstance(event, Text)
                                    if isinstance(event, Finished):  # nobody may ask for more
                                        self._limiter.breaker.succeeded()
                                    yield event
                    answered = True
                except (failures.Misunderstood, TooLong, CutOff) as error:
                    if visible or not question.put_otherwise(error):
                        raise

    def _judged(self, error: QwenError, options: Options) -> QwenError:
        """What an error is to this person, and to everybody."""
        if isinstance(error, KeyRefused) and options.model:
            return ModelUnknown(remedy=WRONG_MODEL)  # the key may not be for it: that is no trouble of everybody's
        if isinstance(error, KeyRefused) and not self._has_key:
            error = KeyRefused(remedy=NO_KEY)
        if isinstance(error, ModelUnknown) and not options.model:
            self._model = ""
        self._limiter.breaker.failed(error)
        return error

    async def _question(
        self, prompt: str, head: Head | None, options: Options, files: Sequence[Attachment], look: Look | None
    ) -> Question:
        """The question with what stands above it, for a model that is known to be there."""

        def again(error: Exception) -> bool:
            return isinstance(error, QwenError) and attempt.num < error.tries

        model = ""
        async for attempt in retries(again):
            with attempt:
                model = await self.model(options.model)
        chat_id = head.chat_id if head and is_local(head.chat_id) else f"{LOCAL}{uuid.uuid4()}"
        capabilities = self._capabilities.setdefault(model, Capabilities(self._context))
        earlier = await look(int(capabilities.room)) if look else Earlier()
        message = wire.said(earlier.prompt or prompt, files)
        return Question(chat_id, model, message, earlier, options, capabilities)

    async def let_in(self, seconds: float) -> bool:
        """See Backend.let_in: nobody tells when a key or an account works again, so it is tried."""
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, seconds)))
        if seconds <= LOOK_SECONDS:
            return False
        self._limiter.breaker.probe(LOOK_SECONDS)
        return True

    async def delete(self, chat_id: str) -> bool:
        """See Backend.delete: such a server keeps nothing."""
        return is_local(chat_id)

    async def written(self, head: Head) -> list[Event]:
        """See Backend.written: what nobody listens to is not written."""
        raise ChatGone

    def leave(self) -> None:
        """See Backend.leave."""

    async def _answer(self, question: Question) -> AsyncGenerator[Event]:
        head = Head(question.chat_id, str(uuid.uuid4()))
        stream = OpenAIStream(ThinkTagSplitter(begun=question.options.thinking in question.capabilities.begun))
        try:
            async with self._session.request("POST", "/chat/completions", question.payload()) as response:
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
        question.learn(stream)
        yield Finished(head, stream.usage, left_out=question.request.left_out, cut_short=stream.cut_short)
