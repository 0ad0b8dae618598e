"""What the stand-in Bot API does to messages that are there, besides editMessageText: keyboards, captions, files."""

import time
from collections.abc import Callable

from adapters.sandbox.telegram.access import NOT_MODIFIED, TWO_DAYS, Access
from adapters.sandbox.telegram.entities import CAPTION_LIMIT, formatted, width
from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.keyboards import read_keyboard
from adapters.sandbox.telegram.model import Chat, Message
from adapters.sandbox.telegram.params import Params, nested

MOST_DELETED = 100


class Edits(Access):
    """editMessageReplyMarkup, editMessageCaption, editMessageMedia, deleteMessage, deleteMessages."""

    @property
    def methods(self) -> dict[str, Callable[[Params], object]]:
        """The functions by the names of their methods."""
        return {
            "editMessageReplyMarkup": self.edit_markup,
            "editMessageCaption": self.edit_caption,
            "editMessageMedia": self.edit_media,
            "deleteMessage": self.delete_message,
            "deleteMessages": self.delete_messages,
        }

    def edit_markup(self, params: Params) -> Json:
        """editMessageReplyMarkup: without reply_markup the keyboard goes."""
        markup = read_keyboard(params, only_inline=True)
        message = self._editable(params)
        self._flood("edits", message.chat)
        return self._edited(message, markup != message.reply_markup, markup)

    def edit_caption(self, params: Params) -> Json:
        """editMessageCaption: without a caption the caption goes, without reply_markup the keyboard."""
        caption, entities = self._marked(params, "caption", "caption_entities")
        markup = read_keyboard(params, only_inline=True)
        message = self._editable(params)
        if not message.media:
            raise bad("there is no caption in the message to edit")
        caption, marks = formatted(caption, entities, may_be_empty=True)
        if width(caption) > CAPTION_LIMIT:
            raise bad("message caption is too long")
        self._flood("edits", message.chat)
        changed = (caption, marks, markup) != (message.text, message.marks, message.reply_markup)
        message.text, message.marks = (caption, marks) if changed else (message.text, message.marks)
        return self._edited(message, changed, markup)

    def edit_media(self, params: Params) -> Json:
        """editMessageMedia: another document with its caption, also instead of a text."""
        wanted = params.mapping("media", "input media")
        if wanted is None:
            raise bad("input media is not specified")
        if wanted.get("type") != "document":
            raise bad("can't parse InputMedia: the stand-in takes documents only")
        inner = nested(params, wanted)
        caption, entities = self._marked(inner, "caption", "caption_entities")
        markup = read_keyboard(params, only_inline=True)
        message = self._editable(params)
        document = self._document(inner, "media")
        caption, marks = formatted(caption, entities, may_be_empty=True)
        if width(caption) > CAPTION_LIMIT:
            raise bad("message caption is too long")
        self._flood("edits", message.chat)
        shown: Json = {"document": document}
        old = (message.media, message.text, message.marks, message.reply_markup)
        changed = (shown, caption, marks, markup) != old
        message.media, message.text, message.marks = shown, caption, marks
        message.link_preview_options = None
        return self._edited(message, changed, markup)

    def _editable(self, params: Params) -> Message:
        if not params.text("chat_id") and not params.number("message_id"):
            raise bad("message identifier is not specified")
        message = self._message(self._chat(params, "edit"), params, "message to edit")
        self._may_edit(message)
        return message

    @staticmethod
    def _edited(message: Message, changed: bool, markup: Json | None) -> Json:
        if not changed:
            raise bad(NOT_MODIFIED)
        message.reply_markup = markup
        message.edit_date = int(time.time())
        if (message.text, message.entities) != message.history[-1]:
            message.remember()
        return message.json(reply=False)

    def delete_message(self, params: Params) -> bool:
        """deleteMessage: the bot's own, in private chats also the person's, for an administrator everybody's."""
        chat = self._chat(params, "write")
        message = self._message(chat, params, "message to delete")
        if not self._may_delete(chat, message):
            raise bad("message can't be deleted")
        message.deleted = True
        return True

    def delete_messages(self, params: Params) -> bool:
        """deleteMessages: up to a hundred; those that are not there are passed over."""
        wanted = params.array("message_ids", "message identifiers")
        if wanted is None:
            raise bad("message identifiers are not specified")
        if len(wanted) > MOST_DELETED:
            raise bad("too many message identifiers specified")
        if not all(isinstance(each, int) for each in wanted):
            raise bad("message identifier must be a Number")
        if not all(isinstance(each, int) and each > 0 for each in wanted):
            raise bad("invalid message identifier specified")
        chat = self._chat(params, "write")
        found = [message for each in wanted if isinstance(each, int) and (message := chat.message(each))]
        if not all(self._may_delete(chat, message) for message in found):
            raise bad("message can't be deleted")
        for message in found:
            message.deleted = True
        return True

    def _may_delete(self, chat: Chat, message: Message) -> bool:
        own = message.author is self.state.bot
        is_root = message.message_id in chat.topics
        return (own or chat.private or chat.admin) and not is_root and time.time() - message.date <= TWO_DAYS
