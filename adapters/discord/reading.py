"""Read what people see in a message of Discord: its words, embeds, poll, stickers and components."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import discord

from adapters.common import seen

Shown = discord.Message | discord.MessageSnapshot
"""A message, or the copy of one that was forwarded."""


def text_of(shown: Shown, message: discord.Message, me: discord.ClientUser) -> str:
    """Return the text of a message or of one that it forwards: names for mentions, and none of the bot."""
    text = re.sub(rf"<@!?{me.id}>|<@&{own_role(message)}>", "", shown.content)
    for user in message.mentions:
        text = re.sub(rf"<@!?{user.id}>", f"@{user.display_name}".replace("\\", r"\\"), text)
    text = re.sub(r"<a?(:\w+:)\d+>", r"\1", text)
    return re.sub(r"<(#|@&)(\d+)>", lambda found: _name(found, message.guild), text).strip()


def words_of(shown: Shown, message: discord.Message, me: discord.ClientUser) -> str:
    """Return all that people see in a message but its files, as Markdown. `message`: itself, or what forwards it."""
    text = text_of(shown, message, me)
    return seen.lines(text, *(words for words in _things(shown) if words not in text))  # of a preview: an address alone


def has_content(message: discord.Message, me: discord.ClientUser) -> bool:
    """Tell whether people see anything in a message: words, files, or what it forwards."""
    shown: list[Shown] = [message, *message.message_snapshots]
    return any(each.attachments or words_of(each, message, me) for each in shown)


def own_role(message: discord.Message) -> int:
    """Return the id of the role that Discord made for this bot, which people often mention instead of it, or 0."""
    role = message.guild.self_role if message.guild else None
    return role.id if role else 0


def _name(found: "re.Match[str]", guild: discord.Guild | None) -> str:
    """Return the name of a channel or role that is mentioned, as it stands where it is not known."""
    if guild is None:
        return found[0]
    number = int(found[2])
    thing = guild.get_channel_or_thread(number) if found[1] == "#" else guild.get_role(number)
    return f"{found[1][0]}{thing.name.lstrip('@')}" if thing else found[0]


def _things(shown: Shown) -> Iterator[str]:
    """Yield the words of each thing in a message that is no text."""
    for embed in shown.embeds:
        with suppress(Exception):  # the library checks no types: what makes no sense is left out
            yield _card(embed)
    if poll := shown.poll if isinstance(shown, discord.Message) else None:
        with suppress(Exception):
            yield seen.poll(poll.question, [(answer.text, answer.vote_count) for answer in poll.answers])
    yield from (seen.named("Sticker", sticker.name) for sticker in shown.stickers)
    with suppress(Exception):
        yield from _components(getattr(shown, "components", ()))  # the library sets it only where Discord does


def _card(embed: discord.Embed) -> str:
    """Return the words of an embed: that of another app, or the preview of a page."""
    return seen.card(
        author=embed.author.name or "",
        title=embed.title or "",
        url=embed.url or "",
        description=embed.description or "",
        fields=[(field.name or "", field.value or "") for field in embed.fields],
        footer=embed.footer.text or "",
    )


def _components(components: Any) -> Iterator[str]:
    """Yield the texts and links of components, with those inside them; newer apps write in nothing else."""
    for each in components:
        if isinstance(each, discord.TextDisplay):
            yield each.content
        elif url := getattr(each, "url", None):
            yield seen.link(getattr(each, "label", None) or "", url)
        elif isinstance(each, discord.components.MediaGalleryComponent):
            yield from (item.description for item in each.items if item.description)
        yield from _components(getattr(each, "children", ()))
        if accessory := getattr(each, "accessory", None):
            yield from _components([accessory])
