"""The REST routes of the pretended Discord about channels and threads."""

from adapters.sandbox.discord.channels import TEXT, Channel
from adapters.sandbox.discord.errors import Payload, invalid_form, refusal
from adapters.sandbox.discord.message import THREAD_STARTER, Flag, Message
from adapters.sandbox.discord.permissions import Permission
from adapters.sandbox.discord.requests import Answer, Request, Route, known_channel, known_message
from adapters.sandbox.discord.state import State

DURATIONS = (60, 1440, 4320, 10080)


class ChannelRoutes:
    """Reads channels, brings threads back, and begins threads on messages."""

    def __init__(self, state: State) -> None:
        self.state = state

    def routes(self) -> list[Route]:
        """List the routes; each refuses what the bot may not do there."""
        return [
            Route("GET", "/channels/{}", self.channel),
            Route("PATCH", "/channels/{}", self.bring_back),
            Route("POST", "/channels/{}/messages/{}/threads", self.thread_on_message),
        ]

    def channel(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve GET /channels/{id}."""
        return 200, known_channel(self.state, ids[0]).payload()

    def bring_back(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve PATCH /channels/{id}: bring an archived thread back; other changes are not imitated."""
        thread = known_channel(self.state, ids[0])
        if not thread.is_thread:
            raise refusal(50013)
        if asked.form != {"archived": False}:
            raise invalid_form("archived", "BASE_TYPE_CHOICES", "The stand-in only brings threads back: {false}.")
        thread.require(Permission.MANAGE_THREADS if thread.locked else Permission.SEND_MESSAGES_IN_THREADS)
        thread.archive(archived=False, locked=thread.locked)
        return 200, thread.payload()

    def thread_on_message(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve POST /channels/{id}/messages/{id}/threads."""
        message = known_message(self.state, *ids)
        name, duration = _new_thread(message.channel, asked.form)
        if message.thread:
            raise refusal(160004)
        thread = message.channel.thread(name, message=message, duration=duration)
        message.thread = thread
        message.flags |= Flag.HAS_THREAD
        thread.messages.append(Message(thread, self.state.ids.new(), message.author, "", THREAD_STARTER, message))
        message.dispatch("MESSAGE_UPDATE")
        return 201, thread.payload()


def _new_thread(channel: Channel, form: Payload) -> tuple[str, int]:
    if channel.type != TEXT:
        raise refusal(50024)
    channel.require(Permission.CREATE_PUBLIC_THREADS)
    return _thread_name(form), _duration(form)


def _thread_name(form: Payload) -> str:
    name = form.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid_form("name", "BASE_TYPE_REQUIRED", "This field is required")
    if len(name) > 100:
        raise invalid_form("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    return name.strip()


def _duration(form: Payload) -> int:
    duration = form.get("auto_archive_duration") or 4320
    if duration not in DURATIONS or not isinstance(duration, int):
        raise invalid_form("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {set(DURATIONS)}.")
    return duration
