"""Asks chat.qwen.ai questions within limits, streams the answers, reads and deletes chats."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from itertools import chain, repeat
from types import TracebackType
from typing import Self

from bridge.answer_events import Event, Finished, Picture, Started, Text
from bridge.backends.base import Look, Moves, is_local, nothing
from bridge.backends.http.access_breaker import PROBE_SECONDS
from bridge.backends.http.file_kinds import check_files
from bridge.backends.http.limiter import Limiter, key_of
from bridge.backends.http.retries import retries
from bridge.backends.qwen import wire
from bridge.backends.qwen.chats import Chats
from bridge.backends.qwen.credentials import Credentials
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.backends.qwen.login_renewal import LoginRenewal
from bridge.backends.qwen.models import Models
from bridge.backends.qwen.session import Session, frames
from bridge.backends.qwen.stream import QwenStream
from bridge.backends.qwen.wire import Json
from bridge.errors import (
    ChatGone,
    Empty,
    InProgress,
    ModelUnknown,
    OperatorNeeded,
    QwenError,
    SignedOut,
    Stalled,
)
from bridge.i18n import sentences
from bridge.model import Attachment, Head, Model, Options

IN_PROGRESS_SECONDS = 30.0
"""Limits the wait for a chat in which Qwen still writes an earlier answer; then the chat is given up."""

IN_PROGRESS_WAITS = (0.3, 0.7, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0)
"""Lists the seconds between two tries whether that answer has ended; the last one repeats."""

WRITTEN_SECONDS = 120.0
"""Limits the wait for an answer that Qwen writes after the connection has ended."""

LOOK_SECONDS = 2.0
"""Separates two looks for renewed credentials, and two for a whole answer."""

DEFAULTS = Options()


class QwenClient:
    """Asks chat.qwen.ai, or the server at `url`. See bridge.backends.base.Backend.

    `wanted`: the model to use, where guests or this account may; else the first offered. `proxy`: the URL of an HTTP
    proxy. `credentials_file` outlives the process. `alone`: no other backend answers where this one does not, so that
    questions are asked again, and connections waited for longer. `pretended`: the server is a stand-in on this machine.
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
        pretended: bool = False,
    ) -> None:
        self._pretended = pretended
        self._session = Session(url, credentials, proxy, hasty=not alone)
        self._alone = alone
        self._login_renewal = LoginRenewal(self._session, credentials_file or CredentialsFile(None))
        self._models = Models(self._session, wanted)
        self._chats = Chats(self._session)
        self._limiter = limiter or Limiter()
        self._leaving = False

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._chats.settled()
        self._login_renewal.keep(at_once=True)
        await self._session.__aexit__(kind, error, trace)

    @property
    def guest(self) -> bool:
        """Tell whether the credentials hold no login, so that Qwen sees a guest."""
        return self._session.credentials.guest

    @property
    def label(self) -> str:
        """See Backend.label."""
        if self._pretended:
            return ""
        return sentences.AS_GUEST if self.guest else sentences.AS_ACCOUNT

    @property
    def hosts(self) -> Sequence[str]:
        """See Backend.hosts."""
        return () if self._pretended else (self._session.host,)

    @property
    def trouble(self) -> QwenError | None:
        """See Backend.trouble: an outage, a spent quota, a need for the operator."""
        return self._limiter.breaker.trouble

    @property
    def need(self) -> OperatorNeeded | None:
        """See Backend.need."""
        return self._limiter.breaker.need

    def keeps(self, chat_id: str) -> bool:
        """See Backend.keeps: Qwen keeps all chats but those of the API."""
        return not is_local(chat_id)

    async def models(self) -> list[Model]:
        """See Models.offered."""
        return await self._models.offered()

    async def model(self, named: str = "") -> str:
        """See Models.pick."""
        return await self._models.pick(named)

    async def ask(
        self,
        prompt: str,
        head: Head | None,
        options: Options = DEFAULTS,
        files: Sequence[Attachment] = (),
        look: Look | None = None,
        moves: Moves = nothing,
    ) -> AsyncGenerator[Event]:
        """See Backend.ask; `look` is not used, since Qwen keeps the tree of answers.

        `files` are uploaded first. Before the first visible text or picture a question is asked again as often as its
        error allows; a login that is refused is renewed once.
        """
        if head and not self.keeps(head.chat_id):
            raise ChatGone
        check_files(files)
        await self._freshen()
        visible, refused = False, ""

        def again(error: Exception) -> bool:
            nonlocal refused
            if visible or not isinstance(error, QwenError):
                return False
            refused = self._refused_login(error) if attempt.num == 1 else ""
            # A chat that gives an empty answer gives no other; the core goes on in a new one.
            lost = isinstance(error, Empty) and head is not None
            return bool(refused) or (attempt.num < (error.tries if self._alone else 1) and not lost)

        judge = partial(self._judged, chosen=bool(options.model))
        async with self._limiter.question(key_of(prompt, files), judge) as begun:
            moves()
            uploaded = [await self._session.upload(file) for file in files]
            async for attempt in retries(again):
                if attempt.num > 1:
                    await self._limiter.wait_for_rate()
                    if refused:
                        await self._login_renewal.refused(refused)
                with attempt:
                    async with aclosing(self._answer(prompt, head, options, uploaded, moves)) as events:
                        async for event in events:
                            visible = visible or isinstance(event, Text | Picture)
                            if not isinstance(event, Started):
                                begun()
                            if isinstance(event, Finished):  # nobody may ask for more
                                self._login_renewal.keep()
                            yield event

    async def let_in(self, prompt: str, files: Sequence[Attachment], seconds: float) -> bool:
        """See Backend.let_in: looks for renewed credentials every LOOK_SECONDS.

        A question that was refused alone is asked again; what Qwen refuses to all is left to the operator.
        """
        question, deadline = key_of(prompt, files), time.monotonic() + seconds
        while not self._take_renewed():
            left = deadline - time.monotonic()
            every = math.inf if self.need else PROBE_SECONDS
            if await self._limiter.breaker.wait(question, min(left, LOOK_SECONDS), every):
                return True
            if left <= LOOK_SECONDS:
                return False
        return True

    async def delete(self, chat_id: str) -> bool:
        """See Backend.delete: False for guests, who may not."""
        mine = self.keeps(chat_id)
        if mine and not self.guest:
            await self._chats.delete(chat_id)
        return not (mine and self.guest)

    async def picture(self, url: str) -> Attachment | None:
        """See Backend.picture."""
        return await self._session.download(url)

    def stood_still(self) -> bool:
        """See Backend.stood_still."""
        return False

    def leave(self) -> None:
        """Let Qwen finish answers whose generators are closed from now on, so that `written` finds them later."""
        self._leaving = True

    async def written(self, head: Head) -> list[Event]:
        """See Backend.written: the events without Started and Finished.

        Waits until the answer is whole (qwen wire, disconnect mid-answer). Raises QwenError; ChatGone for guests, and
        where there is no such chat or answer; Stalled where it is not whole after WRITTEN_SECONDS.
        """
        if self.guest:
            raise ChatGone
        await self._freshen()
        deadline = time.monotonic() + WRITTEN_SECONDS
        while time.monotonic() < deadline:
            if (events := await self._chats.kept_answer(head)) is not None:
                return events
            await asyncio.sleep(LOOK_SECONDS)
        raise Stalled

    async def _answer(
        self, prompt: str, head: Head | None, options: Options, files: Sequence[Json], moves: Moves
    ) -> AsyncGenerator[Event]:
        """Ask once, and yield the answer's events; first stop what Qwen still writes in the chat. Raises QwenError."""
        model = await self._models.pick(options.model)
        parent_id = head.parent_id if head else None
        payload = wire.completion("", parent_id, prompt, model, options, guest=self.guest, files=files)
        wire.check_length(payload)
        chat_id = head.chat_id if head else await self._chats.new(model, guest=self.guest)
        page, path = "/c/guest" if self.guest else f"/c/{chat_id}", f"/api/v2/chat/completions?chat_id={chat_id}"
        deadline = time.monotonic() + IN_PROGRESS_SECONDS
        waits = chain(IN_PROGRESS_WAITS, repeat(IN_PROGRESS_WAITS[-1]))
        finished: Finished | None = None
        while finished is None:
            stream = QwenStream(chat_id, self._session.url)
            try:
                async with self._session.request("POST", path, page, {**payload, "chat_id": chat_id}) as response:
                    async for frame in frames(response, stream):
                        for event in stream.events(frame):
                            yield event
                finished = stream.end()
            except InProgress:
                moves()  # the chat is freed or given up soon: nobody is helped by giving this question up
                await self._until_free(chat_id, parent_id or "", next(waits), deadline)
            except (GeneratorExit, asyncio.CancelledError, Stalled):
                if stream.response_id and (self.guest or not self._leaving):
                    self._chats.stop_later(chat_id, stream.response_id)
                raise
        if stream.others and not self.guest:
            self._chats.select_later(chat_id, stream.response_id)
        yield finished

    async def _freshen(self) -> None:
        """Use credentials that the operator has renewed, and renew a login that ends soon."""
        self._take_renewed()
        await self._login_renewal.login()

    def _refused_login(self, error: QwenError) -> str:
        """Return the login that Qwen refused, if that is what the error says, and the login can be renewed."""
        renewable = isinstance(error, SignedOut) and self._login_renewal.possible
        return self._session.renewed().login if renewable else ""

    def _judged(self, error: QwenError, *, chosen: bool) -> QwenError:
        """Return what an error is, if people have `chosen` the model; models may have changed where one is unknown."""
        if chosen and isinstance(error, OperatorNeeded) and not error.certain:
            error = ModelUnknown()  # the access may not be for this model: the others work
        if isinstance(error, ModelUnknown):
            self._models.forget()
        return error

    async def _until_free(self, chat_id: str, last: str, seconds: float, deadline: float) -> None:
        """Stop what Qwen still writes in a chat, and wait before the next try. Raises ChatGone past `deadline`.

        `last`: the id of the answer that is gone on from; a chat is locked for seconds after it, unless it is stopped.
        """
        if time.monotonic() + seconds > deadline:
            raise ChatGone
        await self._chats.stop(chat_id, last)
        await asyncio.sleep(seconds)

    def _take_renewed(self) -> bool:
        """Use credentials that the operator has renewed, if there are any."""
        if not self._login_renewal.take():
            return False
        self._models.forget()
        self._limiter.breaker.renewed()
        return True
