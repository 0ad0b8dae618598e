"""Creates, reads and deletes the chats that chat.qwen.ai keeps, and stops answers that it still writes in them."""

import asyncio
import re
from contextlib import suppress

from bridge.answer_events import Event
from bridge.backends.qwen import wire
from bridge.backends.qwen.session import Session
from bridge.backends.qwen.stream import events_of
from bridge.errors import ChatGone, NotUnderstood, QwenError
from bridge.model import Head

STOP_SECONDS = 2.0
"""Limits a request that stops an answer."""

_CHAT_ID = re.compile(r"[\w.-]{1,200}", re.ASCII)
"""Matches a chat's id that can stand in addresses and headers."""


class Chats:
    """Knows the chats of `session`'s credentials by their ids alone."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stops: set[asyncio.Task[None]] = set()

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
        return None if kept is None else events_of(kept)

    async def stop(self, chat_id: str, response_id: str = "") -> None:
        """Stop what Qwen writes in a chat (`response_id`: the answer, where it is known). Never raises QwenError."""
        payload = {"chat_id": chat_id, "response_id": response_id}
        path = f"/api/v2/chat/completions/stop?chat_id={chat_id}"
        with suppress(QwenError, TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._session.json("POST", path, f"/c/{chat_id}", payload)

    def stop_later(self, chat_id: str, response_id: str) -> None:
        """Stop an answer in a task of its own, for a caller that is being cancelled."""
        task = asyncio.create_task(self.stop(chat_id, response_id))
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)

    async def stopped(self) -> None:
        """Wait until the answers of `stop_later` are stopped, for STOP_SECONDS at most."""
        if self._stops:
            await asyncio.wait(self._stops, timeout=STOP_SECONDS)
