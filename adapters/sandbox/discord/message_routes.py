"""The REST routes of the pretended Discord about messages, reactions and typing."""

import time

from adapters.sandbox.discord.channels import Channel
from adapters.sandbox.discord.components import is_emoji
from adapters.sandbox.discord.errors import ApiError, Payload, invalid_form, refusal
from adapters.sandbox.discord.events import Event, Intent
from adapters.sandbox.discord.mentions import read_allowed
from adapters.sandbox.discord.message import COMMAND, DEFAULT, MENU, REPLY, Message
from adapters.sandbox.discord.message_forms import SETTABLE, fill, must_say_something, permitted, revise
from adapters.sandbox.discord.permissions import Permission
from adapters.sandbox.discord.requests import (
    Answer,
    Request,
    Route,
    known_channel,
    known_message,
    read_content,
    read_flags,
    read_limit,
    read_nonce,
    snowflake,
)
from adapters.sandbox.discord.state import State


class MessageRoutes:
    """Create, read, edit and delete messages; react; type. ``nonce_seconds``: how long a nonce is remembered."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.nonce_seconds = 300.0
        self.typing: list[tuple[str, float]] = []
        self._nonces: dict[str, tuple[float, Message]] = {}

    def routes(self) -> list[Route]:
        """List the routes, with the buckets of their rate limits."""
        messages, message = "/channels/{}/messages", "/channels/{}/messages/{}"
        return [
            Route("GET", messages, self.history),
            Route("POST", messages, self.create, "sends"),
            Route("GET", message, self.read),
            Route("PATCH", message, self.edit, "edits"),
            Route("DELETE", message, self.delete),
            Route("POST", "/channels/{}/typing", self.type, "typing"),
            Route("PUT", message + "/reactions/{}/@me", self.react, "reactions"),
            Route("DELETE", message + "/reactions/{}/@me", self.unreact, "reactions"),
        ]

    def create(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve POST /channels/{id}/messages."""
        channel = known_channel(self.state, ids[0])
        form = asked.form
        message = Message(channel, self.state.ids.new(), self.state.bot, flags=read_flags(form) & SETTABLE)
        content, allowed = read_content(form), read_allowed(form.get("allowed_mentions"))
        fill(message, form, asked.files)
        message.nonce, message.tts = read_nonce(form), bool(form.get("tts"))
        _may_write(channel, files=bool(asked.files))
        self._refer(message, form.get("message_reference"))
        if (earlier := self._earlier(form, message)) is not None:
            return 200, self.show(earlier)
        message.write(content, permitted(channel, allowed))
        must_say_something(message)
        message.post()
        if message.nonce is not None:
            self._nonces[str(message.nonce)] = (time.monotonic(), message)
        return 200, self.show(message)

    def show(self, message: Message) -> Payload:
        """Return a message as REST gives it: others' words only with message_content switched on in the portal."""
        return message.payload(open_=self.state.message_content)

    def _earlier(self, form: Payload, message: Message) -> Message | None:
        if not form.get("enforce_nonce") or message.nonce is None:
            return None
        since, earlier = self._nonces.get(str(message.nonce), (0.0, None))
        return earlier if time.monotonic() - since < self.nonce_seconds else None

    def _refer(self, message: Message, reference: object) -> None:
        if reference is None:
            return
        if not isinstance(reference, dict):
            raise invalid_form("message_reference", "MODEL_TYPE_CONVERT", "Expected an object/dictionary.")
        if reference.get("type"):
            raise invalid_form("message_reference.type", "BASE_TYPE_CHOICES", "The stand-in's bot cannot forward.")
        channel = message.channel
        wanted = snowflake(reference.get("message_id"), "message_reference.message_id")
        if str(reference.get("channel_id") or channel.id) != channel.id:
            raise _bad_reference("MESSAGE_REFERENCE_CANNOT_REPLY_TO_OTHER_CHANNEL", "Cannot reply across channels")
        if not channel.permits(Permission.READ_MESSAGE_HISTORY):
            raise refusal(160002)
        message.referenced = channel.find(wanted)
        if message.referenced is None and reference.get("fail_if_not_exists") is not False:
            raise _bad_reference("MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        if message.referenced and message.referenced.type not in (DEFAULT, REPLY, COMMAND, MENU):
            raise _bad_reference("REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")
        message.type = REPLY if message.referenced else DEFAULT

    def read(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve GET /channels/{id}/messages/{id}."""
        known_channel(self.state, ids[0]).require(Permission.READ_MESSAGE_HISTORY)
        return 200, self.show(known_message(self.state, *ids))

    def edit(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve PATCH /channels/{id}/messages/{id}: only what is given changes; new content means new mentions."""
        message = known_message(self.state, *ids)
        form = asked.form
        if message.author is not self.state.bot:
            raise refusal(50005)
        if message.channel.archived:
            raise refusal(50083)
        revise(message, form, asked.files)
        return 200, self.show(message)

    def delete(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve DELETE /channels/{id}/messages/{id}."""
        message = known_message(self.state, *ids)
        if message.author is not self.state.bot:
            if message.channel.guild is None:
                raise refusal(50003)
            message.channel.require(Permission.MANAGE_MESSAGES)
        message.delete()
        return 204, None

    def history(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve GET /channels/{id}/messages with before, after or around, and limit: newest first."""
        channel = known_channel(self.state, ids[0])
        limit = read_limit(asked.query.get("limit", "50"))
        kept = [message for message in channel.messages if not message.deleted]
        if not channel.permits(Permission.READ_MESSAGE_HISTORY):
            kept = []
        names: tuple[str, ...] = ("around", "before", "after")
        edges = {name: int(snowflake(asked.query[name], name)) for name in names if name in asked.query}
        return 200, [self.show(message) for message in reversed(_slice(kept, limit, edges))]

    def type(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve POST /channels/{id}/typing."""
        channel = known_channel(self.state, ids[0])
        _may_write(channel)
        self.typing.append((channel.id, time.monotonic()))
        return 204, None

    def react(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve PUT /channels/{id}/messages/{id}/reactions/{emoji}/@me."""
        message, emoji = known_message(self.state, *ids[:2]), ids[2]
        message.channel.require(Permission.READ_MESSAGE_HISTORY, Permission.ADD_REACTIONS)
        if message.channel.archived:
            raise refusal(50083)
        if not is_emoji(emoji):
            raise refusal(10014)
        users = message.reactions.setdefault(emoji, [])
        if self.state.bot not in users:
            users.append(self.state.bot)
            emit_reaction("MESSAGE_REACTION_ADD", message, emoji, self.state.bot.id)
        return 204, None

    def unreact(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve DELETE /channels/{id}/messages/{id}/reactions/{emoji}/@me."""
        message, emoji = known_message(self.state, *ids[:2]), ids[2]
        users = message.reactions.get(emoji, [])
        if self.state.bot in users:
            users.remove(self.state.bot)
            emit_reaction("MESSAGE_REACTION_REMOVE", message, emoji, self.state.bot.id)
        if not users:
            message.reactions.pop(emoji, None)
        return 204, None


def emit_reaction(name: str, message: Message, emoji: str, user_id: str) -> None:
    """Dispatch a reaction."""
    channel = message.channel
    body: Payload = {"user_id": user_id, "channel_id": channel.id, "message_id": message.id, "type": 0, "burst": False}
    body |= {"emoji": {"id": None, "name": emoji}, "message_author_id": message.author.id}
    if channel.guild is None:
        channel.state.emit(Event(name, body, Intent.DIRECT_MESSAGE_REACTIONS))
    elif not channel.hidden:
        body["guild_id"] = channel.guild.id
        if name.endswith("ADD"):
            user = channel.state.users[user_id]
            body["member"] = channel.guild.join(user).payload() | {"user": user.payload()}
        channel.state.emit(Event(name, body, Intent.GUILD_MESSAGE_REACTIONS, channel.guild.id))


def _slice(messages: list[Message], limit: int, edges: dict[str, int]) -> list[Message]:
    if "around" in edges:
        older = [message for message in messages if int(message.id) <= edges["around"]][-(limit // 2 + 1) :]
        newer = [message for message in messages if int(message.id) > edges["around"]][: limit // 2]
        return (older + newer)[:limit]
    if "before" in edges:
        messages = [message for message in messages if int(message.id) < edges["before"]]
    elif "after" in edges:
        return [message for message in messages if int(message.id) > edges["after"]][:limit]
    return messages[-limit:]


def _may_write(channel: Channel, *, files: bool = False) -> None:
    if channel.guild is None and channel.blocked:
        raise refusal(50007)
    wanted = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    channel.require(*([wanted, Permission.ATTACH_FILES] if files else [wanted]))
    if channel.locked and not channel.permits(Permission.MANAGE_THREADS):
        raise refusal(50083, status=403) if channel.archived else refusal(160005)


def _bad_reference(code: str, text: str) -> ApiError:
    return invalid_form("message_reference", code, text)
