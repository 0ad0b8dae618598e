"""Say on Telegram what the bridge itself has to say: results of commands and presses, and the menu of commands."""

from contextlib import AbstractAsyncContextManager, suppress

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import CallbackQueryLimit, MessageLimit
from telegram.error import TelegramError

from adapters.common.rate_limiter import RateLimiter
from adapters.telegram.buttons import choice_buttons
from adapters.telegram.render import measure, render
from bridge import TABLE, CannotShow, ConversationKey, Said, sentences, translated

log = structlog.get_logger(__name__)

LANGUAGES = ("", "de", "es", "fr", "it", "ja", "pt", "ru", "tr", "uk", "zh")
"""Language codes of the menu (Bot API, setMyCommands: two letters); "" is for all other languages."""

MAX_TOAST_LENGTH = int(CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)
"""Characters in the answer to a callback query (Bot API, answerCallbackQuery)."""

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Notices:
    """Sends what the bridge says, without retries: a person can repeat the command or the press."""

    def __init__(self, bot: Bot, rate_limiter: RateLimiter) -> None:
        self._bot = bot
        self._rate_limiter = rate_limiter

    async def answer(self, key: ConversationKey, message: int | None, said: Said, language: str) -> None:
        """Send a result and its files to a conversation, in a group as a reply to `message`. Raises TelegramError."""
        text, entities = render(_short(said.text))
        chat, thread = int(key.channel), int(key.thread) if key.thread else None
        asked = ReplyParameters(message, allow_sending_without_reply=True) if message and chat < 0 else None
        async with self._permit(key.channel):
            await self._bot.send_message(
                chat,
                text,
                entities=entities,
                reply_markup=choice_buttons(said.choices, language),
                message_thread_id=thread,
                reply_parameters=asked,
                link_preview_options=NO_PREVIEW,
            )
        for file in said.files:
            try:
                async with self._permit(key.channel):
                    await self._bot.send_document(chat, file.data, filename=file.name, message_thread_id=thread)
            except TelegramError:  # a file that is too large, a group where nobody may send any, a lost connection
                async with self._permit(key.channel):
                    refused = translated(sentences.FILES_REFUSED, language)
                    await self._bot.send_message(chat, refused, message_thread_id=thread)
                return

    async def replace(self, key: ConversationKey, message: int, said: Said, language: str) -> None:
        """Show a result in place of the bot's message under which a choice was pressed. Raises TelegramError."""
        text, entities = render(_short(said.text))
        async with self._permit(key.channel):
            await self._bot.edit_message_text(
                text,
                int(key.channel),
                message,
                entities=entities,
                reply_markup=choice_buttons(said.choices, language),
                link_preview_options=NO_PREVIEW,
            )

    async def tell(self, user: str, text: str) -> None:
        """Send Markdown to a person in private. Raises CannotShow, also where a later try might succeed."""
        words, entities = render(text)
        try:
            async with self._permit(user):
                await self._bot.send_message(int(user), words, entities=entities, link_preview_options=NO_PREVIEW)
        except TelegramError as error:
            raise CannotShow(type(error).__name__) from None

    async def toast(self, query: str, text: str) -> None:
        """Answer a callback query: show text to the one who pressed, "" only ends the waiting. Never raises."""
        with suppress(TelegramError):  # the query is too old, or answered already
            await self._bot.answer_callback_query(query, text[:MAX_TOAST_LENGTH])

    async def menu(self) -> None:
        """Set the menu of commands where Telegram has another one. What fails is logged, not raised."""
        try:
            for scope in (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats()):
                for language in LANGUAGES:
                    await self._menu(scope, language)
        except TelegramError as error:
            log.warning("Telegram did not take the menu of commands.", error=type(error).__name__)

    async def _menu(self, scope: BotCommandScope, language: str) -> None:
        wanted = tuple(BotCommand(command.name, translated(command.help, language)) for command in TABLE)
        if language and all(each.description == command.help for each, command in zip(wanted, TABLE, strict=True)):
            return
        if await self._bot.get_my_commands(scope, language or None) != wanted:
            await self._bot.set_my_commands(wanted, scope, language or None)

    def _permit(self, chat: str) -> AbstractAsyncContextManager[None]:
        return self._rate_limiter.permit(chat, "send", final=True, notice=True)


def _short(markdown: str) -> str:
    """Cut Markdown so that it fits into one message."""
    while (surplus := measure(markdown) - int(MessageLimit.MAX_TEXT_LENGTH)) > 0:
        markdown = f"{markdown[: -surplus - 1]}…"
    return markdown
