"""Take updates: a question, an edit, a command, a press, or nothing for the bot."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog
from telegram import Bot, CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, Update
from telegram.constants import FileSizeLimit, MessageLimit
from telegram.error import TelegramError

from adapters.common.button_codes import decode_action, decode_choice
from adapters.telegram.buttons import NO_ACTION, has_button
from adapters.telegram.incoming import (
    addressed,
    author_of,
    file_of,
    has_content,
    incoming,
    invocation,
    key,
    person,
    platform_of,
)
from adapters.telegram.notices import Notices
from adapters.telegram.render import units
from adapters.telegram.validation import check
from bridge import (
    Attachment,
    Author,
    CannotShow,
    ConversationKey,
    Incoming,
    Intake,
    Invocation,
    Press,
    Said,
    fingerprint,
    sentences,
    translated,
)

log = structlog.get_logger(__name__)

Json = Mapping[str, object]

Act = Callable[[], Awaitable[object]]
"""What is to be done about an update."""

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")

FILE_SECONDS = 60.0
"""A file is fetched before its update is confirmed, and holds up those behind it for no longer than this."""

PATIENCE_SECONDS = 2.0
"""How long the next update waits for a command to be done: what is asked after it is asked as it says."""

FULL = int(MessageLimit.MAX_TEXT_LENGTH)
CUT = 6
"""Telegram's apps cut what is too long for one message so near its limit, at a blank where there is one."""

PASTE_SECONDS, ALBUM_SECONDS = 1.5, 1.0
"""How long more of a paste, or of an album, is waited for."""

ADMIN_SECONDS = 300.0
"""How long it is believed who is an admin."""

REFUSALS = (sentences.ADMINS_ONLY, sentences.NOT_YOURS, sentences.NOT_ALLOWED)

LEFT = (ChatMember.LEFT, ChatMember.BANNED)


@dataclass(frozen=True, slots=True)
class Paste:
    """A part of a long text: until when the next is waited for (seconds), and what stands between the two."""

    until: float
    glue: str


@dataclass(frozen=True, slots=True)
class Belonging:
    """The group that a message belongs to: see Incoming."""

    group: str = ""
    wait: float = 0.0
    glue: str = "\n"


class Updates:
    """Reads updates one after the other, and hands over their contents."""

    def __init__(self, bot: Bot, notices: Notices) -> None:
        self._bot = bot
        self._notices = notices
        self._pasting: dict[tuple[ConversationKey, str], Paste] = {}
        self._admins: dict[tuple[int, int], tuple[float, bool]] = {}
        self._doing: set[asyncio.Task[None]] = set()

    async def take(self, raw: Json, intake: Intake) -> None:
        """Hand over what an update brings; when this returns, it may be confirmed."""
        try:
            check(raw)
            act = await self._read(Update.de_json(dict(raw), self._bot), intake)
        except Exception as error:  # noqa: BLE001  whatever is wrong with one update, the next one counts
            log.warning("Telegram: an update could not be read and is passed over.", **fingerprint(error))
            return
        try:
            if act:
                await act()
        # The database's trouble is waited out in there: what fails otherwise would fail again.
        except Exception as error:  # noqa: BLE001
            log.error("Telegram: an update came to nothing.", **fingerprint(error))  # noqa: TRY400  never its words

    async def done(self, seconds: float) -> None:
        """Wait for commands and presses that are being done, for so many seconds at most."""
        if self._doing:
            await asyncio.wait(self._doing, timeout=seconds)

    async def _read(self, update: Update, intake: Intake) -> Act | None:
        if update.message:
            return await self._message(update.message, intake)
        if (edited := update.edited_message) and has_content(edited) and addressed(edited, self._bot.bot):
            return partial(intake.edited, incoming(edited, self._bot.bot))
        if (query := update.callback_query) and query.message and isinstance(query.data, str):
            return partial(self._in_background, self._press(query, query.data, intake), query.id)
        if update.my_chat_member:
            _say_membership(update.my_chat_member)
        return None

    async def _message(self, message: Message, intake: Intake) -> Act | None:
        me = self._bot.bot
        if message.migrate_to_chat_id:
            platform = platform_of(str(me.id))
            return partial(intake.renamed, platform, str(message.chat.id), str(message.migrate_to_chat_id))
        if not has_content(message):
            return None
        if command := invocation(message, me):
            return partial(self._in_background, self._command(message, command, intake))
        belongs = await self._belongs(message, intake)
        if belongs is None:
            return None
        asked = replace(incoming(message, me), group=belongs.group, wait=belongs.wait, glue=belongs.glue)
        began = time.monotonic()
        asked = await self._with_file(asked, message)
        # The next piece of an album takes as long to fetch as this one did, or somewhat longer.
        wait = asked.wait + 2 * (time.monotonic() - began) if asked.wait else 0.0
        return partial(intake.receive, replace(asked, wait=wait))

    async def _belongs(self, message: Message, intake: Intake) -> Belonging | None:
        """The group of messages that it belongs to; None where it is not for us."""
        author = author_of(message) or Author("", "")
        place = (key(message, self._bot.bot), author.id)
        belonging = self._grouped(message, place)
        called = addressed(message, self._bot.bot)
        if called and (not belonging.group or belonging.wait):
            return belonging
        more = bool(belonging.group) and await intake.expects(place[0], author, belonging.group)
        return belonging if more else Belonging() if called else None

    def _grouped(self, message: Message, place: tuple[ConversationKey, str]) -> Belonging:
        """An album, a piece of a paste, or what followed one at once."""
        now = time.monotonic()
        before = self._pasting.pop(place, Paste(0.0, "\n"))
        glue = before.glue if before.until > now else "\n"
        if message.media_group_id:
            return Belonging(f"album:{message.media_group_id}", ALBUM_SECONDS, glue)
        size = units(message.text or "")
        if size < FULL - CUT:
            return Belonging("paste" if before.until > now else "", 0.0, glue)
        self._pasting = {known: paste for known, paste in self._pasting.items() if paste.until > now}
        # Where no more fits into it, the next piece goes on in the middle of a word, perhaps.
        self._pasting[place] = Paste(now + PASTE_SECONDS, "" if size == FULL else "\n")
        return Belonging("paste", PASTE_SECONDS, glue)

    async def _with_file(self, asked: Incoming, message: Message) -> Incoming:
        """The picture or document that came with the words, or without any, or that they are about."""
        file = file_of(message, self._bot.bot)
        if file is None:
            return asked
        if (file.file_size or 0) > FileSizeLimit.FILESIZE_DOWNLOAD:
            return replace(asked, notice=sentences.TOO_LARGE)
        try:
            async with asyncio.timeout(FILE_SECONDS):
                data = bytes(await (await file.get_file()).download_as_bytearray())
        except (TelegramError, TimeoutError):
            return replace(asked, notice=sentences.UNREADABLE)
        name = message.document.file_name if message.document else None
        kind = message.document.mime_type if message.document else None
        return replace(asked, notice="", files=(Attachment(name or "picture.jpg", kind or "", data),))

    async def _in_background(self, action: Awaitable[None], query: str = "") -> None:
        """Do something that may take a while, and let the next update wait for it only a little."""
        doing = asyncio.ensure_future(self._logged(action, query))
        self._doing.add(doing)
        doing.add_done_callback(self._doing.discard)
        await asyncio.wait([doing], timeout=PATIENCE_SECONDS)

    async def _logged(self, action: Awaitable[None], query: str) -> None:
        try:
            await action
        except Exception as error:  # noqa: BLE001  a command that fails can be typed again
            log.warning("Telegram: a command or a press came to nothing.", **fingerprint(error))
            if query:
                await self._notices.toast(query, "")

    async def _command(self, message: Message, command: Invocation, intake: Intake) -> None:
        author = await self._as_admin(command.author, message.chat)
        said = await intake.command(replace(command, author=author))
        if said.secret and message.chat.type != Chat.PRIVATE:
            said = await self._tell_in_private(author, said)
        await self._notices.answer(command.key, message.message_id, said, author.language)

    async def _tell_in_private(self, author: Author, said: Said) -> Said:
        """Say it in private, and where several people talk only that."""
        try:
            await self._notices.tell(author.id, said.text)
        except CannotShow:  # who has never written to the bot cannot be told
            return Said(translated(sentences.PRIVATE_FIRST, author.language))
        return Said(translated(sentences.TOLD_IN_PRIVATE, author.language))

    async def _press(self, query: CallbackQuery, data: str, intake: Intake) -> None:
        message, author = query.message, person(query.from_user, query.message.chat) if query.message else None
        if message is None or author is None:
            return
        author = await self._as_admin(author, message.chat)
        thread = isinstance(message, Message) and message.is_accessible and message.is_topic_message
        topic = str(message.message_thread_id) if thread and isinstance(message, Message) else ""
        place = ConversationKey(platform_of(str(self._bot.bot.id)), str(message.chat.id), topic)
        if act := decode_action(data):
            said = await intake.press(Press(place, str(message.message_id), author, *act))
            await self._notices.toast(query.id, translated(said.text, author.language) if said.text else "")
        elif (words := decode_choice(data)) and has_button(message, data):
            shared = message.chat.type != Chat.PRIVATE
            said = await intake.command(Invocation(place, author, *words, shared=shared))
            refused = said.text in [
                translated(each, author.language) for each in REFUSALS
            ]  # the words of who asked, and their buttons, stay for them
            await self._notices.toast(query.id, said.text if refused else "")
            if not refused:
                with suppress(TelegramError):
                    await self._notices.replace(place, message.message_id, said, author.language)
        else:
            forged = "" if data == NO_ACTION else translated(sentences.NOT_HERE, author.language)
            await self._notices.toast(query.id, forged)

    async def _as_admin(self, author: Author, chat: Chat) -> Author:
        """The same person, as an admin where Telegram says so."""
        if author.admin or chat.type == Chat.PRIVATE or not author.id.isdecimal():
            return author
        place = (chat.id, int(author.id))
        until, admin = self._admins.get(place, (0.0, False))
        if until < time.monotonic():
            try:
                member = await self._bot.get_chat_member(*place)
            except TelegramError:
                return author
            admin = member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)
            self._admins = {known: kept for known, kept in self._admins.items() if kept[0] > time.monotonic()}
            self._admins[place] = (time.monotonic() + ADMIN_SECONDS, admin)
        return replace(author, admin=admin)


def _say_membership(change: ChatMemberUpdated) -> None:
    if change.new_chat_member.status in LEFT and change.old_chat_member.status not in LEFT:
        log.info("Telegram: the bot was removed from a chat, or blocked by a person.", chat=change.chat.type)
