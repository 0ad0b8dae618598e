"""Tell a person in private that their message could not be read."""

from collections.abc import Mapping

import discord
import structlog

from adapters.common.readable import Json
from adapters.discord.errors import REQUEST_ERRORS
from adapters.discord.keys import channel_key
from adapters.discord.sentences import UNREAD
from bridge import Author, Intake, fingerprint, translated

log = structlog.get_logger(__name__)


async def tell_unread(client: discord.Client, intake: Intake, message: Json) -> None:
    """Answer a message of Discord's API that cannot be read, where a person wrote it in private and may talk."""
    author, channel = message.get("author"), _number(message.get("channel_id"))
    if (
        message.get("guild_id") is not None
        or message.get("member")
        or not isinstance(author, Mapping)
        or author.get("bot")
        or not channel
    ):
        return
    user = _number(author.get("id"))
    if not user or client.user is None or user == client.user.id:
        return
    if await intake.admits(channel_key(channel), Author(str(user), "")):
        try:
            await client.get_partial_messageable(channel).send(translated(UNREAD, ""))
        except REQUEST_ERRORS as error:
            log.warning("Discord: a person could not be told of an unreadable message.", **fingerprint(error))


def _number(value: object) -> int:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else 0
