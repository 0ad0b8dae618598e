"""Connect the bridge to Telegram: log in, poll for updates, record each before it is confirmed, open replies."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

import aiohttp
import structlog
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from adapters.common.deadlines import IDLE_SECONDS
from adapters.common.late_requests import refuse_late
from adapters.common.rate_limiter import Rate, RateLimiter, Rates
from adapters.telegram.errors import token_refused
from adapters.telegram.forms import Forms, is_group
from adapters.telegram.incoming import platform_of
from adapters.telegram.notices import Notices
from adapters.telegram.polling import Polling
from adapters.telegram.reply import TelegramReply
from adapters.telegram.request import NOT_TELEGRAM, AiohttpRequest, Garbled
from adapters.telegram.updates import Updates
from bridge import Backoff, ConversationKey, Declined, Intake, Turn

log = structlog.get_logger(__name__)

DECLINED_REACTIONS: Mapping[Declined, str] = {"denied": "🙊", "full": "😴", "spent": "😴", "unasked": "🤷"}
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
        self._token = token
        self._api_url = api_url
        self._proxy = proxy
        self._rate_limiter = RateLimiter(rates, is_group)
        self._forms = forms or Forms()
        self._backoff = Backoff("Telegram", "Check this machine's network, TELEGRAM_API_URL and PROXY_URL.")

    @property
    def platform(self) -> str:
        """See Adapter.platform. Message ids count per bot: another bot's conversations are others in the same chats."""
        return platform_of(self._bot.bot)

    async def __aenter__(self) -> Self:
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(refuse_late)
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, proxy=self._proxy, trace_configs=[trace])
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
        try:
            await self._updates.drain(DRAIN_SECONDS)
            await self._bot.shutdown()
        finally:  # also where leaving is hurried meanwhile
            await self._session.close()

    async def tell(self, user: str, text: str) -> None:
        """See Adapter.tell. Raises CannotShow for a person who never started the bot."""
        await self._notices.tell(user, text)

    async def decline(self, key: ConversationKey, message: str, why: Declined) -> None:
        """See Adapter.decline; the mark is a reaction. In a flood, what is above the rate of marks gets none."""
        if not self._rate_limiter.spare(key.channel, "mark"):
            return
        with suppress(TelegramError):
            async with self._rate_limiter.permit(key.channel, "mark", final=False):
                await self._bot.set_message_reaction(int(key.channel), int(message), DECLINED_REACTIONS[why])

    def open(self, turn: Turn) -> TelegramReply:
        """See Adapter.open."""
        return TelegramReply(self._bot, turn, self._rate_limiter, self._forms)

    async def listen(self, intake: Intake) -> None:
        """See Adapter.listen. Raises CannotStart when another program keeps polling with the same token."""
        await Polling(self._bot, self._request, self._updates, self._backoff).run(intake)

    async def _log_in(self) -> None:
        try:
            await self._bot.initialize()
            await self._bot.delete_webhook()  # Telegram serves either a webhook or polling
        except InvalidToken:
            raise token_refused() from None
        except (AttributeError, LookupError, TypeError, ValueError):  # what the library raises over an odd object
            raise Garbled(NOT_TELEGRAM) from None
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
                with self._backoff.waiting():
                    await self._log_in()
            except TelegramError as error:
                await asyncio.sleep(self._backoff.failed(error.message))
            else:
                self._backoff.succeeded()
                return
