"""Show an answer on Telegram: send, edit and delete its messages, and show drafts while it grows."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.constants import ChatAction, MessageLimit
from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from adapters.common.optional_parts import leaving_off
from adapters.common.rate_limiter import Kind, RateLimiter
from adapters.common.refusals import Refusals
from adapters.common.typing_indicator import typing_indicator
from adapters.telegram.buttons import answer_buttons
from adapters.telegram.errors import (
    is_gone,
    is_of_another_kind,
    is_unchanged,
    is_unknown_method,
    seconds_of,
    translated_error,
)
from adapters.telegram.forms import Forms, is_group
from adapters.telegram.refusals import refused_content, refused_part
from adapters.telegram.render import measure, plain, render
from adapters.telegram.rich import rich
from bridge import Attachment, CannotShow, Controls, ShowLater, TextTooLong, Turn

log = structlog.get_logger(__name__)

TYPING_SECONDS = 4.5
"""Seconds between two requests; Telegram shows "typing …" for five (Bot API, sendChatAction)."""

MOST = 20
"""Messages of an answer, at most: a longer one would push everybody else's words out of sight."""

FILENAME = "answer.md"

WAITING_REACTION = "👀"

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
"""No link previews: they would let an answer make Telegram fetch any address."""


@dataclass(frozen=True, slots=True)
class Content:
    """Holds the content of a message: its text, the entities that mark it up, and the buttons under it."""

    text: str
    entities: list[MessageEntity]
    buttons: InlineKeyboardMarkup | None


class TelegramReply:
    """Shows the answer to a turn in its chat: see bridge.Reply. In groups the first message replies to the question."""

    limit = int(MessageLimit.MAX_TEXT_LENGTH)
    most = MOST
    measure = staticmethod(measure)

    def __init__(self, bot: Bot, turn: Turn, rate_limiter: RateLimiter, forms: Forms) -> None:
        self._bot = bot
        self._rate_limiter = rate_limiter
        self._forms = forms
        self._chat_key = turn.key.channel
        self._chat = int(self._chat_key)
        self._draft_id = turn.id
        self._topic = int(turn.key.thread) if turn.key.thread else None
        # The core's own word to a question has the question's id and a suffix.
        self._question = int(turn.question.partition("/")[0])
        self._reply_to = self._question if is_group(self._chat_key) and not turn.shown else None
        self._language = turn.author.language
        self._is_notice = turn.is_notice
        self._refusals = Refusals("Telegram")

    @property
    def begins_short(self) -> bool:
        """See Reply.begins_short; Telegram does not recognize repeats. After drafts a message is sent once only."""
        return not self._forms.takes_drafts(self._chat_key)

    async def waiting(self, on: bool) -> bool:
        """See Reply.waiting; the mark is a reaction on the question."""
        try:
            await self._bot.set_message_reaction(self._chat, self._question, WAITING_REACTION if on else None)
        except TelegramError as error:
            return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
        return True

    def permit(self, message: str | None, *, final: bool) -> AbstractAsyncContextManager[None]:
        """See Reply.permit."""
        kind = self._kind(message, final=final)
        return self._rate_limiter.permit(self._chat_key, kind, final=final, notice=self._is_notice)

    def working(self) -> AbstractAsyncContextManager[None]:
        """See Reply.working."""
        return typing_indicator(self._send_typing, self._rate_limiter, self._chat_key, TYPING_SECONDS)

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str | None:
        """See Reply.put. A form that Telegram refuses is replaced by a plainer one: rich, then entities, then text.

        A message of text holds no file: the whole answer follows as a message of its own.
        """
        if whole:
            shown = await self.put(markdown, message, final=final, controls=controls)
            await self._send_file(whole)
            return shown
        buttons = answer_buttons(controls, self._language) if controls else None
        with self._translated(self._kind(message, final=final)):
            if final and self._forms.takes_rich(self._chat_key, markdown) and (html := rich(markdown)):
                try:
                    return await self._show_rich(html, message, buttons)
                except (BadRequest, EndPointNotFound) as error:
                    if message and is_unchanged(error):
                        return message
                    if message and await self._must_be_replaced(message, error):
                        return await self.put(markdown, None, final=True, controls=controls)
                    self._refuse("rich", error)
            text, entities = render(markdown)
            if not final and message is None and self._forms.takes_drafts(self._chat_key):
                await self._preview(text, entities)
                return None
            return await self._show_with_fallback(markdown, Content(text, entities, buttons), message)

    async def put_picture(
        self, picture: Attachment, message: str | None, *, description: str, controls: Controls | None = None
    ) -> str:
        """See PictureReply.put_picture. A photo has no description; the answer's text names it."""
        buttons = answer_buttons(controls, self._language) if controls else None
        with self._translated(self._kind(message, final=True)):
            if message:
                media = InputMediaPhoto(picture.data, filename=picture.name)
                try:
                    await self._bot.edit_message_media(media, self._chat, int(message), reply_markup=buttons)
                except BadRequest as error:
                    if is_unchanged(error):
                        return message
                    if not await self._must_be_replaced(message, error):
                        raise
                else:
                    return message
            send = partial(self._bot.send_photo, self._chat, picture.data, filename=picture.name)
            sent = await leaving_off(send, self._options(buttons), refused_part)
            self._reply_to = None
            return str(sent.message_id)

    async def sent(self) -> list[str]:
        """See Reply.sent; returns nothing, as a bot cannot read a chat's history (Bot API). See begins_short."""
        return []

    async def drop(self, messages: Sequence[str]) -> None:
        """See Reply.drop."""
        for message in messages:
            with self._translated("edit"), suppress(BadRequest):  # deleted already, or too old (Bot API, deleteMessage)
                await self._bot.delete_message(self._chat, int(message))

    def _kind(self, message: str | None, *, final: bool) -> Kind:
        """Return the kind of request that the rate limiter counts."""
        if message:
            return "edit"
        return "send" if final or not self._forms.takes_drafts(self._chat_key) else "typing"

    async def _show_with_fallback(self, markdown: str, content: Content, message: str | None) -> str:
        """Show text: in a new message where the old one was deleted, and plain where Telegram refuses its entities."""
        try:
            return await self._show(content, message)
        except BadRequest as error:
            if message and is_unchanged(error):
                return message
            if message and await self._must_be_replaced(message, error):
                return await self._show(content, None)
            if not content.entities or isinstance(refused_content(error), TextTooLong):
                raise
            self._refusals.log(type(error).__name__, markdown)
            return await self._show(Content(plain(markdown), [], content.buttons), message)

    async def _must_be_replaced(self, message: str, error: TelegramError) -> bool:
        """Tell whether an edit failed since the message is gone, or of another kind, in which case it is deleted."""
        if is_of_another_kind(error):
            await self.drop([message])
            return True
        return is_gone(error)

    async def _show(self, content: Content, message: str | None) -> str:
        if message:
            edit = partial(
                self._bot.edit_message_text,
                content.text,
                self._chat,
                int(message),
                entities=content.entities,
                link_preview_options=NO_PREVIEW,
            )
            await leaving_off(edit, {"reply_markup": content.buttons}, refused_part)  # an edit without any removes them
            return message
        send = partial(
            self._bot.send_message,
            self._chat,
            content.text,
            entities=content.entities,
            link_preview_options=NO_PREVIEW,
        )
        sent = await leaving_off(send, self._options(content.buttons), refused_part)
        self._reply_to = None
        return str(sent.message_id)

    async def _show_rich(self, html: str, message: str | None, buttons: InlineKeyboardMarkup | None) -> str:
        """Show a rich message (Bot API 10.1, sendRichMessage and editMessageText), which the library cannot do yet."""
        content: dict[str, object] = {"html": html, "skip_entity_detection": True}
        if message:  # the library wants a text, but leaves out what is None
            more = {"text": None, "rich_message": content}
            await self._bot.edit_message_text("", self._chat, int(message), reply_markup=buttons, api_kwargs=more)
            return message

        async def send(**options: Any) -> object:
            given = {name: option for name, option in options.items() if option is not None}
            where = {"chat_id": self._chat, "rich_message": content, **given}
            return await self._bot.do_api_request("sendRichMessage", api_kwargs=where, return_type=Message)

        sent = await leaving_off(send, self._options(buttons), refused_part)
        self._reply_to = None
        return str(sent.message_id) if isinstance(sent, Message) else ""

    async def _send_file(self, whole: str) -> None:
        send = partial(self._bot.send_document, self._chat, whole.encode(), filename=FILENAME)
        with self._translated("send"):
            await leaving_off(send, self._options(None), refused_part)

    async def _preview(self, text: str, entities: list[MessageEntity]) -> None:
        try:
            await self._bot.send_message_draft(
                self._chat, self._draft_id, text, message_thread_id=self._topic, entities=entities
            )
        except (BadRequest, InvalidToken) as error:
            if isinstance(error, InvalidToken) and not is_unknown_method(error):
                raise
            self._refuse("drafts", error)
            raise ShowLater(0) from None

    def _options(self, buttons: InlineKeyboardMarkup | None) -> dict[str, Any]:
        """Return the optional parts of a new message."""
        reply = ReplyParameters(self._reply_to, allow_sending_without_reply=True) if self._reply_to else None
        return {"reply_markup": buttons, "message_thread_id": self._topic, "reply_parameters": reply}

    def _refuse(self, form: str, error: TelegramError) -> None:
        log.warning(f"Telegram refuses {form} in a chat; going on without.", error=type(error).__name__)
        self._forms.refused.add((form, self._chat_key))

    async def _send_typing(self) -> None:
        with suppress(CannotShow, ShowLater), self._translated("typing"):
            async with self._rate_limiter.permit(self._chat_key, "typing", final=False):
                await self._bot.send_chat_action(self._chat, ChatAction.TYPING, message_thread_id=self._topic)

    @contextmanager
    def _translated(self, kind: Kind) -> Iterator[None]:
        """Raise ShowLater or CannotShow in place of Telegram's errors; note the wait or the new chat id in them."""
        try:
            yield
        except TelegramError as error:
            if isinstance(error, RetryAfter):
                self._rate_limiter.freeze(self._chat_key, kind, seconds_of(error))
                raise ShowLater(0) from None  # the rate limiter lets each answer go when its turn has come
            if isinstance(error, ChatMigrated):
                self._chat = error.new_chat_id
                raise ShowLater(0) from None
            raise translated_error(error) from None
