"""Combines two backends to one: asks the web first, and the API while the web refuses questions."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

import structlog

from bridge.answer_events import Event, Picture, Text
from bridge.backends.base import Backend, Look, Moves, is_local, nothing
from bridge.errors import AskLater, ChatGone, OperatorNeeded, QwenError, StoodStill
from bridge.model import Attachment, Head, Model, Options

log = structlog.get_logger(__name__)

DEFAULTS = Options()

PAUSE_SECONDS = 60.0
"""Limits how soon the web is asked again after it refused a question."""


class Fallback:
    """Asks `web`; what that refuses before its first word is asked of `api` at once. See bridge.backends.base.Backend.

    A conversation that went on by the API has ids of its own: the web raises ChatGone, and the core carries it over.
    """

    def __init__(self, web: Backend, api: Backend) -> None:
        self._web = web
        self._api = api
        self._answered = web
        self._try_again = 0.0

    @property
    def guest(self) -> bool:
        """Tell whether the backend that answered last sees a guest."""
        return self._answered.guest

    @property
    def label(self) -> str:
        """Return the sentence that names the backend that answered last."""
        return self._answered.label

    @property
    def hosts(self) -> Sequence[str]:
        """See Backend.hosts."""
        other = self._api if self._answered is self._web else self._web
        return (*self._answered.hosts, *other.hosts)

    @property
    def trouble(self) -> QwenError | None:
        """Return what keeps the API from answering while the web does not; None where one of them answers."""
        return self._api.trouble if self._web.trouble else None

    @property
    def need(self) -> OperatorNeeded | None:
        """Return what the web needs of the operator, else the API: that answers meanwhile, but costs money."""
        return self._web.need or self._api.need

    def keeps(self, chat_id: str) -> bool:
        """See Backend.keeps: Qwen keeps the web's chats, the API keeps none."""
        return self._web.keeps(chat_id)

    async def models(self) -> list[Model]:
        """List the models of the web, which is asked first; of the API, only the operator's is used."""
        return await self._web.models()

    async def model(self, named: str = "") -> str:
        """Return the model of the backend that answered last."""
        return await self._answered.model(named)

    async def ask(
        self,
        prompt: str,
        head: Head | None,
        options: Options = DEFAULTS,
        files: Sequence[Attachment] = (),
        look: Look | None = None,
        moves: Moves = nothing,
    ) -> AsyncGenerator[Event]:
        """See Backend.ask."""
        visible = False
        if not await self._web_refuses(prompt, files):
            try:
                async with aclosing(self._web.ask(prompt, head, options, files, look, moves)) as events:
                    async for event in events:
                        if isinstance(event, Text | Picture) and not visible:
                            visible = True
                            self._switch(self._web, None)
                        yield event
            except (OperatorNeeded, AskLater) as error:
                if visible:
                    raise
                self._switch(self._api, error)
            else:
                return
        # A model that was chosen is the web's; the API has models of its own.
        by_api = self._api.ask(prompt, head, replace(options, model=""), files, look, moves)
        try:
            async with aclosing(by_api) as events:
                async for event in events:
                    visible = visible or isinstance(event, Text | Picture)
                    yield event
        except AskLater as error:
            # Where the API fails in passing, too, what the web wants of the operator is what has to be done.
            need = self._web.need
            if visible or need is None:
                raise
            raise type(need)() from error

    async def let_in(self, prompt: str, files: Sequence[Attachment], seconds: float) -> bool:
        """See Backend.let_in: wait for whichever backend lets the question in first.

        One that failed in passing, or that may have refused one question alone, is asked again after a while.
        """
        need = self._web.need
        if need is None:
            return await self._api.let_in(prompt, files, seconds)
        web = self._web.let_in(prompt, files, seconds) if need.certain else _pause(seconds)
        api = self._api.let_in(prompt, files, seconds) if self._api.need else _pause(seconds)
        waiting = [asyncio.create_task(web), asyncio.create_task(api)]
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
        return await (self._api if is_local(chat_id) else self._web).delete(chat_id)

    async def written(self, head: Head) -> list[Event]:
        """See Backend.written."""
        if is_local(head.chat_id):
            raise ChatGone
        return await self._web.written(head)

    async def picture(self, url: str) -> Attachment | None:
        """See Backend.picture: the API makes none."""
        return await self._web.picture(url)

    def stood_still(self) -> bool:
        """See Backend.stood_still: the API answers for a while, unless it did so already."""
        if self._web.trouble is not None or time.monotonic() < self._try_again:
            return False
        self._switch(self._api, StoodStill())
        return True

    def leave(self) -> None:
        """See Backend.leave."""
        self._web.leave()

    async def _web_refuses(self, prompt: str, files: Sequence[Attachment]) -> bool:
        """Tell whether the web is not to be asked, after looking for what the operator may have renewed."""
        refused = self._web.trouble
        await self._web.let_in(prompt, files, 0)
        if refused and self._web.trouble is None:
            self._try_again = 0.0
        # Where it may have refused some questions alone, only another one tells.
        unclear = self._web.need is not None and not self._web.need.certain
        return (self._web.trouble is not None and not unclear) or time.monotonic() < self._try_again

    def _switch(self, answered: Backend, why: QwenError | None) -> None:
        """Note which backend answers, and why the web does not; log it when that changes."""
        if why:
            self._try_again = time.monotonic() + PAUSE_SECONDS
        if answered is self._answered:
            return
        self._answered = answered
        if why:
            log.warning(f"The API answers in place of chat.qwen.ai ({type(why).__name__}).", remedy=why.remedy or None)
        else:
            log.info("chat.qwen.ai answers again.")


async def _pause(seconds: float) -> bool:
    """Wait for PAUSE_SECONDS: True; or for so many seconds, if that is less: False."""
    await asyncio.sleep(min(seconds, PAUSE_SECONDS))
    return seconds > PAUSE_SECONDS
