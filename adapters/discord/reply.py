"""Show an answer in Discord: send, edit and remove messages."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import discord

from adapters.common.rate_limiter import RateLimiter
from adapters.common.refusals import Refusals
from adapters.discord.buttons import answer_buttons
from adapters.discord.errors import REQUEST_ERRORS, translated_errors
from adapters.discord.render import measure, render, without_markup
from bridge import Controls, Turn

LIMIT = 2000
"""Code points in a message (Discord's developer documentation, Create Message)."""

MOST = 5
"""A longer answer would push everybody else's words out of sight."""

FILENAME = "answer.md"

TYPING_SECONDS = 8.0
"""Discord shows "is typing …" for ten seconds (developer documentation, Trigger Typing Indicator)."""

REFUSED_TEXT = (50006, 50035)
"""An empty message, an invalid form: Discord does not take the text as it is."""


UNKNOWN_MESSAGE = 10008
"""Somebody removed it."""

THREAD_ARCHIVED = 50083
"""A thread is archived: writing brings it back, editing does not."""

MAX_NONCE_LENGTH = 25

MAX_HISTORY = 50
"""So many messages below a question are looked at for one that was sent and not remembered."""

WAITING_REACTION = "👀"
Options = dict[str, Any]
"""What else the library is given for a message: its buttons and files, where they change."""


class DiscordReply:
    """See bridge.Reply; the first message of an answer replies to the question."""

    limit = LIMIT
    most = MOST
    begins_short = False  # a nonce tells repeats
    measure = staticmethod(measure)

    def __init__(self, client: discord.Client, turn: Turn, rate_limiter: RateLimiter) -> None:
        self._chat = turn.key.channel
        self._channel = client.get_partial_messageable(int(self._chat))
        self._rate_limiter = rate_limiter
        self._client = client
        # The core's own word to a question has the question's id and a suffix.
        self._question = int(turn.question.partition("/")[0])
        self._name = turn.question
        self._language = turn.author.language
        self._last = turn.shown[-1] if turn.shown else ""
        self._controls: dict[str, Controls | None] = {}
        self._refusals = Refusals("Discord")

    async def waiting(self, on: bool) -> None:
        """See Reply.waiting: a reaction on the question."""
        question = self._channel.get_partial_message(self._question)
        with suppress(*REQUEST_ERRORS):
            if on:
                await question.add_reaction(WAITING_REACTION)
            elif self._client.user:
                await question.remove_reaction(WAITING_REACTION, self._client.user)

    def permit(self, message: str | None, *, final: bool) -> AbstractAsyncContextManager[None]:
        return self._rate_limiter.permit(self._chat, "edit" if message else "send", final=final)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        typing = asyncio.create_task(self._type())
        try:
            yield
        finally:
            typing.cancel()

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str:
        text = render(markdown)
        options = self._buttons(message, controls)
        with translated_errors():
            try:
                shown = await self._show(text, message, whole, options)
            except discord.HTTPException as error:
                if error.code not in REFUSED_TEXT:
                    raise
                self._refusals.log(error.code, markdown)
                shown = await self._show(without_markup(markdown, LIMIT), message, whole, options)
        self._controls[shown] = controls
        return shown

    async def sent(self) -> list[str]:
        """See Reply.sent: Discord forgets a nonce after some minutes, but the channel's history shows what arrived."""
        after = discord.Object(int(self._last) if self._last else self._question)
        with translated_errors():
            below = [message async for message in self._channel.history(limit=MAX_HISTORY, after=after)]
        return [str(message.id) for message in below if self._may_be_own(message)]

    def _may_be_own(self, message: discord.Message) -> bool:
        """Whether a message may be a part of this answer: its first one replies to the question, the others to none."""
        if message.author != self._client.user or message.interaction_metadata:
            return False
        replied = message.reference.message_id if message.reference else None
        return replied == (None if self._last else self._question)

    async def drop(self, messages: Sequence[str]) -> None:
        for message in messages:
            with translated_errors(), suppress(discord.NotFound):
                await self._channel.get_partial_message(int(message)).delete()

    def _buttons(self, message: str | None, controls: Controls | None) -> Options:
        """The buttons, where they are not those that the message has already."""
        if message in self._controls and self._controls[message] == controls:
            return {}
        return {"view": answer_buttons(controls, self._language) if controls else None}

    async def _show(self, text: str, message: str | None, whole: str, options: Options) -> str:
        if message:
            try:
                await self._edit(int(message), text, whole, options)
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                options = options or self._buttons(None, self._controls.get(message))
            else:
                self._last = message  # not before: an edit that fails is tried again as what it was
                return message
        return await self._send(
            text, whole, {name: value for name, value in options.items() if value is not None}, message
        )

    async def _send(self, text: str, whole: str, options: Options, in_place_of: str | None) -> str:
        # Discord answers a repeated nonce with the message that it already has, as an earlier attempt left it. So it
        # names the place: after which message of this answer, or in place of which one.
        nonce = (f"={in_place_of}" if in_place_of else f"+{self._last or self._name}")[:MAX_NONCE_LENGTH]
        more = dict(options)
        if not self._last:
            more["reference"] = discord.MessageReference(
                message_id=self._question, channel_id=self._channel.id, fail_if_not_exists=False
            )
        sent = await self._channel.send(text, nonce=nonce, suppress_embeds=True, **more)
        if sent.content.strip() != text.strip() or whole:
            await self._edit(sent.id, text, whole, options)
        self._last = str(sent.id)
        return self._last

    async def _edit(self, message: int, text: str, whole: str, options: Options) -> None:
        # A partial message's edit sends no flags, so that the embeds stay suppressed as the message was sent.
        partial, files = self._channel.get_partial_message(message), self._files(message, whole)
        try:
            await partial.edit(content=text, **files, **options)
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            await self._client.http.edit_channel(self._channel.id, archived=False)  # refused where it is locked
            await partial.edit(content=text, **files, **options)

    def _files(self, message: int, whole: str) -> Options:
        """The file of the whole answer; and without one, none that an earlier answer may have left in the message."""
        return whole_as_file(whole) or ({} if str(message) in self._controls else {"attachments": []})

    async def _type(self) -> None:
        """Best effort: what fails here must not reach the answer."""
        while True:
            if self._rate_limiter.spare(self._chat, "typing"):
                with suppress(*REQUEST_ERRORS):
                    async with self._rate_limiter.permit(self._chat, "typing", final=False):
                        await self._channel.typing()
            await asyncio.sleep(TYPING_SECONDS)


def whole_as_file(whole: str) -> Options:
    """Attach the whole answer as a file, where it is given."""
    return {"attachments": [discord.File(io.BytesIO(whole.encode()), FILENAME)]} if whole else {}
