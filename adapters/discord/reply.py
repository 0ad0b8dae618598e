"""Show an answer on Discord: send, edit and delete its messages."""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import discord

from adapters.common.optional_parts import leaving_off
from adapters.common.rate_limiter import Kind, RateLimiter
from adapters.common.refusals import Refusals
from adapters.common.typing_indicator import typing_indicator
from adapters.discord.buttons import answer_buttons
from adapters.discord.errors import REQUEST_ERRORS, translated_errors
from adapters.discord.refusals import blocks_words, defused, refused_part, refuses_file
from adapters.discord.render import measure, render, without_markup
from bridge import Attachment, Controls, FileRefused, Turn

LIMIT = 2000
"""Code points in a message (Discord's developer documentation, Create Message)."""

MOST = 5
"""Messages of an answer, at most: a longer one would push everybody else's words out of sight."""

FILENAME = "answer.md"

MAX_DESCRIPTION_LENGTH = 1024
"""Characters in the description of an attachment (developer documentation, Attachment)."""

TYPING_SECONDS = 8.0
"""Seconds between two requests; Discord shows "is typing …" for ten (developer documentation, Trigger Typing)."""

REFUSED_TEXT = (50006, 50035)
"""JSON error codes for an empty message and an invalid form body: Discord refuses the text as it is."""

UNKNOWN_MESSAGE = 10008
"""JSON error code: the message was deleted."""

THREAD_ARCHIVED = 50083
"""JSON error code: the thread is archived. Sending a message reopens it, editing does not."""

MAX_NONCE_LENGTH = 25
"""Characters in a nonce (developer documentation, Create Message)."""

CLOCKS_DIFFER = timedelta(seconds=2)
"""How far this machine's clock may be from Discord's; a message that is older than its request was found by a nonce."""

MAX_HISTORY = 50
"""Messages below a question that are searched for one which was sent but not recorded."""

WAITING_REACTION = "👀"

NONE: Mapping[int, int] = MappingProxyType({})

Options = dict[str, Any]
"""Further arguments of the library's calls: a message's view and attachments, where they change."""


class DiscordReply:
    """Shows the answer to a turn in its channel: see bridge.Reply. The first message replies to the question."""

    limit = LIMIT
    most = MOST
    begins_short = False  # a message that is sent twice is recognized by its nonce
    measure = staticmethod(measure)

    def __init__(
        self, client: discord.Client, turn: Turn, rate_limiter: RateLimiter, originals: Mapping[int, int] = NONE
    ) -> None:
        """`originals`: questions that were said again by a proxy, each with the message that says it now."""
        self._chat = turn.key.channel
        self._channel = client.get_partial_messageable(int(self._chat))
        self._rate_limiter = rate_limiter
        self._client = client
        # The core's own word to a question has the question's id and a suffix.
        self._asked = int(turn.question.partition("/")[0])
        self._originals = originals
        self._name = turn.question
        self._turn = turn.id
        self._language = turn.author.language
        self._is_notice = turn.is_notice
        self._last = turn.shown[-1] if turn.shown else ""
        self._controls: dict[str, Controls | None] = {}
        self._refusals = Refusals("Discord")
        self._blocked: set[str | None] = set()

    @property
    def _question(self) -> int:
        return self._originals.get(self._asked, self._asked)

    async def waiting(self, on: bool) -> bool:
        """See Reply.waiting; the mark is a reaction on the question."""
        question = self._channel.get_partial_message(self._question)
        try:
            if on:
                await question.add_reaction(WAITING_REACTION)
            elif self._client.user:
                await question.remove_reaction(WAITING_REACTION, self._client.user)
        except REQUEST_ERRORS as error:
            return not isinstance(error, discord.HTTPException) or isinstance(error, discord.DiscordServerError)
        return True

    def permit(self, message: str | None, *, final: bool) -> AbstractAsyncContextManager[None]:
        """See Reply.permit."""
        kind: Kind = "edit" if message else "send"
        return self._rate_limiter.permit(self._chat, kind, final=final, notice=self._is_notice)

    def working(self) -> AbstractAsyncContextManager[None]:
        """See Reply.working."""
        return typing_indicator(self._send_typing, self._rate_limiter, self._chat, TYPING_SECONDS)

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str:
        """See Reply.put. Markup that Discord refuses is sent again as plain text."""
        text = render(markdown)
        options = self._buttons(message, controls)
        file = Attachment(FILENAME, "text/markdown", whole.encode()) if whole else None
        with translated_errors():
            try:
                shown = await self._show_with_fallback(text, markdown, message, file, options)
            except discord.HTTPException as error:
                if file and refuses_file(error):
                    raise FileRefused(f"{error.status}, code {error.code}") from None
                raise
        self._controls[shown] = controls
        return shown

    async def _show_with_fallback(
        self, text: str, markdown: str, message: str | None, file: Attachment | None, options: Options
    ) -> str:
        """Show text: plain where Discord refuses its form, with links that lead nowhere where it blocks them."""
        if message in self._blocked:
            text = defused(text, LIMIT)
        try:
            return await self._show(text, message, file, options)
        except discord.HTTPException as error:
            if error.code in REFUSED_TEXT:
                self._refusals.log(error.code, markdown)
                return await self._show(without_markup(markdown, LIMIT), message, file, options)
            if not (blocks_words(error) and (harmless := defused(text, LIMIT)) != text):
                raise
        shown = await self._show(harmless, message, file, options)
        self._blocked.add(shown)
        return shown

    async def put_picture(
        self, picture: Attachment, message: str | None, *, description: str, controls: Controls | None = None
    ) -> str:
        """See PictureReply.put_picture; the picture is the only attachment of a message without text."""
        with translated_errors():
            shown = await self._show("", message, picture, self._buttons(message, controls), description)
        self._controls[shown] = controls
        return shown

    async def sent(self) -> list[str]:
        """See Reply.sent; reads the channel's history, as Discord forgets a nonce after some minutes."""
        after = discord.Object(int(self._last) if self._last else self._question)
        with translated_errors():
            below = [message async for message in self._channel.history(limit=MAX_HISTORY, after=after)]
        return [str(message.id) for message in below if self._may_be_own(message)]

    def _may_be_own(self, message: discord.Message) -> bool:
        """Tell whether a message may belong to this answer: the first one replies to the question, others to none."""
        if message.author != self._client.user or message.interaction_metadata:
            return False
        replied = message.reference.message_id if message.reference else None
        return replied == (None if self._last else self._question)

    async def drop(self, messages: Sequence[str]) -> None:
        """See Reply.drop."""
        for message in messages:
            with translated_errors(), suppress(discord.NotFound):
                await self._channel.get_partial_message(int(message)).delete()

    def _buttons(self, message: str | None, controls: Controls | None) -> Options:
        """Return the view for a message, unless it shows these controls already."""
        if message in self._controls and self._controls[message] == controls:
            return {}
        return {"view": answer_buttons(controls, self._language) if controls else None}

    async def _show(
        self, text: str, message: str | None, file: Attachment | None, options: Options, description: str = ""
    ) -> str:
        if message:
            try:
                await self._edit(int(message), text, file, options, description)
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                options = options or self._buttons(None, self._controls.get(message))
            else:
                self._last = message  # only now: after an edit that fails, the next try must see the same state
                return message
        given = {name: value for name, value in options.items() if value is not None}
        return await self._send(text, file, given, message, description)

    async def _send(
        self, text: str, file: Attachment | None, options: Options, in_place_of: str | None, description: str = ""
    ) -> str:
        # Discord answers a repeated nonce with the message that an earlier attempt made. So the nonce says after which
        # message of this version of the answer it comes (+), or which one it replaces (=).
        after = f"+{self._turn % 10_000}.{self._last or self._name}"
        nonce = (f"={in_place_of}" if in_place_of else after)[:MAX_NONCE_LENGTH]
        more = dict(options)
        if not self._last:
            more["reference"] = discord.MessageReference(
                message_id=self._question, channel_id=self._channel.id, fail_if_not_exists=False
            )
        began = discord.utils.utcnow() - CLOCKS_DIFFER

        async def send(**options: Any) -> discord.Message:
            files: Options = {"file": as_file(file, description)} if file and not text else {}
            return await self._channel.send(text, nonce=nonce, suppress_embeds=True, **options, **files)

        sent = await leaving_off(send, more, refused_part)
        if sent.content.strip() != text.strip() or (file and text) or sent.created_at < began:
            try:
                await self._edit(sent.id, text, file, options, description)
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                return await self._send(text, file, options, str(sent.id), description)  # it was deleted meanwhile
        self._last = str(sent.id)
        return self._last

    async def _edit(
        self, message: int, text: str, file: Attachment | None, options: Options, description: str = ""
    ) -> None:
        # A partial message's edit sends no flags, so that the embeds stay suppressed as the message was sent.
        edited = self._channel.get_partial_message(message)

        async def edit(**options: Any) -> None:
            await edited.edit(content=text, **self._files(message, file, description), **options)

        try:
            await leaving_off(edit, options, refused_part)
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            await self._client.http.edit_channel(self._channel.id, archived=False)  # refused where it is locked
            await leaving_off(edit, options, refused_part)

    def _files(self, message: int, file: Attachment | None, description: str) -> Options:
        """Return the attachments of an edited message: the file, or none in place of what an earlier process left.

        Discord replaces the attachments by these (developer documentation, Edit Message).
        """
        if file:
            return {"attachments": [as_file(file, description)]}
        return {} if str(message) in self._controls else {"attachments": []}

    async def _send_typing(self) -> None:
        with suppress(*REQUEST_ERRORS):
            async with self._rate_limiter.permit(self._chat, "typing", final=False):
                await self._channel.typing()


def as_file(file: Attachment, description: str = "") -> discord.File:
    """Return a file for one request, with a description for people who do not see it."""
    return discord.File(io.BytesIO(file.data), file.name, description=description[:MAX_DESCRIPTION_LENGTH] or None)
