"""The methods of the pretended Bot API that show drafts and rich messages."""

from collections.abc import Callable

from adapters.sandbox.telegram.access import Access
from adapters.sandbox.telegram.entities import TEXT_LIMIT, formatted, width
from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.keyboards import read_keyboard
from adapters.sandbox.telegram.model import Message
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.rich_html import read_rich


class RichMethods(Access):
    """sendMessageDraft, sendRichMessage."""

    @property
    def methods(self) -> dict[str, Callable[[Params], object]]:
        """Return the functions by the names of their methods."""
        return {"sendMessageDraft": self.send_draft, "sendRichMessage": self.send_rich_message}

    def send_draft(self, params: Params) -> bool:
        """Serve sendMessageDraft: without a text it shows "Thinking…", but a text of blanks is refused."""
        text, entities = self._marked(params, "text", "entities")
        chat = self._chat(params, "write")
        if not chat.private:
            raise bad("TEXTDRAFT_PEER_INVALID")
        draft_id = params.number("draft_id")
        if not draft_id:
            raise bad("draft identifier must be non-zero")
        topic = self._topic(chat, params, None)
        text, marks = formatted(text, entities, may_be_empty=not text)
        if width(text) > TEXT_LIMIT:
            raise bad("message is too long")
        self._may_write(chat, topic, "text messages", kind="actions")
        self.state.drafts.show(draft_id, chat, topic, (text, [mark.json() for mark in marks]))
        return True

    def send_rich_message(self, params: Params) -> Json:
        """Serve sendRichMessage."""
        rich = read_rich(params)
        if rich is None:
            raise bad("rich message is not specified")
        chat, topic, replied = self._place(params)
        markup = read_keyboard(params)
        self._may_write(chat, topic, "text messages")
        message = Message(chat, self.state.bot, rich.text, [], topic, replied, rich=rich.html, reply_markup=markup)
        return self._sent(message)
