"""A bot made of the real discord.py for the tests of the pretended Discord: it can do a little of everything."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import discord
import pytest
import yarl
from discord import app_commands

from adapters.sandbox.discord import FakeDiscord

INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True)
MODELS = ["qwen3-max", "qwen3-coder", "qwen-plus"]


class Stop(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"stop:(?P<turn>\d+)"):
    """A button that outlives the process which made it."""

    def __init__(self, turn: int) -> None:
        super().__init__(discord.ui.Button(label="Stop", emoji="🛑", custom_id=f"stop:{turn}"))
        self.turn = turn

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[discord.ui.View], match: re.Match[str]
    ) -> Self:
        return cls(int(match["turn"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"stopped {self.turn}", view=None)


class Panel(discord.ui.View):
    """A persistent view with three buttons."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Whisper", custom_id="panel:whisper")
    async def whisper(self, interaction: discord.Interaction, _: discord.ui.Button[Self]) -> None:
        await interaction.response.send_message("between us", ephemeral=True)

    @discord.ui.button(label="Gone", custom_id="panel:gone", disabled=True)
    async def gone(self, interaction: discord.Interaction, _: discord.ui.Button[Self]) -> None: ...

    @discord.ui.button(label="Later", custom_id="panel:later")
    async def later(self, interaction: discord.Interaction, _: discord.ui.Button[Self]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="said later")


class Bot(discord.Client):
    """Everywhere usable; ``used`` are the interactions that arrived, ``events`` the names of raw events."""

    def __init__(self) -> None:
        super().__init__(
            intents=INTENTS,
            guild_ready_timeout=0.02,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.tree = app_commands.CommandTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        self.used: list[discord.Interaction] = []
        self.heard: list[discord.Message] = []
        self.edits: list[discord.RawMessageUpdateEvent] = []
        self.events: list[tuple[str, int]] = []
        self.tree.command(name="ask", description="Ask Qwen")(ask)
        model = self.tree.command(name="model", description="Choose a model")(choose_model)
        model.autocomplete("name")(offer_models)
        self.tree.context_menu(name="Ask Qwen")(ask_about)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Stop)
        self.add_view(Panel())
        await self.tree.sync()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.used.append(interaction)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.edits.append(event)

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        self.events += [("purged", one) for one in sorted(event.message_ids)]

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        self.events.append(("thread deleted", event.thread_id))

    async def on_raw_thread_update(self, event: discord.RawThreadUpdateEvent) -> None:
        self.events.append(("thread changed", event.thread_id))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self.events.append(("channel deleted", channel.id))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.events.append(("expelled", guild.id))

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        self.events.append(("outage", guild.id))

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        self.events.append(("unreacted", event.message_id))


async def ask(interaction: discord.Interaction, question: str) -> None:
    """Think first, answer then, add something."""
    await interaction.response.defer(thinking=True)
    await interaction.edit_original_response(content=f"about {question}")
    await interaction.followup.send("and this", allowed_mentions=discord.AllowedMentions.none())


async def choose_model(interaction: discord.Interaction, name: str) -> None:
    """Answer at once, for the person only."""
    await interaction.response.send_message(f"now {name}", ephemeral=True, suppress_embeds=True)


async def offer_models(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    """What fits what has been typed."""
    return [app_commands.Choice(name=m.upper(), value=m) for m in MODELS if m.startswith(current)]


async def ask_about(interaction: discord.Interaction, message: discord.Message) -> None:
    """Repeat the message."""
    await interaction.response.send_message(f"you said {message.content}", view=Panel())


@asynccontextmanager
async def meeting(server: FakeDiscord) -> AsyncIterator[Bot]:
    """The bot, connected to the stand-in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("discord.http.Route.BASE", server.api_url)
        patch.setattr("discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        bot = Bot()
        task = asyncio.create_task(bot.start(server.token))
        try:
            await server.connected()
            await bot.wait_until_ready()
            yield bot
        finally:
            await bot.close()
            await task
