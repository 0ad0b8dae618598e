"""An answer in Telegram: messages that are sent, edited and removed."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta

import structlog
from telegram import Bot, LinkPreviewOptions, MessageEntity, ReplyParameters
from telegram.constants import ChatAction, MessageLimit
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from adapters.telegram import render
from bridge import CannotShow, Pace, ShowLater, Turn

log = structlog.get_logger(__name__)

TYPING_SECONDS = 4.5
"""Telegram shows "typing …" for five seconds."""

RETRY_SECONDS = 1.0
"""After a lost connection or a server's fault."""

SIGNED_OUT_SECONDS = 30.0

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
"""Previews would let an answer make Telegram fetch any address."""


class TelegramReply:
    """See bridge.Reply; the first message of an answer replies to the question where several people talk."""

    limit = int(MessageLimit.MAX_TEXT_LENGTH)

    def __init__(self, bot: Bot, turn: Turn, pace: Pace) -> None:
        self._bot = bot
        self._pace = pace
        self._chat = int(turn.key.channel)
        self._topic = int(turn.key.thread) if turn.key.thread else None
        # A chat id is negative where several people talk.
        self._asked = int(turn.question) if self._chat < 0 and not turn.shown else None

    def measure(self, markdown: str) -> int:
        return render.measure(markdown)

    def pause(self) -> float:
        return self._pace.take()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        typing = asyncio.create_task(self._type())
        try:
            yield
        finally:
            typing.cancel()

    async def put(self, markdown: str, message: str | None, *, final: bool) -> str:
        text, entities = render.render(markdown)
        if self._pace.frozen:  # each answer its own moment afterwards, so that they do not all come at once
            raise ShowLater(self._pace.take())
        with self._translated():
            try:
                return await self._show(text, entities, message)
            except BadRequest as error:
                if message and "not modified" in error.message.lower():
                    return message
                if message and _is_gone(error):
                    return await self._show(text, entities, None)
                if not entities:
                    raise
                log.warning("Telegram refused the formatting of a piece; sent plain.", entities=len(entities))
                return await self._show(text, [], message)

    async def drop(self, messages: Sequence[str]) -> None:
        for message in messages:
            with self._translated(), suppress(BadRequest):  # gone already, or too old to be removed
                await self._bot.delete_message(self._chat, int(message))

    async def _show(self, text: str, entities: list[MessageEntity], message: str | None) -> str:
        if message:
            await self._bot.edit_message_text(
                text, self._chat, int(message), entities=entities, link_preview_options=NO_PREVIEW
            )
            return message
        asked = ReplyParameters(self._asked, allow_sending_without_reply=True) if self._asked else None
        sent = await self._bot.send_message(
            self._chat,
            text,
            entities=entities,
            message_thread_id=self._topic,
            reply_parameters=asked,
            link_preview_options=NO_PREVIEW,
        )
        self._asked = None
        return str(sent.message_id)

    async def _type(self) -> None:
        """Best effort: what fails here must not reach the answer."""
        while True:
            with suppress(TelegramError):
                await self._bot.send_chat_action(self._chat, ChatAction.TYPING, message_thread_id=self._topic)
            await asyncio.sleep(TYPING_SECONDS)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The edge where Telegram's errors become ours."""
        try:
            yield
        except RetryAfter as error:
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
            self._pace.freeze(seconds)
            raise ShowLater(self._pace.take()) from None
        except ChatMigrated as error:
            self._chat = error.new_chat_id
            raise ShowLater(0) from None
        except InvalidToken:  # the token was reset: the next start goes on from here
            raise ShowLater(SIGNED_OUT_SECONDS) from None
        except (BadRequest, Forbidden) as error:
            raise CannotShow(error.message) from None
        except TelegramError:
            raise ShowLater(RETRY_SECONDS) from None


def _is_gone(error: BadRequest) -> bool:
    words = error.message.lower()
    return any(sign in words for sign in ("message to edit not found", "message_id_invalid", "can't be edited"))
