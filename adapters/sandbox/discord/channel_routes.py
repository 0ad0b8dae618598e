"""The REST routes of the stand-in Discord about users, the application, channels and threads."""

from adapters.sandbox.discord.channels import TEXT, Channel
from adapters.sandbox.discord.errors import Payload, invalid_form, refusal
from adapters.sandbox.discord.message import STARTED_THREAD, THREAD_STARTER, Flag, Message
from adapters.sandbox.discord.message_routes import MessageRoutes
from adapters.sandbox.discord.requests import Answer, Request, Route, known_channel, known_message, snowflake
from adapters.sandbox.discord.state import State
from adapters.sandbox.discord.users import Permission, timestamp

DURATIONS = (60, 1440, 4320, 10080)


class OtherRoutes:
    """Everything that is not about messages."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.gateway_url = ""
        self.shards = 1

    def me(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """GET /users/@me."""
        private = {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}
        return 200, self.state.bot.payload() | private

    def user(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """GET /users/{id}."""
        user = self.state.users.get(snowflake(ids[0], "user_id"))
        if user is None or user.webhook:
            raise refusal(10013)
        return 200, user.payload()

    def application(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """GET /applications/@me and /oauth2/applications/@me."""
        bot = self.state.bot
        flags = self.state.application_flags()
        return 200, {
            "id": bot.id,
            "name": bot.name,
            "icon": None,
            "description": "",
            "summary": "",
            "type": None,
            "bot": bot.payload(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "00" * 32,
            "flags": flags,
            "flags_new": str(flags),
            "hook": True,
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": bot.payload() | {"id": "1", "username": "owner", "bot": False},
            "team": None,
            "approximate_guild_count": len(self.state.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "integration_types_config": {"0": {}, "1": {}},
        }

    def gateway(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """GET /gateway and /gateway/bot."""
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        bot: Payload = {"shards": self.shards, "session_start_limit": limit}
        return 200, {"url": self.gateway_url} | (bot if asked.path.endswith("/bot") else {})

    def open_dm(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """POST /users/@me/channels."""
        user = self.state.users.get(snowflake(asked.form.get("recipient_id"), "recipient_id"))
        if user is None or user.bot:
            raise refusal(50033)
        return 200, self.state.dm(user).payload()

    def channel(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """GET /channels/{id}."""
        return 200, known_channel(self.state, ids[0]).payload()

    def member(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """GET /guilds/{id}/members/{id}."""
        guild = self.state.guilds.get(snowflake(ids[0], "guild_id"))
        if guild is None:
            raise refusal(50001)
        member = guild.members.get(snowflake(ids[1], "user_id"))
        if member is None:
            raise refusal(10007)
        return 200, member.payload() | {"user": member.user.payload()}

    def change_thread(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """PATCH /channels/{id}: rename, archive or lock a thread. Its owner may, except lock; all may bring it back."""
        thread, form = known_channel(self.state, ids[0]), asked.form
        if not thread.is_thread:
            raise refusal(50013)
        brought_back = thread.archived and not thread.locked and form == {"archived": False}
        if brought_back:
            thread.require(Permission.SEND_MESSAGES_IN_THREADS)
        elif thread.owner is not self.state.bot or "locked" in form:
            thread.require(Permission.MANAGE_THREADS)
        if thread.archived and form.get("archived") is not False:
            raise refusal(50083)
        thread.name = _thread_name(form) if "name" in form else thread.name
        thread.auto_archive_duration = _duration(form, thread.auto_archive_duration)
        archived, locked = form.get("archived", thread.archived), form.get("locked", thread.locked)
        thread.archive(archived=bool(archived), locked=bool(locked))
        return 200, thread.payload()

    def thread_on_message(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """POST /channels/{id}/messages/{id}/threads."""
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

    def thread(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """POST /channels/{id}/threads: a public thread without a message."""
        channel = known_channel(self.state, ids[0])
        name, duration = _new_thread(channel, asked.form)
        if asked.form.get("type") != 11:
            raise invalid_form("type", "BASE_TYPE_CHOICES", "The stand-in makes public threads only: {11}.")
        thread = channel.thread(name, duration=duration)
        notice = Message(channel, self.state.ids.new(), self.state.bot, name, STARTED_THREAD, thread=thread)
        notice.post()
        return 201, thread.payload()

    def join_thread(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """PUT /channels/{id}/thread-members/@me."""
        thread = known_channel(self.state, ids[0])
        if not thread.is_thread:
            raise refusal(50024)
        if thread.archived:
            raise refusal(50083)
        thread.members.setdefault(self.state.bot.id, timestamp())
        return 204, None


def _new_thread(channel: Channel, form: Payload) -> tuple[str, int]:
    if channel.type != TEXT:
        raise refusal(50024)
    channel.require(Permission.CREATE_PUBLIC_THREADS)
    return _thread_name(form), _duration(form, 4320)


def _thread_name(form: Payload) -> str:
    name = form.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid_form("name", "BASE_TYPE_REQUIRED", "This field is required")
    if len(name) > 100:
        raise invalid_form("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    return name.strip()


def _duration(form: Payload, usual: int) -> int:
    duration = form.get("auto_archive_duration") or usual
    if duration not in DURATIONS or not isinstance(duration, int):
        raise invalid_form("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {set(DURATIONS)}.")
    return duration


def route_table(messages: MessageRoutes, others: OtherRoutes) -> list[Route]:
    """All routes; literal paths come before those with an id in the same place."""
    channel, message = "/channels/{}", "/channels/{}/messages/{}"
    return [
        Route("GET", "/users/@me", others.me),
        Route("POST", "/users/@me/channels", others.open_dm),
        Route("GET", "/users/{}", others.user),
        Route("GET", "/guilds/{}/members/{}", others.member),
        Route("GET", "(?:/oauth2)?/applications/@me", others.application),
        Route("GET", "/gateway(?:/bot)?", others.gateway),
        Route("GET", channel, others.channel),
        Route("PATCH", channel, others.change_thread),
        Route("GET", f"{channel}/messages", messages.history),
        Route("POST", f"{channel}/messages", messages.create, "sends"),
        Route("GET", message, messages.read),
        Route("PATCH", message, messages.edit, "edits"),
        Route("DELETE", message, messages.delete),
        Route("POST", f"{channel}/typing", messages.type, "typing"),
        Route("PUT", message + "/reactions/{}/@me", messages.react, "reactions"),
        Route("DELETE", message + "/reactions/{}/@me", messages.unreact, "reactions"),
        Route("POST", f"{message}/threads", others.thread_on_message),
        Route("POST", f"{channel}/threads", others.thread),
        Route("PUT", f"{channel}/thread-members/@me", others.join_thread),
    ]
