"""Read updates of Telegram, and hand over what is in them: a question, an edit, a command, a press."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from telegram import Bot, ChatMember, ChatMemberUpdated, Message, Update

from adapters.telegram.files import with_files
from adapters.telegram.grouping import Acts, Grouping
from adapters.telegram.incoming import (
    addressed,
    author_of,
    has_content,
    incoming,
    invocation,
    key,
    own_file,
    platform_of,
    referenced_file,
)
from adapters.telegram.interactions import Interactions
from adapters.telegram.notices import Notices
from adapters.telegram.validation import check, without_unreadable
from bridge import Author, Complete, Incoming, Intake, fingerprint

log = structlog.get_logger(__name__)

Json = Mapping[str, object]

Action = Callable[[], Awaitable[object]]
"""Is what an update leads to: it is read as a whole before anything is done."""

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The types of updates that Telegram sends (Bot API, getUpdates, allowed_updates)."""

ABSENT = (ChatMember.LEFT, ChatMember.BANNED)


class Updates:
    """Reads updates one after the other, and hands what is in them to an intake."""

    def __init__(self, bot: Bot, notices: Notices) -> None:
        self._bot = bot
        self._interactions = Interactions(bot, notices)
        self._acts = Acts()

    async def take(self, raw: Json, intake: Intake, *, last: bool = True) -> bool:
        """Hand over what is in an update; return whether that is done, so that it may be confirmed.

        Never raises. Returns False for an update that cannot be read or handled; as the `last` try, it is logged, and
        passed over.
        """
        try:
            if action := await self._read(raw, intake):
                await action()
        except Exception as error:  # noqa: BLE001  whatever is wrong with one update, the next one counts
            if last:
                passed_over = "Telegram: an update could not be read or handled, and is passed over."
                log.error(passed_over, **fingerprint(error))  # noqa: TRY400  never its words
                await intake.passed_over(platform_of(self._bot.bot), *_origin(raw), type(error).__name__)
                await self._interactions.unread(raw, intake)
            return last
        return True

    async def drain(self, seconds: float) -> None:
        """Wait up to so many seconds for commands and presses that are being run."""
        await self._interactions.drain(seconds)

    async def _read(self, raw: Json, intake: Intake) -> Action | None:
        """Return what an update leads to; without the parts of its message that cannot be read, where there are such.

        Raises whatever the library raises where it cannot be read even so.
        """
        try:
            check(raw)
            return await self._action(Update.de_json(dict(raw), self._bot), intake)
        except Exception as error:  # noqa: BLE001  whatever the library raises over a part
            readable = without_unreadable(raw, self._bot, self._attempt)
            log.warning("Telegram: a part of a message could not be read and is left out.", **fingerprint(error))
            action = await self._action(Update.de_json(dict(readable), self._bot), intake)
            return action or partial(self._interactions.unread, raw, intake)

    def _attempt(self, update: Update) -> None:
        """Raise whatever is raised when the message of an update is read."""
        if message := update.message or update.edited_message:
            incoming(message, self._bot.bot)
            invocation(message, self._bot.bot)

    async def _action(self, update: Update, intake: Intake) -> Action | None:
        if update.message:
            return await self._message(update.message, intake)
        if (edited := update.edited_message) and has_content(edited) and addressed(edited, self._bot.bot):
            return partial(intake.edited, incoming(edited, self._bot.bot))
        if query := update.callback_query:
            return partial(self._interactions.press, query, query.data or "", intake)
        if update.my_chat_member:
            _log_membership(update.my_chat_member)
        return None

    async def _message(self, message: Message, intake: Intake) -> Action | None:
        me = self._bot.bot
        if message.migrate_to_chat_id:
            return partial(intake.renamed, platform_of(me), str(message.chat.id), str(message.migrate_to_chat_id))
        if not has_content(message):
            return None
        if command := invocation(message, me):
            return partial(self._interactions.command, message, command, intake)
        grouping = await self._grouping(message, intake)
        if grouping is None:
            return None
        asked = [self._asked(each, replace(grouping, glue="\n")) for each in grouping.before]
        return partial(_receive_all, intake, [*asked, self._asked(message, grouping)])

    def _asked(self, message: Message, grouping: Grouping) -> tuple[Incoming, Complete | None]:
        """Return a message as a part of a question, and what fetches its files, where it has any."""
        me = self._bot.bot
        asked = replace(incoming(message, me), group=grouping.group, glue=grouping.glue, wait=grouping.wait)
        if not (own_file(message) or referenced_file(message, me)):
            return asked, None
        # What is said of a message without words does not hold where it has a file that can be fetched.
        return replace(asked, notice=""), partial(self._with_files, asked, message)

    async def _with_files(self, asked: Incoming, message: Message) -> Incoming:
        """Return a part of a question with its files."""
        began = time.monotonic()
        wait = asked.wait
        asked = await with_files(asked, message, self._bot.bot)
        # The next part of an album takes about as long to download as this one did: wait for twice that.
        wait = wait + 2 * (time.monotonic() - began) if wait else 0.0
        self._acts.wait((asked.key, asked.author.id), wait)
        return replace(asked, wait=wait)

    async def _grouping(self, message: Message, intake: Intake) -> Grouping | None:
        """Return the grouping of a message, or None where it is not meant for the bot."""
        author = author_of(message) or Author("", "")
        conversation = key(message, self._bot.bot)
        grouping = self._acts.grouping(message, (conversation, author.id))
        if addressed(message, self._bot.bot):
            return grouping
        if grouping.continues and await intake.expects(conversation, author, grouping.group):
            return replace(grouping, before=())
        self._acts.hold(message, (conversation, author.id), grouping)
        return None


async def _receive_all(intake: Intake, asked: Sequence[tuple[Incoming, Complete | None]]) -> None:
    for each, complete in asked:
        await intake.receive(each, complete)


def _log_membership(change: ChatMemberUpdated) -> None:
    if change.new_chat_member.status in ABSENT and change.old_chat_member.status not in ABSENT:
        log.info("Telegram: the bot was removed from a chat, or blocked by a person.", chat=change.chat.type)


def _origin(update: Mapping[str, Any]) -> tuple[str, str]:
    """Return the chat and the kind of an update, as far as they can be read."""
    kind, content = next(((name, value) for name, value in update.items() if name != "update_id"), ("update", None))
    holder = content.get("message", content) if isinstance(content, Mapping) else None
    chat = holder.get("chat") if isinstance(holder, Mapping) else None
    known = chat.get("id") if isinstance(chat, Mapping) else None
    return str(known) if isinstance(known, int) else "", kind
