"""Tell for /help how people talk with the bot in the place where they ask for it."""

from typing import Any

import discord

from adapters.discord.sentences import (
    DELETE,
    IN_SERVER,
    MENTION_BEGINS_THREAD,
    NO_MEMBER,
    THREAD,
    THREAD_WITHOUT_MENTION,
)
from bridge import sentences, translated


def guide(interaction: "discord.Interaction[Any]", language: str, *, member: bool, threads: bool) -> tuple[str, ...]:
    """Return Invocation.guide. `member`: the bot may write here. `threads`: a mention in a channel begins a thread."""
    client = interaction.client
    name = client.user.display_name.replace("`", "") if client.user else ""
    if not member:
        return (translated(NO_MEMBER, language),)
    edit = f"{translated(sentences.GUIDE_EDIT, language)} {translated(DELETE, language)}"
    asking = " ".join(translated(each, language, name=name) for each in _asking(interaction, threads=threads))
    reply, files = (translated(each, language) for each in (sentences.GUIDE_REPLY, sentences.GUIDE_FILES))
    return (asking, reply, edit, files)


def _asking(interaction: "discord.Interaction[Any]", *, threads: bool) -> list[str]:
    if interaction.context.dm_channel:
        return [IN_SERVER]
    if isinstance(interaction.channel, discord.Thread):
        reads = interaction.client.intents.message_content
        return [sentences.MENTION, THREAD, *([THREAD_WITHOUT_MENTION] if reads else [])]
    return [sentences.MENTION, MENTION_BEGINS_THREAD if threads else sentences.EVERYONE]
