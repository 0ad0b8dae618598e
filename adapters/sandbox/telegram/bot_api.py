"""The methods of the pretended Bot API, as strict as the real ones and with their words."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from adapters.sandbox.telegram.access import Access
from adapters.sandbox.telegram.command_menu import CommandMenu
from adapters.sandbox.telegram.constants import ACTIONS, REACTIONS
from adapters.sandbox.telegram.errors import Json, Refused, bad, forbidden
from adapters.sandbox.telegram.members import Members
from adapters.sandbox.telegram.message_methods import MessageMethods
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.rich_methods import RichMethods
from adapters.sandbox.telegram.state import Action, State

Method = Callable[[Params], Awaitable[object]]

LARGEST_DOWNLOAD = 20 * 1024 * 1024


class BotApi(Access):
    """Carries out the calls of the bot. ``methods`` maps the names, in their usual spelling, to functions."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.menu = CommandMenu(state.chats)
        own: dict[str, Callable[[Params], object]] = {
            "getMe": self.get_me,
            "sendChatAction": self.send_chat_action,
            "setMessageReaction": self.set_message_reaction,
            "getFile": self.get_file,
            "deleteWebhook": self.delete_webhook,
            "setMyCommands": self.menu.set_commands,
            "getMyCommands": self.menu.get_commands,
            "answerCallbackQuery": state.callbacks.answer,
        }
        own |= MessageMethods(state).methods | RichMethods(state).methods | Members(state).methods
        self.methods: dict[str, Method] = {name: _later(function) for name, function in own.items()}
        self.methods["getUpdates"] = self.get_updates
        self._names = {name.lower(): name for name in self.methods}

    def name(self, method: str) -> str:
        """Return the usual spelling of a method; the server does not mind the case."""
        return self._names.get(method.lower(), method)

    async def call(self, method: str, params: Params) -> object:
        """Carry out a call and return its result. Raises Refused."""
        if method not in self.methods:
            raise Refused(404, "Not Found: method not found")
        return await self.methods[method](params)

    async def get_updates(self, params: Params) -> list[Json]:
        """Serve getUpdates."""
        updates = self.state.updates
        if not updates.webhook:
            with suppress(Refused):  # what cannot be read changes nothing
                updates.allow(params.array("allowed_updates", "String"))
        return await updates.poll(params.number("offset"), params.number("limit", 100), params.number("timeout"))

    def get_me(self, _: Params) -> Json:
        """Serve getMe."""
        state = self.state
        return state.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not state.privacy_mode,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": state.topics_enabled,
            "allows_users_to_create_topics": state.topics_enabled,
        }

    def send_chat_action(self, params: Params) -> bool:
        """Serve sendChatAction."""
        action = params.text("action").lower()
        if action not in ACTIONS:
            raise bad("wrong parameter action in request")
        chat = self._chat(params, "write")
        topic = self._topic(chat, params, None)
        self._may_write(chat, topic, "text messages", kind="actions")
        self.state.actions.append(Action(chat.id, topic, action, time.monotonic()))
        return True

    def set_message_reaction(self, params: Params) -> bool:
        """Serve setMessageReaction: one of the usual emoji, or none."""
        wanted = params.array("reaction", "ReactionType") or []
        chat = self._chat(params, "read")
        message = self._message(chat, params, "message to react")
        emoji = [_reaction(item) for item in wanted]
        if chat.reactions is not None and not set(emoji) <= set(chat.reactions):
            raise bad("REACTION_INVALID")
        if len(emoji) > 1:
            raise bad("REACTIONS_TOO_MANY")
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        message.reactions = emoji
        return True

    def get_file(self, params: Params) -> Json:
        """Serve getFile."""
        if not params.text("file_id"):
            raise bad("file_id not specified")
        file = self.state.files.get(params.text("file_id"))
        if file is None:
            raise bad("invalid file_id")
        if len(file.data) > LARGEST_DOWNLOAD:
            raise bad("file is too big")
        return file.json() | {"file_path": file.path}

    def delete_webhook(self, params: Params) -> bool:
        """Serve deleteWebhook."""
        self.state.updates.webhook = ""
        if params.flag("drop_pending_updates"):
            self.state.updates.pending.clear()
        return True


def _later(function: Callable[[Params], object]) -> Method:
    async def call(params: Params) -> object:
        return function(params)

    return call


def _reaction(item: object) -> str:
    if not isinstance(item, dict):
        raise bad("can't parse ReactionType: expected an Object")
    if item.get("type") not in ("emoji", "custom_emoji"):
        raise bad("can't parse ReactionType: invalid reaction type specified")
    emoji = item.get("emoji")
    if emoji not in REACTIONS:
        raise bad("REACTION_INVALID")
    return str(emoji)
