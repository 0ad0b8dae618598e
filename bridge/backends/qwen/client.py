"""The client: questions are asked through the limiter, and answers streamed."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from itertools import chain, repeat
from types import TracebackType
from typing import Self

import orjson
import structlog

from bridge.backends.base import OURS, Look
from bridge.backends.http.file_kinds import check_files
from bridge.backends.http.limiter import Limiter
from bridge.backends.http.retries import retries
from bridge.backends.qwen import wire
from bridge.backends.qwen.credentials import Credentials
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.backends.qwen.login_renewal import LoginRenewal
from bridge.backends.qwen.session import Session, frames
from bridge.backends.qwen.stream import QwenStream, events_of
from bridge.backends.qwen.wire import Json
from bridge.errors import (
    ChatGone,
    Empty,
    InProgress,
    ModelUnknown,
    NotUnderstood,
    OperatorNeeded,
    QwenError,
    SignedOut,
    Stalled,
    TooLong,
)
from bridge.i18n import sentences
from bridge.model import Attachment, Event, Finished, Head, Model, Options, Started, Text

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 117_000
"""A longer request body is taken for an attack: 117 kB was seen to pass, 129 kB never (qwen wire, anti-bot answers)."""

IN_PROGRESS_SECONDS = 30.0
"""How long Qwen may go on writing an earlier answer in a chat, to which nobody listens; then the chat is given up."""

IN_PROGRESS_WAITS = (0.3, 0.7, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0)
"""Seconds between the questions whether it has ended."""

WRITTEN_SECONDS = 120.0
"""How long an answer that nobody listens to is waited for."""

LOOK_SECONDS = 2.0
"""How often it is looked whether the operator has pasted anything anew, while questions wait for that."""

STOP_SECONDS = 2.0
"""How long a broken-off answer's stop may take."""

DEFAULTS = Options()

_CHAT_ID = re.compile(r"[\w.-]{1,200}", re.ASCII)
"""It stands in addresses and headers."""


@dataclass(frozen=True)
class Question:
    """What is asked, where, and how."""

    prompt: str
    head: Head | None
    options: Options
    files: Sequence[Json]

    def payload(self, chat_id: str, model: str, *, guest: bool) -> Json:
        """The request's body."""
        parent_id = self.head.parent_id if self.head else None
        return wire.completion(chat_id, parent_id, self.prompt, model, self.options, guest=guest, files=self.files)

    def check_length(self, model: str) -> None:
        """Raises TooLong where the body is more than Qwen takes."""
        size = len(orjson.dumps(self.payload("0" * 36, model, guest=True)))
        if size > MAX_BODY_BYTES:
            raise TooLong(sentences.QUESTION_TOO_LONG, size=size // 1000, most=MAX_BODY_BYTES // 1000)


class QwenClient:
    """Asks Qwen. `wanted` is the model to use where this kind of user may; else the first that is offered is.

    `alone`: nobody else answers where this does not, so that a question is worth a second try and some patience.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        wanted: str = "",
        proxy: str | None = None,
        limiter: Limiter | None = None,
        credentials_file: CredentialsFile | None = None,
        alone: bool = True,
    ) -> None:
        self._session = Session(url, credentials, proxy, hasty=not alone)
        self._alone = alone
        self._login_renewal = LoginRenewal(self._session, credentials_file or CredentialsFile(None))
        self._wanted = wanted
        self._limiter = limiter or Limiter()
        self._model = ""
        self._offered: frozenset[str] = frozenset()
        self._choosing = asyncio.Lock()
        self._stops: set[asyncio.Task[None]] = set()
        self._leaving = False

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stops:
            await asyncio.wait(self._stops, timeout=STOP_SECONDS)
        self._login_renewal.keep(at_once=True)
        await self._session.__aexit__(kind, error, trace)

    @property
    def guest(self) -> bool:
        """Whether Qwen sees a guest."""
        return self._session.credentials.guest

    @property
    def label(self) -> str:
        """See bridge.backends.base.Backend.label."""
        return sentences.AS_GUEST if self.guest else sentences.AS_ACCOUNT

    @property
    def trouble(self) -> QwenError | None:
        """What keeps questions from being asked now: an outage, a spent quota, a need for the operator."""
        return self._limiter.breaker.trouble

    @property
    def need(self) -> OperatorNeeded | None:
        """See Backend.need."""
        return self._limiter.breaker.need

    async def models(self) -> list[Model]:
        """The models that this kind of user may choose, in Qwen's order. Raises QwenError."""
        listed = wire.models(await self._session.json("GET", "/api/models"))
        return [model for model in listed if model.active and (model.guests or not self.guest)]

    async def model(self, named: str = "") -> str:
        """The model that a question is asked of: the one that it names, else one that is chosen once, and said.

        Raises QwenError; ModelUnknown for a model that is not offered, since guests would get an empty answer from it.
        """
        async with self._choosing:
            if not self._model:
                offered = [model.id for model in await self.models()]
                if not offered:
                    raise ModelUnknown
                self._offered = frozenset(offered)
                self._model = self._wanted if self._wanted in offered else offered[0]
                self._say_model()
        if named and named not in self._offered:
            raise ModelUnknown
        return named or self._model

    async def ask(
        self,
        prompt: str,
        head: Head | None,
        options: Options = DEFAULTS,
        files: Sequence[Attachment] = (),
        look: Look | None = None,
    ) -> AsyncGenerator[Event]:
        """Ask below `head`, or in a new chat (None), and yield the answer's events, from Started to Finished.

        `files` are uploaded first; Refused is raised for what Qwen does not take. Before the first visible character,
        a question is asked again as often as its error allows. Raises QwenError;
        ChatGone when the chat or the parent is not there any more. Closing the generator early stops the answer.
        """
        if head and head.chat_id.startswith(OURS):
            raise ChatGone
        check_files(files)
        breaker = self._limiter.breaker
        self._take_renewed()
        await self._login_renewal.login()
        async with self._limiter.question():
            try:
                uploaded = [await self._session.upload(file) for file in files]
                question = Question(prompt, head, options, uploaded)
                async with aclosing(self._with_retries(question)) as events:
                    async for event in events:
                        if isinstance(event, Finished):  # nobody may ask for more
                            breaker.succeeded()
                            self._login_renewal.keep()
                        yield event
            except QwenError as error:
                breaker.failed(error)
                if isinstance(error, ModelUnknown):
                    self._model = ""
                raise

    async def let_in(self, seconds: float) -> bool:
        """Returns when Qwen may be asked again after the operator was needed; False where that takes longer."""
        deadline = time.monotonic() + seconds
        while not self._take_renewed() and self._limiter.breaker.needs_operator:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    def _take_renewed(self) -> bool:
        """Send what the operator has pasted anew from now on, if they have."""
        if not self._login_renewal.take():
            return False
        self._model = ""
        self._limiter.breaker.renewed()
        return True

    async def delete(self, chat_id: str) -> bool:
        """Delete a chat at Qwen; False where guests may not. Raises QwenError."""
        if chat_id.startswith(OURS):
            return True
        if self.guest:
            return False
        with suppress(ChatGone):
            await self._session.json("DELETE", f"/api/v2/chats/{chat_id}", f"/c/{chat_id}")
        return True

    def leave(self) -> None:
        """From now on Qwen goes on writing what nobody listens to any more, so that `written` finds it later."""
        self._leaving = True

    async def written(self, head: Head) -> list[Event]:
        """The events of an answer that Qwen wrote while nobody listened, without Started and Finished.

        It is waited for until it is whole (qwen wire, disconnect mid-answer). Raises QwenError; ChatGone for guests,
        and where there is no such chat or answer; Stalled where it does not become whole in time.
        """
        if self.guest:
            raise ChatGone
        self._take_renewed()
        await self._login_renewal.login()
        deadline = time.monotonic() + WRITTEN_SECONDS
        while time.monotonic() < deadline:
            detail = await self._session.json("GET", f"/api/v2/chats/{head.chat_id}", f"/c/{head.chat_id}")
            if (kept := wire.kept_answer(detail, head.parent_id)) is not None:
                return events_of(kept)
            await asyncio.sleep(LOOK_SECONDS)
        raise Stalled

    async def _with_retries(self, question: Question) -> AsyncGenerator[Event]:
        visible, refused = False, ""

        def again(error: Exception) -> bool:
            nonlocal refused
            if visible or not isinstance(error, QwenError):
                return False
            renewable = isinstance(error, SignedOut) and attempt.num == 1 and self._login_renewal.possible
            refused = self._session.renewed().login if renewable else ""
            # A chat that gives an empty answer gives no other; the core goes on in a new one.
            lost = isinstance(error, Empty) and question.head is not None
            tries = error.tries if self._alone else 1
            return renewable or (attempt.num < tries and not lost)

        async for attempt in retries(again):
            if attempt.num > 1:
                await self._limiter.wait_for_rate()
            if refused:
                await self._login_renewal.refused(refused)
            with attempt:
                async with aclosing(self._in_chat(question)) as events:
                    async for event in events:
                        visible = visible or isinstance(event, Text)
                        yield event

    async def _in_chat(self, question: Question) -> AsyncGenerator[Event]:
        model = await self.model(question.options.model)
        question.check_length(model)
        head = question.head
        chat_id = head.chat_id if head else await self._new_chat(model)
        payload = question.payload(chat_id, model, guest=self.guest)
        async with aclosing(self._patiently(chat_id, payload)) as events:
            async for event in events:
                yield event

    async def _new_chat(self, model: str) -> str:
        payload = wire.new_chat(model, guest=self.guest)
        body = await self._session.json("POST", "/api/v2/chats/new", "/c/new-chat", payload)
        data = body.get("data")
        chat_id = data.get("id") if isinstance(data, dict) else None
        if not isinstance(chat_id, str) or not _CHAT_ID.fullmatch(chat_id):
            raise NotUnderstood
        return chat_id

    async def _patiently(self, chat_id: str, payload: Json) -> AsyncGenerator[Event]:
        """One answer, waited for while the chat still writes an earlier one, which nobody listens to any more."""
        deadline = time.monotonic() + IN_PROGRESS_SECONDS
        for seconds in chain(IN_PROGRESS_WAITS, repeat(IN_PROGRESS_WAITS[-1])):
            try:
                async with aclosing(self._answer(chat_id, payload)) as events:
                    async for event in events:
                        yield event
            except InProgress:
                if time.monotonic() + seconds > deadline:
                    raise ChatGone from None
            else:
                return
            await self._stop(chat_id, "")
            await asyncio.sleep(seconds)

    async def _answer(self, chat_id: str, payload: Json) -> AsyncGenerator[Event]:
        stream = QwenStream(chat_id)
        response_id = ""
        page = "/c/guest" if self.guest else f"/c/{chat_id}"
        path = f"/api/v2/chat/completions?chat_id={chat_id}"
        try:
            async with self._session.request("POST", path, page, payload) as response:
                async for frame in frames(response):
                    for event in stream.events(frame):
                        if isinstance(event, Started):
                            response_id = event.response_id
                        yield event
                    if stream.finished:
                        break
            finished = stream.end()
        except (GeneratorExit, asyncio.CancelledError, Stalled):
            if response_id and (self.guest or not self._leaving):
                self._stop_later(chat_id, response_id)
            raise
        yield finished

    def _stop_later(self, chat_id: str, response_id: str) -> None:
        task = asyncio.create_task(self._stop(chat_id, response_id))
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)

    async def _stop(self, chat_id: str, response_id: str) -> None:
        """Tell Qwen that nobody listens to the answer any more, so that the chat is free again. Never raises."""
        payload = {"chat_id": chat_id, "response_id": response_id}
        path = f"/api/v2/chat/completions/stop?chat_id={chat_id}"
        with suppress(QwenError, TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._session.json("POST", path, f"/c/{chat_id}", payload)

    def _say_model(self) -> None:
        if self._wanted and self._model != self._wanted:
            log.warning(
                f"QWEN_MODEL={self._wanted} is not offered to {'guests' if self.guest else 'this account'}; "
                f"using {self._model}. `qwen-bridge models` lists what is."
            )
        else:
            log.info(f"Model: {self._model}, as {'a guest' if self.guest else 'your account'}.")
