"""Parse events of Discord's gateway and messages of its API; what the library cannot read of them is left out."""

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

import discord
import orjson
import structlog

from adapters.common.readable import Json, readable
from adapters.discord.validation import USER, check, mended_interaction, mended_message
from bridge import fingerprint, whole_pairs

log = structlog.get_logger(__name__)

REQUIRED = (
    *("id", "channel_id", "guild_id", "type", "author", "member", "content", "timestamp", "edited_timestamp"),
    *("mentions", "mention_roles"),
)
"""Fields of a message that say who wrote what: without them nothing is left."""

NESTED = ("referenced_message", "message_snapshots")
"""Fields of a message that hold messages."""

REQUIRED_OF_INTERACTION = (
    *("id", "type", "token", "application_id", "version", "attachment_size_limit"),
    *("guild_id", "channel", "channel_id", "member", "user", "data"),
)
"""Fields of an interaction that say who wants what where."""

NEEDED = {"READY", "RESUMED"}
"""Events that establish a session: their errors must reach the library."""

Parse = Callable[[Any], Any]

PassOver = Callable[[str, object, Exception], object]
"""Takes note of an event that cannot be read: its name, its data, and what was raised."""


def _from_json(text: str | bytes) -> Any:
    """Read JSON as the library does, and halves of surrogate pairs as U+FFFD: they would cost the connection."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return orjson.loads(whole_pairs(text if isinstance(text, str) else text.decode("utf-8", "replace")))


discord.utils._from_json = _from_json  # type: ignore[assignment]


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
                return self._parse(self._readable(data), channel)
        return None

    def guard(self, parsers: MutableMapping[str, Parse], unread: Callable[[Json], None], passed_over: PassOver) -> None:
        """Wrap parsers of gateway events so that they log what they raise: discord.py would drop the connection for it.

        `unread` is called with each new message that cannot be read, `passed_over` with every event that cannot.
        """
        readers: Mapping[str, Callable[[Any], Json]] = {
            "MESSAGE_CREATE": self._readable,
            "MESSAGE_UPDATE": self._readable,
            "INTERACTION_CREATE": self._readable_interaction,
        }
        for name in parsers.keys() - NEEDED:
            lost = unread if name == "MESSAGE_CREATE" else None
            parsers[name] = _skipping_errors(name, parsers[name], readers.get(name), lost, passed_over)

    def _readable(self, data: Json) -> Json:
        """Return the object of a message without the parts that cannot be read."""
        kept = readable(mended_message(data), REQUIRED, NESTED, self._parse)
        me = self._client.user
        if me and f"<@{me.id}>" in str(kept["content"]):
            return {**kept, "mentions": [{**USER, "id": str(me.id)}]}
        return kept

    def _readable_interaction(self, data: Json) -> Json:
        """Return the object of an interaction without the parts that cannot be read."""
        mended = mended_interaction(data)
        if isinstance(message := data.get("message"), Mapping):
            mended = {**mended, "message": self._readable(message)}

        def parse(interaction: Any) -> object:
            return discord.Interaction(data=interaction, state=self._state)

        return readable(mended, REQUIRED_OF_INTERACTION, (), parse)

    def _parse(self, data: Any, channel: Any = None) -> discord.Message:
        check(data)
        number, guild = int(data["channel_id"]), data.get("guild_id")
        partial = self._client.get_partial_messageable(number, guild_id=int(guild) if guild else None)
        known: Any = channel or self._client.get_channel(number) or partial
        return discord.Message(state=self._state, channel=known, data=data)


def _skipping_errors(
    name: str,
    parse: Parse,
    readable_part: Callable[[Any], Json] | None,
    unread: Callable[[Json], None] | None,
    passed_over: PassOver,
) -> Parse:
    """Wrap the parser of the event `name`; `readable_part` returns what can be read of one that cannot be read."""

    def parse_or_skip(data: Any) -> None:
        try:
            try:
                if readable_part:
                    check(data)
                parse(data)
            except Exception as error:
                if readable_part is None or (unread and not isinstance(data["content"], str)):
                    raise  # without its words a message is nothing
                log.warning("Discord: a part of a message could not be read and is left out.", **fingerprint(error))
                parse(readable_part(data))
        except Exception as error:  # noqa: BLE001  whatever is wrong with one event, the next one counts
            log.warning("Discord: an event could not be read and is passed over.", kind=name, **fingerprint(error))
            passed_over(name, data, error)
            if unread and isinstance(data, dict):
                unread(data)

    return parse_or_skip
