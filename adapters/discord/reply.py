"""An answer in Discord: messages that are sent, edited and removed."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress

import aiohttp
import discord
import structlog

from adapters.discord.render import measure, render
from bridge import Budget, CannotShow, Controls, ShowLater, Turn

log = structlog.get_logger(__name__)

LIMIT = 2000
"""Code points in a message (Discord's developer documentation, Create Message)."""

MOST = 5
"""A longer answer would push everybody else's words out of sight."""

FILE = "answer.md"

TYPING_SECONDS = 8.0
"""Discord shows "is typing …" for ten seconds (developer documentation, Trigger Typing Indicator)."""

RETRY_SECONDS = 1.0
"""After a lost connection or a server's fault."""

SIGNED_OUT_SECONDS = 30.0

REFUSED_TEXT = (50006, 50035)
"""An empty message, an invalid form: Discord does not take the text as it is."""


class DiscordReply:
    """See bridge.Reply; the first message of an answer replies to the question."""

    limit = LIMIT
    most = MOST

    def __init__(self, client: discord.Client, turn: Turn, budget: Budget) -> None:
        self._chat = turn.key.channel
        self._channel = client.get_partial_messageable(int(self._chat))
        self._budget = budget
        self._question = int(turn.question)
        self._last = turn.shown[-1] if turn.shown else ""

    def measure(self, markdown: str) -> int:
        return measure(markdown)

    async def waiting(self, on: bool) -> None:
        """Nothing: not yet."""

    def permit(self, message: str | None, *, final: bool) -> AbstractAsyncContextManager[None]:
        return self._budget.permit(self._chat, "edit" if message else "send", final=final)

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
        with _translated():
            try:
                return await self._show(text, message, whole)
            except discord.HTTPException as error:
                if error.code not in REFUSED_TEXT or text == markdown:
                    raise
                log.warning("Discord refused the formatting of a piece; sent plain.", code=error.code)
                return await self._show(markdown, message, whole)

    async def drop(self, messages: Sequence[str]) -> None:
        for message in messages:
            with _translated(), suppress(discord.NotFound):
                await self._channel.get_partial_message(int(message)).delete()

    async def _show(self, text: str, message: str | None, whole: str) -> str:
        if message:
            try:
                await self._edit(int(message), text, whole)
            except discord.NotFound as error:
                if error.code != 10008:  # unknown message: somebody removed it
                    raise
            else:
                return message
        return await self._send(text, whole, in_place_of=message)

    async def _send(self, text: str, whole: str, in_place_of: str | None) -> str:
        question = discord.MessageReference(
            message_id=self._question, channel_id=self._channel.id, fail_if_not_exists=False
        )
        # Discord answers a repeated nonce with the message that it already has, as an earlier attempt left it. So it
        # names the place: after which message of this answer, or in place of which one.
        nonce = f"={in_place_of}" if in_place_of else f"+{self._last or self._question}"
        if self._last:
            sent = await self._channel.send(text, nonce=nonce, suppress_embeds=True)
        else:
            sent = await self._channel.send(text, nonce=nonce, suppress_embeds=True, reference=question)
        if sent.content.strip() != text.strip() or whole:
            await self._edit(sent.id, text, whole)
        self._last = str(sent.id)
        return self._last

    async def _edit(self, message: int, text: str, whole: str) -> None:
        # A partial message's edit sends no flags, so that the embeds stay suppressed as the message was sent.
        partial = self._channel.get_partial_message(message)
        if whole:
            await partial.edit(content=text, attachments=[discord.File(io.BytesIO(whole.encode()), FILE)])
        else:
            await partial.edit(content=text)

    async def _type(self) -> None:
        """Best effort: what fails here must not reach the answer."""
        while True:
            if self._budget.spare(self._chat, "typing"):
                with suppress(discord.DiscordException, aiohttp.ClientError, OSError):
                    async with self._budget.permit(self._chat, "typing", final=False):
                        await self._channel.typing()
            await asyncio.sleep(TYPING_SECONDS)


@contextmanager
def _translated() -> Iterator[None]:
    """The edge where Discord's errors become ours."""
    try:
        yield
    except discord.RateLimited as error:
        raise ShowLater(error.retry_after) from None
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            raise ShowLater(RETRY_SECONDS) from None
        if error.status == 401:  # the token was reset: the next start goes on from here
            raise ShowLater(SIGNED_OUT_SECONDS) from None
        raise CannotShow(f"{error.status}, code {error.code}") from None
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise ShowLater(RETRY_SECONDS) from None
