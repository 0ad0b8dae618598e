"""Answer interactions (commands, menus, buttons) within the three seconds that Discord allows."""

import asyncio
import io
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import discord
import structlog
from discord.app_commands import Choice as AutocompleteChoice

from adapters.common.button_codes import decode_action, decode_choice
from adapters.discord.buttons import choice_buttons, has_button
from adapters.discord.channels import Channels, begins_conversations
from adapters.discord.command_questions import CommandQuestions, question_id
from adapters.discord.commands import MESSAGE_MENU
from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.groups import groups
from adapters.discord.guide import guide
from adapters.discord.incoming import are_valid_ids, language_of, quoted
from adapters.discord.interaction_tokens import Interaction, InteractionTokens
from adapters.discord.keys import channel_key, private_use_key
from adapters.discord.reading import has_content
from adapters.discord.refusals import refuses_file
from adapters.discord.render import render
from adapters.discord.reply import LIMIT
from adapters.discord.threads import beginning
from bridge import (
    Author,
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

T = TypeVar("T")

ACKNOWLEDGE_SECONDS = 1.5
"""Seconds after which an interaction is deferred.

Discord drops one that is not answered within three (developer documentation, Receiving and Responding).
"""

NEW_MESSAGE_AGE = timedelta(seconds=6)
"""A press under a younger message is retried: the bridge may not know yet that the message was sent."""

RETRY_SECONDS = 0.1
"""Seconds between those retries."""

MAX_CHOICES = 25
MAX_CHOICE_LENGTH = 100
"""Autocomplete choices, and characters in one (developer documentation, Application Commands)."""


class Interactions:
    """Hands interactions to an intake, and shows the person what comes of them.

    `tokens` keeps those that an answer will need where the bot is no member. `questions` shows what commands ask.
    `channels`: how questions in a channel are answered.
    """

    def __init__(
        self, intake: Intake, tokens: InteractionTokens, questions: CommandQuestions, channels: Channels
    ) -> None:
        self._intake = intake
        self._tokens = tokens
        self._questions = questions
        self._channels = channels

    async def take(self, interaction: Interaction) -> None:
        """Answer an interaction. What fails is logged: Discord itself tells the person that an interaction failed."""
        if not are_valid_ids(interaction.id, interaction.channel_id, interaction.guild_id, interaction.user.id):
            return
        try:
            if interaction.type is discord.InteractionType.autocomplete:
                await self._autocomplete(interaction)
            elif interaction.type is discord.InteractionType.component:
                await self._component(interaction, interaction.custom_id or "")
            elif interaction.type is discord.InteractionType.application_command:
                await self._command(interaction)
        except REQUEST_ERRORS as error:
            log.warning("An interaction on Discord failed.", **fingerprint(error))

    async def _autocomplete(self, interaction: Interaction) -> None:
        """Offer the models whose names contain what was typed so far."""
        try:
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                models = await self._intake.models(_argument(interaction))
        except TimeoutError:
            models = []
        fitting = [name for name in models if len(name) <= MAX_CHOICE_LENGTH]
        choices = [AutocompleteChoice(name=name, value=name) for name in fitting[:MAX_CHOICES]]
        await interaction.response.autocomplete(choices)

    async def _command(self, interaction: Interaction) -> None:
        data: Any = interaction.data or {}
        if data.get("type") == MESSAGE_MENU:
            await self._ask_about(interaction, data)
        elif data.get("name") == "ask":
            await self._ask(interaction, _argument(interaction))
        else:
            said = await self._with_deferral(interaction, self._run(interaction, data["name"], _argument(interaction)))
            await _respond(interaction, said)

    async def _component(self, interaction: Interaction, custom_id: str) -> None:
        if (choice := decode_choice(custom_id)) and has_button(interaction.message, custom_id):
            said = await self._with_deferral(interaction, self._run(interaction, *choice))
            if said.private and not interaction.response.is_done():
                text, view = _text(interaction, said), choice_buttons(said.choices, language_of(interaction.locale))
                await interaction.response.edit_message(content=text, view=view)
            else:
                await _respond(interaction, said)
            return
        if interaction.message and not bot_can_write(interaction):
            self._tokens.hold(str(interaction.message.id), interaction)
        said = await self._with_deferral(interaction, self._press(interaction, custom_id))
        if said.text:
            await _respond(interaction, said)
        elif not interaction.response.is_done():
            await interaction.response.defer()

    async def _press(self, interaction: Interaction, custom_id: str) -> Said:
        action = decode_action(custom_id)
        if action is None or interaction.message is None:
            return Said(sentences.NOT_HERE)
        press = Press(_key(interaction), str(interaction.message.id), _author(interaction), *action)
        said = await self._intake.press(press)
        # The library may take seconds to report that a message was sent, while people see and press its button at once.
        until = min(interaction.message.created_at, discord.utils.utcnow()) + NEW_MESSAGE_AGE
        while _is_unknown_message(said, press.author.language) and discord.utils.utcnow() < until:
            await asyncio.sleep(RETRY_SECONDS)
            said = await self._intake.press(press)
        return said

    async def _run(self, interaction: Interaction, name: str, argument: str) -> Said:
        member, author = bot_can_write(interaction), _author(interaction)
        shared = interaction.guild is not None and member
        told: tuple[str, ...] = ()
        if name == "help":
            told = guide(interaction, author.language, member=member, channels=self._channels)
        return await self._intake.command(Invocation(_key(interaction), author, name, argument, shared, guide=told))

    async def _with_deferral(self, interaction: Interaction, action: Awaitable[T], *, ephemeral: bool = True) -> T:
        """Return the result of an action; where it takes longer than ACKNOWLEDGE_SECONDS, defer the interaction."""
        task = asyncio.ensure_future(action)
        if not (await asyncio.wait([task], timeout=ACKNOWLEDGE_SECONDS))[0]:
            thinking = interaction.type is discord.InteractionType.application_command
            await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
        return await task

    async def _ask(self, interaction: Interaction, question: str, about: discord.Message | None = None) -> None:
        """Record a question, which may be about a message. Where the bot can write, then show it as a message, which is
        answered as any other.

        Elsewhere the answer is the response to the interaction. Who may not talk here is told so in private.
        """
        key, aloud, me = _key(interaction), bot_can_write(interaction), interaction.client.user
        if not await self._intake.admits(key, _author(interaction)):
            await _respond(interaction, Said(sentences.NOT_ALLOWED))
            return
        name = question_id(interaction, about) if aloud else str(interaction.id)
        self._tokens.hold(name, interaction)
        place = key
        if aloud and self._channels == "replies" and begins_conversations(interaction.channel):
            place = key.of_question(str(interaction.id))
        shared = interaction.guild is not None and aloud
        asked = Incoming(place, name, _author(interaction), question, shared=shared)

        async def complete() -> Incoming:
            quotes, files = await quoted(about, me) if about and me else ((), [])
            begun_on = await beginning(interaction.channel, 0, me, self._intake) if me else None
            return replace(asked, quotes=quotes, files=tuple(files), begun_on=begun_on)

        if aloud:
            if await self._with_deferral(interaction, self._intake.receive(asked, complete), ephemeral=False):
                await self._questions.show(key, name, question)
        else:
            await interaction.response.defer(thinking=True)
            await self._intake.receive(asked, complete)

    async def _ask_about(self, interaction: Interaction, data: Any) -> None:
        """Ask about the message on which the menu was opened; Discord sends it along, whoever wrote it."""
        me: discord.ClientUser | None = interaction.client.user
        message: discord.Message | None = interaction.client.parsed(data["resolved"]["messages"][data["target_id"]])
        if message is None or me is None or not has_content(message, me):
            await _respond(interaction, Said(sentences.NO_WORDS))
            return
        await self._ask(interaction, translated(sentences.LOOK_AT, language_of(interaction.locale)), message)


def bot_can_write(interaction: Interaction) -> bool:
    """Tell whether the bot is a member here and may send messages; else it can only respond to interactions."""
    if interaction.context.dm_channel:
        return True
    may = interaction.app_permissions
    writes = may.send_messages_in_threads if isinstance(interaction.channel, discord.Thread) else may.send_messages
    return interaction.is_guild_integration() and may.view_channel and writes


def _key(interaction: Interaction) -> ConversationKey:
    """Return the channel's key; where the bot cannot write, a key for this person alone."""
    channel = interaction.channel_id or 0
    return channel_key(channel) if bot_can_write(interaction) else private_use_key(channel, interaction.user.id)


def _author(interaction: Interaction) -> Author:
    user, may = interaction.user, interaction.permissions
    manages = may.manage_messages or may.manage_guild or may.administrator
    return Author(str(user.id), user.display_name, language_of(interaction.locale), manages, _groups(interaction))


def _is_unknown_message(said: Said, language: str) -> bool:
    return said.text in (sentences.NOT_HERE, translated(sentences.NOT_HERE, language))


def _argument(interaction: Interaction) -> str:
    """Return the value of the command's option, or "": no command has more than one."""
    data: Any = interaction.data or {}
    return next((str(option.get("value", "")) for option in data.get("options", ())), "")


def _text(interaction: Interaction, said: Said) -> str:
    text = render(translated(said.text, language_of(interaction.locale)))
    return text if len(text) <= LIMIT else f"{text[: LIMIT - 1]}…"


async def _respond(interaction: Interaction, said: Said) -> None:
    more: dict[str, Any] = {"ephemeral": said.private, "suppress_embeds": True}
    if view := choice_buttons(said.choices, language_of(interaction.locale)):
        more["view"] = view
    respond = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    if said.files:
        files = [discord.File(io.BytesIO(file.data), file.name) for file in said.files]
        try:
            await respond(_text(interaction, said), files=files, **more)
        except discord.HTTPException as error:
            if not refuses_file(error):
                raise
            said = replace(said, text=sentences.FILES_REFUSED)
        else:
            return
    await respond(_text(interaction, said), **more)


def _groups(interaction: discord.Interaction) -> tuple[str, ...]:
    """Return Author.groups, with the server also where the bot is not in it and there is no Member."""
    channel = interaction.channel or discord.Object(interaction.channel_id or 0)
    found = groups(interaction.user, channel)
    guild = f"guild:{interaction.guild_id}"
    return found if interaction.guild_id is None or guild in found else (*found, guild)
