"""Parse events of Discord's gateway and messages of its API; what the library cannot read of them is left out."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import discord
import structlog

from adapters.common.readable import Json, readable
from bridge import fingerprint

log = structlog.get_logger(__name__)

REQUIRED = ("id", "channel_id", "guild_id", "type", "author", "member", "content", "timestamp", "edited_timestamp")
"""Fields of a message that say who wrote what: without them nothing is left."""

NESTED = ("referenced_message", "message_snapshots")
"""Fields of a message that hold messages."""


class MessageParser:
    """Parses messages as discord.py does; `state` is what it keeps for a client."""

    def __init__(self, client: discord.Client, state: Any) -> None:
        self._client = client
        self._state = state

    def parsed(self, data: Json, channel: object = None) -> discord.Message | None:
        """Return the message for an object of Discord's API; None where not even parts of it can be read.

        `channel`: the library's object for its channel, where the client may not have it.
        """
        try:
            return self._parse(data, channel)
        except Exception as error:  # noqa: BLE001  whatever the library raises over a part
            log.warning("Discord: a part of a message could not be read and is left out.", **fingerprint(error))
            with suppress(Exception):
                return self._parse(self.readable(data), channel)
        return None

    def readable(self, data: Json) -> Json:
        """Return the object of a message without the parts that cannot be read."""
        return readable(data, REQUIRED, NESTED, self._parse)

    def _parse(self, data: Any, channel: Any = None) -> discord.Message:
        number, guild = int(data["channel_id"]), data.get("guild_id")
        partial = self._client.get_partial_messageable(number, guild_id=int(guild) if guild else None)
        known: Any = channel or self._client.get_channel(number) or partial
        return discord.Message(state=self._state, channel=known, data=data)


def skipping_errors(
    parse: Callable[[Any], object], without_unreadable: Callable[[Any], Json] | None
) -> Callable[[Any], None]:
    """Wrap a parser of gateway events so that it logs what it raises: discord.py would drop the connection for it.

    `without_unreadable`: returns what can be read of an event that cannot be read whole.
    """

    def parse_or_skip(data: object) -> None:
        try:
            try:
                parse(data)
            except Exception as error:
                if without_unreadable is None:
                    raise
                log.warning("Discord: a part of a message could not be read and is left out.", **fingerprint(error))
                parse(without_unreadable(data))
        except Exception as error:  # noqa: BLE001  whatever is wrong with one event, the next one counts
            log.warning("Discord: an event could not be read and is passed over.", **fingerprint(error))

    return parse_or_skip
