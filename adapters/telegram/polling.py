"""Poll Telegram for updates, and have each taken before it is confirmed."""

import asyncio
import time

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from adapters.telegram.errors import seconds_of, token_refused
from adapters.telegram.incoming import platform_of
from adapters.telegram.request import AiohttpRequest, Garbled
from adapters.telegram.updates import WANTED, Json, Updates
from bridge import Backoff, CannotStart, Intake

log = structlog.get_logger(__name__)

POLL_SECONDS = 50
"""How long Telegram holds a poll open while there are no updates (Bot API, getUpdates, timeout)."""

AT_ONCE_SECONDS = 1.0
"""A poll that took less, and brought nothing new, was not held open."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 3.0
"""The pause after such a poll, which doubles with each further one, and the longest pause."""

TRIES = 3
"""How often an update is tried whose handling fails, and a poll whose answer cannot be read."""

TRY_SECONDS = 0.3
"""Seconds before the next try of an update."""

CONFLICT_PAUSE_SECONDS = 3.0
CONFLICT_SECONDS = 90.0
"""How long another program may poll with this token before polling ends: an older copy may be leaving.

Telegram answers 409 to a second poller; until then it is polled every CONFLICT_PAUSE_SECONDS.
"""


class Polling:
    """Polls for one bot, from the first update that Telegram does not know to be confirmed."""

    def __init__(self, bot: Bot, request: AiohttpRequest, updates: Updates, backoff: Backoff) -> None:
        self._bot = bot
        self._request = request
        self._updates = updates
        self._backoff = backoff
        self._offset: int | None = None
        self._conflict_since: float | None = None
        self._garbled = 0
        self._alone = False
        self._pause_seconds = 0.0

    async def run(self, intake: Intake) -> None:
        """Hand updates to `intake` until cancelled.

        Raises CannotStart where Telegram refuses the token, or another program keeps polling with it.
        """
        while True:
            try:
                await self._poll(intake)
            except Conflict:
                await self._wait_out_conflict()
            except InvalidToken:
                raise token_refused() from None
            except RetryAfter as error:  # Telegram is there, and says when
                await asyncio.sleep(seconds_of(error))
            except Garbled as error:
                await self._pass_over_garbled(error, intake)
                await asyncio.sleep(self._backoff.failed(error.message))
            except TelegramError as error:
                await asyncio.sleep(self._backoff.failed(error.message))

    async def _poll(self, intake: Intake) -> None:
        """Take the next updates; the next poll confirms them (Bot API, getUpdates). Raises TelegramError.

        The library's own method returns all or none of them, and logs what people wrote when it fails.
        """
        began, offset = time.monotonic(), self._offset
        wanted: dict[str, object] = {"timeout": POLL_SECONDS, "allowed_updates": WANTED}
        if offset is not None:
            wanted["offset"] = offset
        if self._alone:
            wanted["limit"] = 1
        data = RequestData([RequestParameter.from_input(name, value) for name, value in wanted.items()])
        found = await self._request.post(f"{self._bot.base_url}/getUpdates", data, read_timeout=POLL_SECONDS + 10)
        updates: list[Json] = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        at_once = time.monotonic() - began < AT_ONCE_SECONDS
        self._conflict_since = None
        self._backoff.succeeded()
        if not updates:
            self._garbled, self._alone = 0, False
        await self._take(updates, intake)
        if self._offset != offset or not at_once:
            self._pause_seconds = 0.0
            return
        self._pause_seconds = min(LONGEST_PAUSE_SECONDS, 2 * self._pause_seconds or FIRST_PAUSE_SECONDS)
        await asyncio.sleep(self._pause_seconds)

    async def _take(self, updates: list[Json], intake: Intake) -> None:
        """Take updates, those that fail once more after the others; the last try passes them over."""
        numbers = [number for update in updates if isinstance(number := update.get("update_id"), int)]
        for tries in range(1, TRIES + 1):
            updates = [each for each in updates if not await self._updates.take(each, intake, last=tries == TRIES)]
            if not updates:
                break
            await asyncio.sleep(TRY_SECONDS)
        if numbers:
            self._offset = numbers[-1] + 1

    async def _pass_over_garbled(self, error: Garbled, intake: Intake) -> None:
        """Count an answer that cannot be read; ask for one update alone then, and pass over one that is alone."""
        if error.update is None:
            return
        if self._alone:
            log.error("Telegram: an update could not be read and is passed over.", error=type(error).__name__)
            await intake.passed_over(platform_of(self._bot.bot), "", "update", type(error).__name__)
            self._offset = error.update + 1
        self._garbled = 0 if self._alone else self._garbled + 1
        self._alone = self._garbled >= TRIES - 1

    async def _wait_out_conflict(self) -> None:
        """Wait after a conflict. Raises CannotStart after CONFLICT_SECONDS of them."""
        now = time.monotonic()
        if self._conflict_since is None:
            log.warning("Telegram: another program polls with this token; waiting for it to end.")
            self._conflict_since = now
        elif now - self._conflict_since > CONFLICT_SECONDS:
            raise CannotStart(
                "Telegram: another program keeps polling with TELEGRAM_BOT_TOKEN. "
                "Stop it, or use another bot's token: only one may."
            )
        await asyncio.sleep(CONFLICT_PAUSE_SECONDS)
