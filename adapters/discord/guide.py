"""Tell for /help how people talk with the bot in the place where they ask for it."""

from collections.abc import Mapping
from typing import Any

import discord

from adapters.discord.channels import Channels
from adapters.discord.sentences import (
    DELETE,
    IN_SERVER,
    MENTION_BEGINS_CONVERSATION,
    MENTION_BEGINS_THREAD,
    NO_MEMBER,
    THREAD,
    THREAD_WITHOUT_MENTION,
)
from bridge import sentences, translated

BEGINS: Mapping[Channels, str] = {
    "shared": sentences.EVERYONE,
    "replies": MENTION_BEGINS_CONVERSATION,
    "threads": MENTION_BEGINS_THREAD,
}


def guide(
    interaction: "discord.Interaction[Any]", language: str, *, member: bool, channels: Channels
) -> tuple[str, ...]:
    """Return Invocation.guide. `member`: the bot may write here. `channels`: as in Client."""
    client = interaction.client
    name = client.user.display_name.replace("`", "") if client.user else ""
    if not member:
        return (translated(NO_MEMBER, language),)
    edit = f"{translated(sentences.GUIDE_EDIT, language)} {translated(DELETE, language)}"
    asking = " ".join(translated(each, language, name=name) for each in _asking(interaction, channels))
    reply, files = (translated(each, language) for each in (sentences.GUIDE_REPLY, sentences.GUIDE_FILES))
    return (asking, reply, edit, files)


def _asking(interaction: "discord.Interaction[Any]", channels: Channels) -> list[str]:
    if interaction.context.dm_channel:
        return [IN_SERVER]
    if isinstance(interaction.channel, discord.Thread):
        reads = interaction.client.intents.message_content
        return [sentences.MENTION, THREAD, *([THREAD_WITHOUT_MENTION] if reads else [])]
    return [sentences.MENTION, BEGINS[channels]]
