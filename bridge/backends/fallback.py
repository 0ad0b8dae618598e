"""Two doors to Qwen: the web first, and the API while the web does not let questions in."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

import structlog

from bridge.backends.base import OURS, Backend, Look
from bridge.errors import AskLater, ChatGone, OperatorNeeded, QwenError
from bridge.model import Attachment, Event, Head, Model, Options, Text

log = structlog.get_logger(__name__)

DEFAULTS = Options()

PAUSE_SECONDS = 60.0
"""So long the web is left alone after it refused a question."""


class Fallback:
    """See bridge.backends.base.Backend. What the web refuses before its first word goes to the API at once.

    A conversation that went on by the API is carried over when the web works again.
    """

    def __init__(self, web: Backend, api: Backend) -> None:
        self._web = web
        self._api = api
        self._open = web
        self._try_again = 0.0

    @property
    def guest(self) -> bool:
        """That of the door which answered last."""
        return self._open.guest

    @property
    def label(self) -> str:
        """That which answered last."""
        return self._open.label

    @property
    def trouble(self) -> QwenError | None:
        """Only where neither answers."""
        return self._api.trouble if self._web.trouble else None

    @property
    def need(self) -> OperatorNeeded | None:
        """That of the web first: while the API answers, its price is paid."""
        return self._web.need or self._api.need

    async def models(self) -> list[Model]:
        """Those of the web, which is to be asked first; the API has the operator's."""
        return await self._web.models()

    async def model(self, named: str = "") -> str:
        """That of the door which answered last."""
        return await self._open.model(named)

    async def ask(
        self,
        prompt: str,
        head: Head | None,
        options: Options = DEFAULTS,
        files: Sequence[Attachment] = (),
        look: Look | None = None,
    ) -> AsyncGenerator[Event]:
        """See Backend.ask."""
        if not await self._shut():
            visible = False
            try:
                async with aclosing(self._web.ask(prompt, head, options, files, look)) as events:
                    async for event in events:
                        if isinstance(event, Text) and not visible:
                            visible = True
                            self._passed(self._web, None)
                        yield event
            except (OperatorNeeded, AskLater) as error:
                if visible:
                    raise
                self._passed(self._api, error)
            else:
                return
        async with aclosing(self._by_api(prompt, head, options, files, look)) as events:
            async for event in events:
                yield event

    async def _by_api(
        self, prompt: str, head: Head | None, options: Options, files: Sequence[Attachment], look: Look | None
    ) -> AsyncGenerator[Event]:
        """Where the API fails as well, in passing, what the web wants of the operator is what has to be done."""
        visible = False
        try:
            async with aclosing(self._api.ask(prompt, head, _own(options), files, look)) as events:
                async for event in events:
                    visible = visible or isinstance(event, Text)
                    yield event
        except AskLater as error:
            need = self._web.need
            if visible or need is None:
                raise
            raise type(need)() from error

    async def let_in(self, seconds: float) -> bool:
        """See Backend.let_in: by whichever door opens first."""
        if self._web.need is None:
            return await self._api.let_in(seconds)
        waiting = [asyncio.create_task(door.let_in(seconds)) for door in (self._web, self._api)]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._web.trouble is None:
                self._try_again = 0.0
            return any(task.result() for task in done)
        finally:
            for task in waiting:
                task.cancel()

    async def delete(self, chat_id: str) -> bool:
        """See Backend.delete."""
        return await (self._api if chat_id.startswith(OURS) else self._web).delete(chat_id)

    async def written(self, head: Head) -> list[Event]:
        """See Backend.written."""
        if head.chat_id.startswith(OURS):
            raise ChatGone
        return await self._web.written(head)

    def leave(self) -> None:
        """See Backend.leave."""
        self._web.leave()

    async def _shut(self) -> bool:
        """Whether the web lets nobody in, also after a look at what the operator may have renewed."""
        shut = self._web.trouble
        await self._web.let_in(0)
        if shut and self._web.trouble is None:
            self._try_again = 0.0
        return self._web.trouble is not None or time.monotonic() < self._try_again

    def _passed(self, door: Backend, why: QwenError | None) -> None:
        """Say which door is open, when it is another one."""
        if why:
            self._try_again = time.monotonic() + PAUSE_SECONDS
        if door is self._open:
            return
        self._open = door
        if why:
            log.warning(f"The API answers in place of chat.qwen.ai ({type(why).__name__}).", remedy=why.remedy or None)
        else:
            log.info("chat.qwen.ai answers again.")


def _own(options: Options) -> Options:
    """The API has models of its own; one that was chosen is the web's."""
    return replace(options, model="")
