"""The methods of the stand-in Bot API, as strict as the real ones and with their words."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from telegram.constants import ChatAction, ReactionEmoji

from tests.fakes.telegram_errors import Json, Refused, bad, forbidden, too_many
from tests.fakes.telegram_menu import Menu
from tests.fakes.telegram_model import Chat, Message
from tests.fakes.telegram_params import Params
from tests.fakes.telegram_text import CAPTION_LIMIT, TEXT_LIMIT, Entity, formatted, read_entities, width
from tests.fakes.telegram_world import Action, World

Method = Callable[[Params], Awaitable[object]]

LONGEST_TEXT = 1 << 15
LARGEST_DOWNLOAD = 20 * 1024 * 1024
TWO_DAYS = 48 * 60 * 60
ACTIONS = frozenset(str(action) for action in ChatAction) | {"record_audio", "upload_audio"}
REACTIONS = frozenset(str(emoji) for emoji in ReactionEmoji)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


class BotApi:
    """Carries out the calls of the bot. ``methods`` maps the names, in their usual spelling, to functions."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.menu = Menu()
        menu = self.menu
        self.methods: dict[str, Method] = {
            "getUpdates": self.get_updates,
            "getMe": _later(self.get_me),
            "sendMessage": _later(self.send_message),
            "sendDocument": _later(self.send_document),
            "editMessageText": _later(self.edit_message_text),
            "deleteMessage": _later(self.delete_message),
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
        }
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
        updates = self.world.updates
        if not updates.webhook:
            with suppress(Refused):  # what cannot be read changes nothing
                updates.allow(params.array("allowed_updates", "String"))
        return await updates.poll(params.number("offset"), params.number("limit", 100), params.number("timeout"))

    def get_me(self, _: Params) -> Json:
        """getMe."""
        world = self.world
        return world.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not world.privacy_mode,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": world.topics_enabled,
            "allows_users_to_create_topics": world.topics_enabled,
        }

    def send_message(self, params: Params) -> Json:
        """sendMessage."""
        text, entities = self._text(params)
        preview = params.mapping("link_preview_options", "link preview options")
        chat, topic, replied = self._place(params)
        markup = params.mapping("reply_markup", "reply keyboard markup")
        text, marks = formatted(text, entities)
        if width(text) > TEXT_LIMIT:
            raise bad("message is too long")
        self._may_write(chat, topic, "text messages")
        message = Message(
            chat,
            self.world.bot,
            text,
            marks,
            topic,
            replied,
            link_preview_options=preview,
            reply_markup=_inline(markup),
        )
        chat.add(message)
        return message.json()

    def send_document(self, params: Params) -> Json:
        """sendDocument: an uploaded file, or the file_id of one that the server has."""
        document = self._document(params)
        caption, entities = self._marked(params, "caption", "caption_entities")
        chat, topic, replied = self._place(params)
        caption, marks = formatted(caption, entities, may_be_empty=True)
        if width(caption) > CAPTION_LIMIT:
            raise bad("message caption is too long")
        self._may_write(chat, topic, "documents")
        message = Message(chat, self.world.bot, caption, marks, topic, replied, {"document": document})
        chat.add(message)
        return message.json()

    def _document(self, params: Params) -> Json:
        named = params.text("document")
        upload = params.files.get(named.removeprefix("attach://") if named else "document")
        if upload:
            if not upload.data:
                raise bad("file must be non-empty")
            file = self.world.store("documents", upload.name, upload.data)
        elif not named:
            raise bad("there is no document in the request")
        elif named in self.world.files:
            file = self.world.files[named]
        else:
            raise bad("wrong file identifier/HTTP URL specified")
        return {**file.json(), "file_name": file.name, "mime_type": file.mime}

    def edit_message_text(self, params: Params) -> Json:
        """editMessageText. Without reply_markup the keyboard goes, without link_preview_options the preview returns."""
        text, entities = self._text(params)
        preview = params.mapping("link_preview_options", "link preview options")
        markup = _inline(params.mapping("reply_markup", "reply keyboard markup"))
        if not params.text("chat_id") and not params.number("message_id"):
            raise bad("message identifier is not specified")
        chat = self._chat(params, "edit")
        message = self._message(chat, params, "message to edit")
        self._may_edit(message)
        text, marks = formatted(text, entities)
        if width(text) > TEXT_LIMIT:
            raise bad("MESSAGE_TOO_LONG")
        self._flood("edits", chat)
        if (text, marks, markup) == (message.text, message.marks, message.reply_markup):
            raise bad(NOT_MODIFIED)
        message.text, message.marks = text, marks
        message.reply_markup, message.link_preview_options = markup, preview
        message.edit_date = int(time.time())
        message.remember()
        return message.json(reply=False)

    def _may_edit(self, message: Message) -> None:
        if message.author is not self.world.bot or message.service or message.chat.migrated_to:
            raise bad("message can't be edited")
        if message.media:
            raise bad("there is no text in the message to edit")
        if message.chat.blocked:
            raise forbidden("bot was blocked by the user")
        if message.chat.muted:
            raise bad("CHAT_WRITE_FORBIDDEN")

    def delete_message(self, params: Params) -> bool:
        """deleteMessage: the bot's own, in private chats also the person's, for an administrator everybody's."""
        chat = self._chat(params, "write")
        message = self._message(chat, params, "message to delete")
        own = message.author is self.world.bot
        is_root = message.message_id in chat.topics
        if not (own or chat.private or chat.admin) or is_root or time.time() - message.date > TWO_DAYS:
            raise bad("message can't be deleted")
        message.deleted = True
        return True

    def send_chat_action(self, params: Params) -> bool:
        """sendChatAction."""
        action = params.text("action").lower()
        if action not in ACTIONS:
            raise bad("wrong parameter action in request")
        chat = self._chat(params, "write")
        topic = self._topic(chat, params, None)
        self._may_write(chat, topic, "text messages", kind="actions")
        self.world.actions.append(Action(chat.id, topic, action, time.monotonic()))
        return True

    def set_message_reaction(self, params: Params) -> bool:
        """setMessageReaction: one of the usual emoji, or none."""
        wanted = params.array("reaction", "ReactionType") or []
        chat = self._chat(params, "read")
        message = self._message(chat, params, "message to react")
        emoji = [_reaction(item) for item in wanted]
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
        file = self.world.files.get(params.text("file_id"))
        if file is None:
            raise bad("invalid file_id")
        if len(file.data) > LARGEST_DOWNLOAD:
            raise bad("file is too big")
        return file.json() | {"file_path": file.path}

    def delete_webhook(self, params: Params) -> bool:
        """deleteWebhook."""
        self.world.updates.webhook = ""
        if params.flag("drop_pending_updates"):
            self.world.updates.pending.clear()
        return True

    def get_webhook_info(self, _: Params) -> Json:
        """getWebhookInfo."""
        updates = self.world.updates
        return {
            "url": updates.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(updates.pending),
            "allowed_updates": sorted(updates.allowed),
        }

    def _text(self, params: Params) -> tuple[str, list[Entity]]:
        if not params.text("text"):
            raise bad("message text is empty")
        return self._marked(params, "text", "entities")

    def _marked(self, params: Params, name: str, entities: str) -> tuple[str, list[Entity]]:
        text = params.text(name)
        if len(text.encode(errors="surrogatepass")) > LONGEST_TEXT:
            raise bad("text is too long")
        mode = params.text("parse_mode").lower()
        if text and mode and mode != "none":
            if mode not in ("markdown", "markdownv2", "html"):
                raise bad("unsupported parse_mode")
            raise bad("can't parse entities: the stand-in reads no parse_mode, send entities")
        return text, read_entities(params.text(entities), self._user)

    def _user(self, user_id: int) -> Json | None:
        user = self.world.users.get(user_id)
        return user.json() if user else None

    def _place(self, params: Params) -> tuple[Chat, int | None, Message | None]:
        """Where a message goes: the chat, the topic, the message that it answers."""
        if params.text("business_connection_id"):
            raise bad("business connection not found")
        reply = params.mapping("reply_parameters", "reply parameters") or {}
        chat = self._chat(params, "write")
        replied = self._replied(chat, reply, params)
        return chat, self._topic(chat, params, replied), replied

    def _replied(self, chat: Chat, reply: Json, params: Params) -> Message | None:
        wanted = reply.get("message_id", params.number("reply_to_message_id"))
        if not wanted:
            return None
        elsewhere = reply.get("chat_id") not in (None, "", chat.id, str(chat.id))
        found = chat.message(wanted) if isinstance(wanted, int) and not elsewhere else None
        if found is None:
            if reply.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
                return None
            raise bad("message to be replied not found")
        if str(reply.get("quote") or "") not in found.text:
            raise bad("QUOTE_TEXT_INVALID")
        return found

    def _topic(self, chat: Chat, params: Params, replied: Message | None) -> int | None:
        """The topic that is asked for, or that of the message that is answered."""
        wanted = params.number("message_thread_id")
        if wanted <= 0:
            return replied.topic if replied else None
        if wanted not in chat.topics:
            chain = not chat.forum and any(message.thread == wanted for message in chat.messages)
            raise bad(f"message thread {'is not a forum topic thread' if chain else 'not found'}")
        return wanted

    def _chat(self, params: Params, access: str) -> Chat:
        """The chat of a call with read, edit or write access."""
        wanted = params.text("chat_id")
        if not wanted:
            raise bad("chat_id is empty")
        if wanted.startswith("@"):
            chat = next((each for each in self.world.chats.values() if each.username == wanted[1:]), None)
        else:
            chat = self.world.chats.get(params.number("chat_id"))
        if chat is None or not chat.started or chat.kind == "channel":
            raise bad("chat not found")
        if chat.migrated_to and access == "write":
            parameters: Json = {"migrate_to_chat_id": chat.migrated_to.id}
            raise Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters)
        if chat.kicked and (access != "read" or chat.kind == "supergroup"):
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        return chat

    @staticmethod
    def _message(chat: Chat, params: Params, what: str) -> Message:
        message = chat.message(params.number("message_id"))
        if message is None:
            raise bad(f"{what} not found")
        return message

    def _may_write(self, chat: Chat, topic: int | None, what: str, *, kind: str = "messages") -> None:
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if chat.user and chat.user.is_bot:
            raise forbidden("bot can't send messages to bots")
        if chat.muted:
            raise bad(f"not enough rights to send {what} to the chat")
        if topic is not None and chat.topics[topic].closed and not chat.admin:
            raise bad("TOPIC_CLOSED")
        self._flood(kind, chat)

    def _flood(self, kind: str, chat: Chat) -> None:
        seconds = self.world.flood.take(kind, chat.id, group=not chat.private)
        if seconds:
            raise too_many(seconds)


def _later(function: Callable[[Params], object]) -> Method:
    async def call(params: Params) -> object:
        return function(params)

    return call


def _inline(markup: Json | None) -> Json | None:
    """Only inline keyboards belong to a message."""
    return markup if markup and "inline_keyboard" in markup else None


def _reaction(item: object) -> str:
    if not isinstance(item, dict):
        raise bad("can't parse ReactionType: expected an Object")
    if item.get("type") not in ("emoji", "custom_emoji"):
        raise bad("can't parse ReactionType: invalid reaction type specified")
    emoji = item.get("emoji")
    if emoji not in REACTIONS:
        raise bad("REACTION_INVALID")
    return str(emoji)
