"""The methods of the stand-in Bot API, as strict as the real ones and with their words."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from adapters.sandbox.telegram.access import NOT_MODIFIED, Access
from adapters.sandbox.telegram.bot_profile import BotProfile
from adapters.sandbox.telegram.constants import ACTIONS, REACTIONS
from adapters.sandbox.telegram.edits import Edits
from adapters.sandbox.telegram.entities import CAPTION_LIMIT, TEXT_LIMIT, Entity, formatted, width
from adapters.sandbox.telegram.errors import Json, Refused, bad, forbidden
from adapters.sandbox.telegram.keyboards import read_keyboard
from adapters.sandbox.telegram.members import Members
from adapters.sandbox.telegram.model import Message
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.rich_html import read_rich
from adapters.sandbox.telegram.rich_methods import RichMethods
from adapters.sandbox.telegram.state import Action, State

Method = Callable[[Params], Awaitable[object]]

LARGEST_DOWNLOAD = 20 * 1024 * 1024


class BotApi(Access):
    """Carries out the calls of the bot. ``methods`` maps the names, in their usual spelling, to functions."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.menu = BotProfile(state.chats)
        menu = self.menu
        self.methods: dict[str, Method] = {
            "getUpdates": self.get_updates,
            "getMe": _later(self.get_me),
            "sendMessage": _later(self.send_message),
            "sendDocument": _later(self.send_document),
            "editMessageText": _later(self.edit_message_text),
            "sendChatAction": _later(self.send_chat_action),
            "setMessageReaction": _later(self.set_message_reaction),
            "getFile": _later(self.get_file),
            "deleteWebhook": _later(self.delete_webhook),
            "getWebhookInfo": _later(self.get_webhook_info),
            "setMyCommands": _later(menu.set_commands),
            "deleteMyCommands": _later(menu.delete_commands),
            "getMyCommands": _later(menu.get_commands),
            "setMyDescription": _later(menu.set_description),
            "setMyShortDescription": _later(menu.set_short_description),
            "answerCallbackQuery": _later(state.callbacks.answer),
        }
        more = Edits(state).methods | RichMethods(state).methods | Members(state).methods
        self.methods |= {name: _later(function) for name, function in more.items()}
        self._names = {name.lower(): name for name in self.methods}

    def name(self, method: str) -> str:
        """The usual spelling of a method; the server does not mind the case."""
        return self._names.get(method.lower(), method)

    async def call(self, method: str, params: Params) -> object:
        """The result of a call; raises Refused."""
        if method not in self.methods:
            raise Refused(404, "Not Found: method not found")
        return await self.methods[method](params)

    async def get_updates(self, params: Params) -> list[Json]:
        """getUpdates."""
        updates = self.state.updates
        if not updates.webhook:
            with suppress(Refused):  # what cannot be read changes nothing
                updates.allow(params.array("allowed_updates", "String"))
        return await updates.poll(params.number("offset"), params.number("limit", 100), params.number("timeout"))

    def get_me(self, _: Params) -> Json:
        """getMe."""
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

    def send_message(self, params: Params) -> Json:
        """sendMessage."""
        text, entities = self._text(params)
        preview = params.mapping("link_preview_options", "link preview options")
        chat, topic, replied = self._place(params)
        markup = read_keyboard(params)
        text, marks = formatted(text, entities)
        if width(text) > TEXT_LIMIT:
            raise bad("message is too long")
        self._may_write(chat, topic, "text messages")
        message = Message(
            chat,
            self.state.bot,
            text,
            marks,
            topic,
            replied,
            link_preview_options=preview,
            reply_markup=markup,
        )
        return self._sent(message)

    def send_document(self, params: Params) -> Json:
        """sendDocument: an uploaded file, or the file_id of one that the server has."""
        document = self._document(params, "document")
        caption, entities = self._marked(params, "caption", "caption_entities")
        chat, topic, replied = self._place(params)
        markup = read_keyboard(params)
        caption, marks = formatted(caption, entities, may_be_empty=True)
        if width(caption) > CAPTION_LIMIT:
            raise bad("message caption is too long")
        self._may_write(chat, topic, "documents")
        message = Message(
            chat, self.state.bot, caption, marks, topic, replied, {"document": document}, reply_markup=markup
        )
        return self._sent(message)

    def edit_message_text(self, params: Params) -> Json:
        """editMessageText. Without reply_markup the keyboard goes, without link_preview_options the preview returns.

        ``rich_message`` makes a rich message of it, ``text`` one of text.
        """
        rich = read_rich(params)
        if rich and params.text("text"):
            raise bad("message text and rich message can't be specified together")
        text, entities = (rich.text, []) if rich else self._text(params)
        preview = params.mapping("link_preview_options", "link preview options")
        markup = read_keyboard(params, only_inline=True)
        if not params.text("chat_id") and not params.number("message_id"):
            raise bad("message identifier is not specified")
        chat = self._chat(params, "edit")
        message = self._message(chat, params, "message to edit")
        self._may_edit(message)
        if message.media:
            raise bad("there is no text in the message to edit")
        marks: list[Entity] = []
        if not rich:
            text, marks = formatted(text, entities)
            if width(text) > TEXT_LIMIT:
                raise bad("MESSAGE_TOO_LONG")
        self._flood("edits", chat)
        html = rich.html if rich else ""
        if (html, text, marks, markup) == (message.rich, message.text, message.marks, message.reply_markup):
            raise bad(NOT_MODIFIED)
        message.rich, message.text, message.marks = html, text, marks
        message.reply_markup, message.link_preview_options = markup, preview
        message.edit_date = int(time.time())
        message.remember()
        return message.json(reply=False)

    def send_chat_action(self, params: Params) -> bool:
        """sendChatAction."""
        action = params.text("action").lower()
        if action not in ACTIONS:
            raise bad("wrong parameter action in request")
        chat = self._chat(params, "write")
        topic = self._topic(chat, params, None)
        self._may_write(chat, topic, "text messages", kind="actions")
        self.state.actions.append(Action(chat.id, topic, action, time.monotonic()))
        return True

    def set_message_reaction(self, params: Params) -> bool:
        """setMessageReaction: one of the usual emoji, or none."""
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
        """getFile."""
        if not params.text("file_id"):
            raise bad("file_id not specified")
        file = self.state.files.get(params.text("file_id"))
        if file is None:
            raise bad("invalid file_id")
        if len(file.data) > LARGEST_DOWNLOAD:
            raise bad("file is too big")
        return file.json() | {"file_path": file.path}

    def delete_webhook(self, params: Params) -> bool:
        """deleteWebhook."""
        self.state.updates.webhook = ""
        if params.flag("drop_pending_updates"):
            self.state.updates.pending.clear()
        return True

    def get_webhook_info(self, _: Params) -> Json:
        """getWebhookInfo."""
        updates = self.state.updates
        return {
            "url": updates.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(updates.pending),
            "allowed_updates": sorted(updates.allowed),
        }


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
