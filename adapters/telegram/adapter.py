"""Connect the bridge to Telegram: log in, poll for updates, record each before it is confirmed, open replies."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import aiohttp
import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from adapters.common.rate_limiter import Rate, RateLimiter, Rates
from adapters.telegram.errors import seconds_of, token_refused
from adapters.telegram.forms import Forms, is_group
from adapters.telegram.incoming import platform_of
from adapters.telegram.notices import Notices
from adapters.telegram.reply import TelegramReply
from adapters.telegram.request import AiohttpRequest
from adapters.telegram.updates import WANTED, Json, Updates
from bridge import Backoff, CannotStart, ConversationKey, Declined, Intake, Turn

log = structlog.get_logger(__name__)

POLL_SECONDS = 50
"""How long Telegram holds a poll open while there are no updates (Bot API, getUpdates, timeout)."""

HELD_SECONDS = 1.0
EMPTY_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 3.0
"""A server that holds no poll open, and answers in less than HELD_SECONDS without a new update, gets growing pauses."""

CONFLICT_PAUSE_SECONDS = 3.0
CONFLICT_SECONDS = 90.0
"""How long another program may poll with this token before the adapter gives up: an older copy may be leaving.

Telegram answers 409 to a second poller; until then it is polled every CONFLICT_PAUSE_SECONDS.
"""

DECLINED_REACTIONS: Mapping[Declined, str] = {"denied": "🙊", "full": "😴", "spent": "😴"}
"""The closest to 🚫 and ⏳ of the emoji that Telegram allows (Bot API, ReactionTypeEmoji)."""

DRAIN_SECONDS = 0.5
"""How long shutdown waits for commands that are being run."""

RATES = Rates(
    send=(Rate(3, 3.0),),
    edit=(Rate(3, 3.0),),
    typing=(Rate(20, 5.0), Rate(40, 30.0)),
    group=(Rate(20, 60.0),),
    overall=(Rate(30, 1.0),),
)
"""One message a second in a chat, 20 a minute in a group, 30 a second in all (Telegram, Bots FAQ, "My bot is hitting
limits"); for "typing …" and drafts, careful guesses."""


class TelegramAdapter:
    """Serves one bot of Telegram by long polling: see bridge.Adapter. `forms`: in which forms answers are shown."""

    def __init__(
        self,
        token: str,
        api_url: str,
        *,
        proxy: str | None = None,
        rates: Rates = RATES,
        forms: Forms | None = None,
    ) -> None:
        # Message ids count per bot: another bot's conversations are others, though the chats are the same.
        self.platform = platform_of(token.partition(":")[0])
        self._token = token
        self._api_url = api_url
        self._proxy = proxy
        self._rate_limiter = RateLimiter(rates, is_group)
        self._forms = forms or Forms()
        self._backoff = Backoff("Telegram", "Check this machine's network, TELEGRAM_API_URL and PROXY_URL.")

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), proxy=self._proxy)
        try:
            self._request = AiohttpRequest(self._session)
            self._bot = Bot(
                self._token,
                base_url=f"{self._api_url}/bot",
                base_file_url=f"{self._api_url}/file/bot",
                request=self._request,
                get_updates_request=self._request,
            )
            self._notices = Notices(self._bot, self._rate_limiter)
            self._updates = Updates(self._bot, self._notices)
            await self._log_in_with_retries()
            self._menu = asyncio.create_task(self._notices.menu())
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._menu.cancel()
        await asyncio.wait([self._menu])
        await self._updates.drain(DRAIN_SECONDS)
        await self._bot.shutdown()
        await self._session.close()

    async def tell(self, user: str, text: str) -> None:
        """See Adapter.tell. Raises CannotShow for a person who never started the bot."""
        await self._notices.tell(user, text)

    async def decline(self, key: ConversationKey, message: str, why: Declined) -> None:
        """See Adapter.decline; the mark is a reaction."""
        with suppress(TelegramError):
            await self._bot.set_message_reaction(int(key.channel), int(message), DECLINED_REACTIONS[why])

    def open(self, turn: Turn) -> TelegramReply:
        """See Adapter.open."""
        return TelegramReply(self._bot, turn, self._rate_limiter, self._forms)

    async def listen(self, intake: Intake) -> None:
        """See Adapter.listen. Raises CannotStart when another program keeps polling with the same token."""
        offset: int | None = None
        conflict_since: float | None = None
        pause = 0.0
        while True:
            began = time.monotonic()
            try:
                updates = await self._poll(offset)
            except Conflict:
                conflict_since = await self._wait_out_conflict(conflict_since)
            except InvalidToken:
                raise token_refused() from None
            except RetryAfter as error:
                await asyncio.sleep(seconds_of(error))
            except TelegramError as error:
                await asyncio.sleep(self._backoff.failed(error.message))
            else:
                conflict_since = None
                self._backoff.succeeded()
                at_once = time.monotonic() - began < HELD_SECONDS
                before, offset = offset, await self._take(updates, intake, offset)
                pause = (
                    min(2 * pause or EMPTY_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
                    if at_once and offset == before
                    else 0.0
                )
                await asyncio.sleep(pause)

    async def _poll(self, offset: int | None) -> list[Json]:
        """Return the next updates as JSON objects. Raises TelegramError.

        The library's own method returns all or none of them, and logs what people wrote when it fails.
        """
        wanted = {"timeout": str(POLL_SECONDS), "allowed_updates": json.dumps(WANTED)}
        query = urlencode(wanted | ({} if offset is None else {"offset": str(offset)}))
        url = f"{self._bot.base_url}/getUpdates?{query}"
        updates = await self._request.post(url, read_timeout=POLL_SECONDS + 10)
        return [update for update in updates if isinstance(update, dict)] if isinstance(updates, list) else []

    async def _take(self, updates: Sequence[Json], intake: Intake, offset: int | None) -> int | None:
        """Record updates, and return the offset of the next poll, which confirms them (Bot API, getUpdates)."""
        for update in updates:
            await self._updates.take(update, intake)
            if isinstance(number := update.get("update_id"), int):
                offset = number + 1
        return offset

    async def _log_in(self) -> None:
        try:
            await self._bot.initialize()
            await self._bot.delete_webhook()  # Telegram serves either a webhook or polling
        except InvalidToken:
            raise token_refused() from None
        me = self._bot.bot
        log.info(f"Telegram: logged in as @{me.username}.")
        if not me.can_read_all_group_messages:
            log.info(
                "Telegram: privacy mode is on. In groups the bot sees /ask and replies, but no bare @mention. "
                "To change it: @BotFather, /setprivacy, Disable, then remove the bot from the group and add it again."
            )

    async def _log_in_with_retries(self) -> None:
        while True:
            try:
                await self._log_in()
            except TelegramError as error:
                await asyncio.sleep(self._backoff.failed(error.message))
            else:
                self._backoff.succeeded()
                return

    async def _wait_out_conflict(self, since: float | None) -> float:
        """Wait after a conflict, and return since when there is one. Raises CannotStart after CONFLICT_SECONDS."""
        now = time.monotonic()
        if since is None:
            log.warning("Telegram: another program polls with this token; waiting for it to end.")
        elif now - since > CONFLICT_SECONDS:
            raise CannotStart(
                "Telegram: another program keeps polling with TELEGRAM_BOT_TOKEN. "
                "Stop it, or use another bot's token: only one may."
            )
        await asyncio.sleep(CONFLICT_PAUSE_SECONDS)
        return since or now
