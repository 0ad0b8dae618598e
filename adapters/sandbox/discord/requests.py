"""Requests to the pretended Discord, their routes, and the checks of single fields of their forms."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.sandbox.discord.channels import Channel
from adapters.sandbox.discord.errors import Payload, invalid_form, refusal, too_long
from adapters.sandbox.discord.message import Message
from adapters.sandbox.discord.state import State

CONTENT_LIMIT = 2000
EMBED_TEXTS = ("title", "description", "name", "value", "text")


@dataclass
class Request:
    """A request as it arrived; ``path`` is relative to the API, ``status`` 0 as long as it is unanswered.

    ``route``: method and path of the route that served it, with ``{}`` for each id; empty where there is none.
    """

    method: str
    path: str
    status: int = 0
    route: str = ""
    body: object = None
    query: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    authorization: str = field(default="", repr=False)
    time: float = field(default_factory=time.monotonic)

    @property
    def form(self) -> Payload:
        """Return the body as a JSON object."""
        if isinstance(self.body, dict):
            return self.body
        raise refusal(50109)


Answer = tuple[int, object]
Handler = Callable[[Request, tuple[str, ...]], Answer]


class Route:
    """One method of one path, and the rate limit bucket that it falls into.

    ``by_token``: a token in the path authorizes, and no general limit applies.
    """

    def __init__(
        self, method: str, path: str, handler: Handler, bucket: str | None = None, *, by_token: bool = False
    ) -> None:
        self.by_token = by_token
        self.method = method
        self.name = f"{method} {path}"
        self.pattern = re.compile(path.replace("{}", "([^/]+)"))
        self.handler = handler
        self.bucket = bucket


def snowflake(text: object, field_name: str) -> str:
    """Return an id in a request, as text. Raises ApiError 50035 for what is none."""
    if isinstance(text, int | str) and str(text).isdecimal():
        return str(text)
    raise invalid_form(field_name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')


def known_channel(state: State, channel_id: str) -> Channel:
    """Return the channel of a request. Raises ApiError where it is unknown or closed to the bot."""
    channel = state.channels.get(snowflake(channel_id, "channel_id"))
    if channel is None:
        raise refusal(10003)
    channel.require()
    return channel


def known_message(state: State, channel_id: str, message_id: str) -> Message:
    """Return the message of a request. Raises ApiError where there is none."""
    message = known_channel(state, channel_id).find(snowflake(message_id, "message_id"))
    if message is None:
        raise refusal(10008)
    return message


def read_list(form: Payload, name: str, limit: int) -> list[object] | None:
    """Return a list of a form, or None if it is not there."""
    value = form.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise invalid_form(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    if len(value) > limit:
        raise too_long(name, limit)
    return value


def read_content(form: Payload) -> str:
    """Return the content of a form: at most 2000 code points."""
    content = form.get("content")
    if content is not None and not isinstance(content, str | int | float):
        raise invalid_form("content", "STRING_TYPE_CONVERT", "Could not interpret the value as string.")
    text = "" if content is None else str(content)
    if len(text) > CONTENT_LIMIT:
        raise too_long("content", CONTENT_LIMIT)
    return text


def read_flags(form: Payload) -> int:
    """Return the flags of a form."""
    flags = form.get("flags") or 0
    if not isinstance(flags, int):
        raise invalid_form("flags", "NUMBER_TYPE_COERCE", f'Value "{flags}" is not int.')
    return flags


def read_nonce(form: Payload) -> str | int | None:
    """Return the nonce of a form: a number, or up to 25 characters."""
    nonce = form.get("nonce")
    if nonce is None or isinstance(nonce, int):
        return nonce
    if not isinstance(nonce, str):
        raise invalid_form("nonce", "NONCE_TYPE_INVALID", "Value is not a string or integer.")
    if len(nonce) > 25:
        raise too_long("nonce", 25)
    return nonce


def read_limit(text: str) -> int:
    """Return how many messages are asked for, 1 to 100. Raises ApiError."""
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise invalid_form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    return int(text)


def embed_size(embed: object) -> int:
    """Count the code points that Discord does: title, description, and the texts of fields, footer and author."""
    if isinstance(embed, list):
        return sum(map(embed_size, embed))
    if not isinstance(embed, dict):
        return 0
    size = sum(len(text) for name, text in embed.items() if name in EMBED_TEXTS and isinstance(text, str))
    return size + sum(embed_size(embed.get(name)) for name in ("fields", "footer", "author"))
