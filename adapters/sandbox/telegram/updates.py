"""The queue of updates of the pretended Bot API and the long polling that empties it, with the server's own quirks."""

import asyncio
import time

from adapters.sandbox.telegram.errors import TERMINATED, Json, Refused

KINDS = frozenset(
    (
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
        "stopped_message_generation",
    )
)
USUAL = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}

WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
SET_WEBHOOK = "Conflict: terminated by setWebhook request"
LONGEST_POLL = 50
GATHERING = 0.002


class Updates:
    """Updates in order of their ids, until the bot confirms them by asking for a higher offset.

    Like the real server: at most one request waits, and a second one ends it with 409; an offset more than ten above
    the next id is taken for a mistake and answered from the beginning; who asks again for the same offset within 3 s
    is held for 3 s, and within half a second gets one update only; a second 409 within 3 s comes 3 s late.
    """

    def __init__(self, first: int) -> None:
        self.pending: list[Json] = []
        self.next_id = first
        self.confirmed = 0
        self.allowed = USUAL
        self.hurry_seconds = 3.0
        self._webhook = ""
        self._parked: asyncio.Future[str] | None = None
        self._last_offset: int | None = None
        self._last_time = float("-inf")
        self._next_conflict = float("-inf")

    @property
    def webhook(self) -> str:
        """Return the address of the webhook; while one is set, polling is refused."""
        return self._webhook

    @webhook.setter
    def webhook(self, url: str) -> None:
        self._webhook = url
        if url:
            self._end_waiting(SET_WEBHOOK)

    @property
    def polling(self) -> bool:
        """Tell whether a request is waiting for updates."""
        return self._parked is not None and not self._parked.done()

    def add(self, kind: str, payload: object) -> Json | None:
        """Queue an update of a kind that the bot wants; what it does not want is lost."""
        if kind in KINDS and kind not in self.allowed:
            return None
        update: Json = {"update_id": self.next_id, kind: payload}
        self.next_id += 1
        self.pending.append(update)
        self._end_waiting("")
        return update

    def allow(self, kinds: object) -> None:
        """Remember which updates the bot wants; what is no list of names changes nothing, none of ours is the usual."""
        if isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds):
            known = frozenset(str(kind).lower() for kind in kinds) & KINDS
            self.allowed = known or USUAL

    async def poll(self, offset: int, limit: int, wait: int) -> list[Json]:
        """Answer getUpdates: at once, when an update comes, or empty after ``wait`` seconds. Raises Refused."""
        if self._webhook:
            await self._pause_conflict()
            raise Refused(409, WEBHOOK)
        seconds: float = min(max(wait, 0), LONGEST_POLL)
        limit = min(max(limit, 1), 100)
        now = time.monotonic()
        if offset == self._last_offset:
            if now < self._last_time + self.hurry_seconds:
                seconds = max(seconds, self.hurry_seconds)
            if now < self._last_time + 0.5:
                limit = 1
        self._last_offset, self._last_time = offset, now
        found = self._take(offset, limit)
        return found if found or not seconds else await self._wait(offset, limit, seconds)

    async def _wait(self, offset: int, limit: int, seconds: float) -> list[Json]:
        self._end_waiting(TERMINATED)
        self._parked = parked = asyncio.get_running_loop().create_future()
        done, _ = await asyncio.wait([parked], timeout=seconds)
        if done and parked.result():
            await self._pause_conflict()
            raise Refused(409, parked.result())
        await asyncio.sleep(GATHERING)  # what comes in one go is answered in one go
        return self._take(offset, limit)

    def _end_waiting(self, conflict: str) -> None:
        if self._parked is not None and not self._parked.done():
            self._parked.set_result(conflict)

    async def _pause_conflict(self) -> None:
        now = time.monotonic()
        if now < self._next_conflict:
            await asyncio.sleep(self.hurry_seconds)
        else:
            self._next_conflict = now + self.hurry_seconds

    def _take(self, offset: int, limit: int) -> list[Json]:
        if offset < 0:
            self.pending = self.pending[offset:]
        elif 0 < offset <= self.next_id + 10:
            self.confirmed = max(self.confirmed, offset)
            self.pending = [update for update in self.pending if self._id(update) >= offset]
        return self.pending[:limit]

    @staticmethod
    def _id(update: Json) -> int:
        return int(str(update["update_id"]))

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._end_waiting("")
