"""Show questions that were asked with a command: each is recorded first, then said aloud as a message of the bot."""

import asyncio
from collections.abc import Mapping
from weakref import WeakValueDictionary

import discord

from adapters.common.rate_limiter import RateLimiter
from adapters.discord.errors import REQUEST_ERRORS, translated_errors
from adapters.discord.interaction_tokens import Interaction, InteractionTokens
from adapters.discord.keys import channel_key
from adapters.discord.proxies import Proxies
from adapters.discord.reply import LIMIT, MAX_HISTORY, DiscordReply, Options
from bridge import Attachment, ConversationKey, Intake, Turn

MARK = "/ask"
"""Follows the interaction's id in the id of a question that no message shows yet. Stored in databases."""


def question_id(interaction: Interaction, about: discord.Message | None) -> str:
    """Return the id of a question until a message shows it: the interaction's, and what leads to the message `about`.

    It begins with a snowflake as those of messages do, and grows with time as they do.
    """
    return f"{interaction.id}{MARK}" + (f"/{interaction.guild_id or '@me'}/{about.id}" if about else "")


class CommandQuestions:
    """Says each question aloud once: as the response to its interaction, or from its row after a restart.

    `tokens`: the interactions that are held. `proxies.originals` learns which message shows the question.
    """

    intake: Intake

    def __init__(self, client: discord.Client, tokens: InteractionTokens, proxies: Proxies) -> None:
        self._client = client
        self._tokens = tokens
        self._proxies = proxies
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def shown(self) -> Mapping[int, int]:
        """Return the message that shows each question, by the id of its interaction."""
        return self._proxies.originals

    async def show(self, key: ConversationKey, question: str, words: str) -> int:
        """Return the id of the message that shows a question of question_id(), which is shown first if none does.

        Raises what the library raises.
        """
        number = int(question.partition("/")[0])
        async with self._locks.setdefault(question, asyncio.Lock()):
            shown = self.shown.get(number)
            if shown is None:
                shown = await self._say(key, question, _aloud(question, words, key.channel))
                self._proxies.replaced(number, shown)
                await self.intake.said_again(channel_key(int(key.channel)), question, str(shown))
            return shown

    async def _say(self, key: ConversationKey, question: str, text: str) -> int:
        interaction = self._tokens.held(question)
        if interaction and (shown := await _respond(interaction, text)):
            return shown
        channel, number = self._client.get_partial_messageable(int(key.channel)), int(question.partition("/")[0])
        if shown := await self._find(channel, number, text):
            return shown
        return (await channel.send(text, nonce=str(number), suppress_embeds=True)).id

    async def _find(self, channel: discord.PartialMessageable, number: int, text: str) -> int | None:
        """Return the id of the message by which an earlier process showed the question, or None."""
        try:
            async for message in channel.history(limit=MAX_HISTORY, after=discord.Object(number)):
                if message.author == self._client.user and _shows(message, number, text):
                    return message.id
        except discord.Forbidden:
            pass
        return None


class CommandReply(DiscordReply):
    """Shows the answer to a question that was asked with a command: see bridge.Reply. First it shows the question."""

    def __init__(
        self, client: discord.Client, turn: Turn, rate_limiter: RateLimiter, questions: CommandQuestions
    ) -> None:
        super().__init__(client, turn, rate_limiter, questions.shown)
        self._row = turn
        self._questions = questions

    async def waiting(self, on: bool) -> bool:
        """See Reply.waiting."""
        try:
            await self._ask()
        except REQUEST_ERRORS:
            return False
        return await super().waiting(on)

    async def sent(self) -> list[str]:
        """See Reply.sent."""
        with translated_errors():
            await self._ask()
        return await super().sent()

    async def _send(
        self, text: str, file: Attachment | None, options: Options, in_place_of: str | None, description: str = ""
    ) -> str:
        await self._ask()
        return await super()._send(text, file, options, in_place_of, description)

    async def _ask(self) -> None:
        await self._questions.show(self._row.key, self._row.question, self._row.prompt)


async def respond_in_private(interaction: Interaction, text: str) -> None:
    """Show text to the person alone who used a command, unless one was promised to all. Raises REQUEST_ERRORS."""
    if interaction.response.is_done():
        await interaction.edit_original_response(content=text)
    else:
        await interaction.response.send_message(text, ephemeral=True)


def _aloud(question: str, words: str, channel: str) -> str:
    """Return the text of the message that shows a question."""
    shown = "\n".join(f"> {line}" for line in words.splitlines() or [""])
    _, _, about = question.partition(f"{MARK}/")
    if about:
        guild, _, message = about.partition("/")
        shown = f"{shown}\n-# https://discord.com/channels/{guild}/{channel}/{message}"
    return shown if len(shown) <= LIMIT else f"{shown[: LIMIT - 1]}…"


async def _respond(interaction: Interaction, text: str) -> int | None:
    """Show text as the response to an interaction; return None where Discord takes none any more."""
    try:
        if interaction.response.is_done():
            return (await interaction.edit_original_response(content=text)).id
        return (await interaction.response.send_message(text, suppress_embeds=True)).message_id
    except REQUEST_ERRORS:
        return None


def _shows(message: discord.Message, number: int, text: str) -> bool:
    if message.interaction_metadata:
        return message.interaction_metadata.id == number and not message.flags.loading
    return message.content.strip() == text.strip() and message.reference is None
