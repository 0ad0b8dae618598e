"""Creates, reads and deletes the chats that chat.qwen.ai keeps, and stops answers that it still writes in them."""

import asyncio
import re
from collections.abc import Coroutine
from contextlib import suppress

from bridge.answer_events import Event
from bridge.backends.qwen import wire
from bridge.backends.qwen.session import Session
from bridge.backends.qwen.stream import events_of
from bridge.errors import ChatGone, NotUnderstood, QwenError
from bridge.model import Head

STOP_SECONDS = 2.0
"""Limits a request that stops or selects an answer."""

_CHAT_ID = re.compile(r"[\w.-]{1,200}", re.ASCII)
"""Matches a chat's id that can stand in addresses and headers."""


class Chats:
    """Knows the chats of `session`'s credentials by their ids alone."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tasks: set[asyncio.Task[None]] = set()

    async def new(self, model: str, *, guest: bool) -> str:
        """Create a chat, and return its id. Raises QwenError."""
        body = await self._session.json("POST", "/api/v2/chats/new", "/c/new-chat", wire.new_chat(model, guest=guest))
        data = body.get("data")
        chat_id = data.get("id") if isinstance(data, dict) else None
        if not isinstance(chat_id, str) or not _CHAT_ID.fullmatch(chat_id):
            raise NotUnderstood
        return chat_id

    async def delete(self, chat_id: str) -> None:
        """Delete a chat; one that is gone is no error. Raises QwenError."""
        with suppress(ChatGone):
            await self._session.json("DELETE", f"/api/v2/chats/{chat_id}", f"/c/{chat_id}")

    async def kept_answer(self, head: Head) -> list[Event] | None:
        """Return the events of an answer that Qwen keeps, without Started and Finished; None while it is not whole.

        Raises QwenError; ChatGone where there is no such chat or answer.
        """
        detail = await self._session.json("GET", f"/api/v2/chats/{head.chat_id}", f"/c/{head.chat_id}")
        kept = wire.kept_answer(detail, head.parent_id)
        return None if kept is None else events_of(kept, head.chat_id, self._session.url)

    async def stop(self, chat_id: str, response_id: str = "") -> None:
        """Stop what Qwen writes in a chat (`response_id`: the answer, where it is known). Never raises QwenError."""
        payload = {"chat_id": chat_id, "response_id": response_id}
        path = f"/api/v2/chat/completions/stop?chat_id={chat_id}"
        with suppress(QwenError, TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._session.json("POST", path, f"/c/{chat_id}", payload)

    def stop_later(self, chat_id: str, response_id: str) -> None:
        """Stop an answer in a task of its own, for a caller that is being cancelled."""
        self._later(self.stop(chat_id, response_id))

    def select_later(self, chat_id: str, response_id: str) -> None:
        """Tell Qwen, in a task of its own, which of several answers was shown: its page shows the same one then."""
        self._later(self._select(chat_id, response_id))

    async def settled(self) -> None:
        """Wait until what was to be done later is done, for STOP_SECONDS at most."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)

    def _later(self, request: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(request)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _select(self, chat_id: str, response_id: str) -> None:
        path = f"/api/v2/chats/{chat_id}/messages/select"
        with suppress(QwenError, TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._session.json("POST", path, f"/c/{chat_id}", {"ids": [response_id]})
