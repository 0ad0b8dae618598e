"""Show an answer where the bot is no member: through the interaction that asked, while its token is valid."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import Any

import discord

from adapters.common.optional_parts import leaving_off
from adapters.common.rate_limiter import RateLimiter
from adapters.discord.errors import translated_errors
from adapters.discord.interaction_tokens import Interaction
from adapters.discord.refusals import refused_part
from adapters.discord.reply import DiscordReply, Options, as_file
from bridge import Attachment, CannotShow, Turn


class InteractionReply(DiscordReply):
    """Shows an answer in the response to an interaction and its followup messages: see bridge.Reply.

    Discord allows five followups for each interaction (developer documentation, Create Followup Message).
    """

    def __init__(
        self, client: discord.Client, turn: Turn, rate_limiter: RateLimiter, interaction: Interaction | None
    ) -> None:
        super().__init__(client, turn, rate_limiter)
        self._interaction = interaction

    def working(self) -> AbstractAsyncContextManager[None]:
        """See Reply.working; Discord itself shows that the bot is thinking."""
        return nullcontext()

    async def waiting(self, on: bool) -> bool:
        """See Reply.waiting; does nothing, as there is no message to mark."""
        return False

    async def sent(self) -> list[str]:
        """See Reply.sent; returns nothing, as the bot may not read here."""
        return []

    async def drop(self, messages: Sequence[str]) -> None:
        """See Reply.drop."""
        for message in messages:
            with translated_errors(), suppress(discord.NotFound):
                await self._live_interaction().followup.delete_message(int(message))

    async def _send(
        self, text: str, file: Attachment | None, options: Options, in_place_of: str | None, description: str = ""
    ) -> str:
        interaction = self._live_interaction()

        async def follow(**options: Any) -> discord.Message:
            files: Options = {"file": as_file(file, description)} if file else {}
            sent: discord.Message = await interaction.followup.send(
                text, wait=True, suppress_embeds=True, **options, **files
            )
            return sent

        async def respond(**options: Any) -> discord.Message:
            attachments: Options = {"attachments": [as_file(file, description)]} if file else {}
            return await interaction.edit_original_response(content=text, **attachments, **options)

        follows = self._last or interaction.type is not discord.InteractionType.application_command
        sent = await leaving_off(follow if follows else respond, options, refused_part)
        self._last = str(sent.id)
        return self._last

    async def _edit(
        self, message: int, text: str, file: Attachment | None, options: Options, description: str = ""
    ) -> None:
        interaction = self._live_interaction()

        async def edit(**options: Any) -> None:
            more = self._files(message, file, description) | options
            if interaction.message and interaction.message.id == message:
                await interaction.edit_original_response(content=text, **more)
            else:
                await interaction.followup.edit_message(message, content=text, **more)

        await leaving_off(edit, options, refused_part)

    def _live_interaction(self) -> Interaction:
        if self._interaction is None or self._interaction.is_expired():
            raise CannotShow("the interaction is over")
        return self._interaction
