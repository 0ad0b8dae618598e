"""Run commands and presses of buttons, and show what comes of them."""

import asyncio
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog
from telegram import Bot, CallbackQuery, Chat, ChatMember, MaybeInaccessibleMessage, Message
from telegram.error import TelegramError

from adapters.common.button_codes import decode_action, decode_choice
from adapters.telegram.buttons import NO_ACTION, has_button
from adapters.telegram.incoming import person, platform_of
from adapters.telegram.notices import Notices
from adapters.telegram.sentences import UNREAD
from bridge import (
    Author,
    CannotShow,
    ConversationKey,
    Intake,
    Invocation,
    Press,
    Said,
    fingerprint,
    sentences,
    translated,
)

log = structlog.get_logger(__name__)

BLOCKING_SECONDS = 2.0
"""How long the next update waits for a command, so that a question after it is asked with what it set."""

ADMIN_SECONDS = 300.0
"""How long the answer to who is an admin is cached."""

REFUSALS = (sentences.ADMINS_ONLY, sentences.NOT_YOURS, sentences.NOT_ALLOWED)
"""Sentences that are shown to the one who pressed alone: the message with the buttons is somebody else's."""


class Interactions:
    """Runs each command or press as a task of its own, for which the next update waits BLOCKING_SECONDS at most.

    What fails is logged, not raised: a person can repeat it.
    """

    def __init__(self, bot: Bot, notices: Notices) -> None:
        self._bot = bot
        self._notices = notices
        self._admins: dict[tuple[int, int], tuple[float, bool]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def command(self, message: Message, invocation: Invocation, intake: Intake) -> None:
        """Run a command, and answer the message with its result."""
        taking = self._begin(self._command(message, invocation, intake))
        await asyncio.wait([taking], timeout=BLOCKING_SECONDS)

    async def press(self, query: CallbackQuery, data: str, intake: Intake) -> None:
        """Do what a button with this callback data stands for, and answer the query."""
        self._begin(self._press(query, data, intake), query.id)

    async def unread(self, update: Mapping[str, Any], intake: Intake) -> None:
        """Tell a person in private that their message could not be read, or anywhere that their press could not."""
        if isinstance(query := update.get("callback_query"), dict):
            self._begin(self._notices.toast(str(query.get("id")), _unread(query)))
        elif isinstance(message := update.get("message"), dict):
            self._begin(self._unread(message, intake))

    async def drain(self, seconds: float) -> None:
        """Wait up to so many seconds for commands and presses that are being run, then cancel them."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()

    def _begin(self, action: Coroutine[Any, Any, None], query: str = "") -> asyncio.Task[None]:
        task = asyncio.create_task(self._logging_errors(action, query))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _logging_errors(self, action: Coroutine[Any, Any, None], query: str) -> None:
        try:
            await action
        except Exception as error:  # noqa: BLE001  a command that fails can be typed again
            log.warning("Telegram: a command or a press came to nothing.", **fingerprint(error))
            if query:
                await self._notices.toast(query, "")

    async def _command(self, message: Message, invocation: Invocation, intake: Intake) -> None:
        author = await self._as_admin(invocation.author, message.chat)
        said = await intake.command(replace(invocation, author=author))
        self._begin(self._answer(message, invocation, author, said))

    async def _answer(self, message: Message, invocation: Invocation, author: Author, said: Said) -> None:
        """Say what came of a command; no update waits for that, as the chat's rate may hold it for long."""
        if said.secret and message.chat.type != Chat.PRIVATE:
            said = await self._tell_in_private(author, said)
        if said.text:
            await self._notices.answer(invocation.key, message.message_id, said, author.language)

    async def _unread(self, message: Mapping[str, Any], intake: Intake) -> None:
        where = message.get("chat")
        chat = _number(where.get("id")) if isinstance(where, dict) else 0
        topic = _number(message.get("message_thread_id")) if message.get("is_topic_message") is True else 0
        key = ConversationKey(platform_of(self._bot.bot), str(chat), str(topic or ""))
        if chat > 0 and await intake.admits(key, Author(str(chat), "", groups=(f"chat:{chat}",))):
            await self._notices.answer(key, None, Said(_unread(message)), "")

    async def _tell_in_private(self, author: Author, said: Said) -> Said:
        """Send a secret result in private, and return what is said about that in the group."""
        try:
            await self._notices.tell(author.id, said.text)
        except CannotShow:  # a bot cannot write to who has never started it
            return Said(translated(sentences.PRIVATE_FIRST, author.language))
        return Said(translated(sentences.TOLD_IN_PRIVATE, author.language))

    async def _press(self, query: CallbackQuery, data: str, intake: Intake) -> None:
        message, author = query.message, person(query.from_user, query.message.chat) if query.message else None
        if message is None or author is None:
            await self._notices.toast(query.id, translated(UNREAD, ""))
            return
        author = await self._as_admin(author, message.chat)
        key = self._key(message)
        if action := decode_action(data):
            said = await intake.press(Press(key, str(message.message_id), author, *action))
            await self._notices.toast(query.id, translated(said.text, author.language) if said.text else "")
        elif (choice := decode_choice(data)) and has_button(message, data):
            invocation = Invocation(key, author, *choice, shared=message.chat.type != Chat.PRIVATE)
            await self._choose(query, message, invocation, intake)
        else:
            forged = "" if data == NO_ACTION else translated(sentences.NOT_HERE, author.language)
            await self._notices.toast(query.id, forged)

    async def _choose(
        self, query: CallbackQuery, message: MaybeInaccessibleMessage, invocation: Invocation, intake: Intake
    ) -> None:
        """Run the command of a choice, and show its result in place of the choices, unless it is refused."""
        language = invocation.author.language
        said = await intake.command(invocation)
        refused = said.text in [translated(each, language) for each in REFUSALS]
        await self._notices.toast(query.id, said.text if refused else "")
        if not refused:
            with suppress(TelegramError):
                await self._notices.replace(invocation.key, message.message_id, said, language)

    def _key(self, message: MaybeInaccessibleMessage) -> ConversationKey:
        in_topic = isinstance(message, Message) and message.is_accessible and message.is_topic_message
        topic = str(message.message_thread_id) if in_topic and isinstance(message, Message) else ""
        return ConversationKey(platform_of(self._bot.bot), str(message.chat.id), topic)

    async def _as_admin(self, author: Author, chat: Chat) -> Author:
        """Return the author, as an admin where Telegram says so (Bot API, getChatMember)."""
        if author.admin or chat.type == Chat.PRIVATE or not author.id.isdecimal():
            return author
        member_of = (chat.id, int(author.id))
        until, admin = self._admins.get(member_of, (0.0, False))
        if until < time.monotonic():
            try:
                member = await self._bot.get_chat_member(*member_of)
            except TelegramError:
                return author
            admin = member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)
            self._admins = {known: cached for known, cached in self._admins.items() if cached[0] > time.monotonic()}
            self._admins[member_of] = (time.monotonic() + ADMIN_SECONDS, admin)
        return replace(author, admin=admin)


def _unread(message: Mapping[str, Any]) -> str:
    """Return what is said of a message or a press that cannot be read, in its author's language if that is known."""
    language = author.get("language_code") if isinstance(author := message.get("from"), dict) else ""
    return translated(UNREAD, language if isinstance(language, str) else "")


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else 0
