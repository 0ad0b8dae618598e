"""The methods of the pretended Bot API that send, edit and delete messages of text, documents and photos."""

import time
from collections.abc import Callable

from adapters.sandbox.telegram.access import NOT_MODIFIED, TWO_DAYS, Access
from adapters.sandbox.telegram.entities import CAPTION_LIMIT, TEXT_LIMIT, Entity, formatted, width
from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.keyboards import read_keyboard
from adapters.sandbox.telegram.model import Chat, Message
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.rich_html import read_rich


class MessageMethods(Access):
    """sendMessage, sendDocument, sendPhoto, editMessageText, editMessageMedia, deleteMessage."""

    @property
    def methods(self) -> dict[str, Callable[[Params], object]]:
        """Return the functions by the names of their methods."""
        return {
            "sendMessage": self.send_message,
            "sendDocument": self.send_document,
            "sendPhoto": self.send_photo,
            "editMessageText": self.edit_message_text,
            "editMessageMedia": self.edit_message_media,
            "deleteMessage": self.delete_message,
        }

    def send_message(self, params: Params) -> Json:
        """Serve sendMessage."""
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
        """Serve sendDocument: an uploaded file, or the file_id of one that the server has."""
        return self._send_media(params, {"document": self._document(params, "document")}, "documents")

    def send_photo(self, params: Params) -> Json:
        """Serve sendPhoto: an uploaded picture; the stand-in fetches none from an address."""
        return self._send_media(params, self._photo(params, "photo"), "photos")

    def _send_media(self, params: Params, media: Json, what: str) -> Json:
        caption, entities = self._marked(params, "caption", "caption_entities")
        chat, topic, replied = self._place(params)
        markup = read_keyboard(params)
        caption, marks = formatted(caption, entities, may_be_empty=True)
        if width(caption) > CAPTION_LIMIT:
            raise bad("message caption is too long")
        self._may_write(chat, topic, what)
        return self._sent(Message(chat, self.state.bot, caption, marks, topic, replied, media, reply_markup=markup))

    def edit_message_media(self, params: Params) -> Json:
        """Serve editMessageMedia for photos, also in place of a text; without reply_markup the keyboard goes."""
        wanted = params.mapping("media", "input media")
        if wanted is None:
            raise bad("media is not specified")
        if wanted.get("type") != "photo":
            raise bad(f'type "{wanted.get("type")}" must be photo: the stand-in edits no other media')
        media = self._photo(params, str(wanted.get("media") or ""))
        markup = read_keyboard(params, only_inline=True)
        chat = self._chat(params, "edit")
        message = self._message(chat, params, "message to edit")
        self._may_edit(message)
        self._flood("edits", chat)
        message.media, message.rich, message.text, message.marks = media, "", str(wanted.get("caption") or ""), []
        message.reply_markup, message.link_preview_options = markup, None
        message.edit_date = int(time.time())
        message.remember()
        return message.json(reply=False)

    def edit_message_text(self, params: Params) -> Json:
        """Serve editMessageText: without reply_markup the keyboard goes, without link_preview_options a preview comes.

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

    def delete_message(self, params: Params) -> bool:
        """Serve deleteMessage: the bot's own, in private chats also the person's, for an administrator everybody's."""
        chat = self._chat(params, "write")
        message = self._message(chat, params, "message to delete")
        if not self._may_delete(chat, message):
            raise bad("message can't be deleted")
        message.deleted = True
        return True

    def _may_delete(self, chat: Chat, message: Message) -> bool:
        own = message.author is self.state.bot
        is_root = message.message_id in chat.topics
        return (own or chat.private or chat.admin) and not is_root and time.time() - message.date <= TWO_DAYS
