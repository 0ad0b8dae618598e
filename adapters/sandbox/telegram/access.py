"""Shared checks of the pretended Bot API's methods: the chat, message and topic of a call, and what the bot may."""

from adapters.sandbox.telegram.entities import Entity, read_entities
from adapters.sandbox.telegram.errors import Json, Refused, bad, forbidden, too_many
from adapters.sandbox.telegram.media import media
from adapters.sandbox.telegram.model import Chat, Message
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.state import State

LONGEST_TEXT = 1 << 15
LARGEST_PHOTO = 10 * 1024 * 1024
MOST_SIDES, MOST_RATIO = 10_000, 20
PNG = b"\x89PNG\r\n\x1a\n"
PICTURES = (PNG, b"\xff\xd8\xff", b"RIFF", b"GIF8")
TWO_DAYS = 48 * 60 * 60
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


class Access:
    """Reads the parameters that many methods have, and refuses what the bot may not do."""

    def __init__(self, state: State) -> None:
        self.state = state

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

    def _document(self, params: Params, field: str) -> Json:
        """The document in a field: an uploaded file, or the file_id of one that the server has."""
        named = params.text(field)
        upload = params.files.get(named.removeprefix("attach://") if named else field)
        if upload:
            if not upload.data:
                raise bad("file must be non-empty")
            file = self.state.store("documents", upload.name, upload.data)
        elif not named:
            raise bad("there is no document in the request")
        elif named in self.state.files:
            file = self.state.files[named]
        else:
            raise bad("wrong file identifier/HTTP URL specified")
        return {**file.json(), "file_name": file.name, "mime_type": file.mime}

    def _photo(self, params: Params, field: str) -> Json:
        """The picture that is uploaded in a field: PNG, JPEG or WebP, within Telegram's limits of bytes and sides."""
        upload = params.files.get(field.removeprefix("attach://"))
        if upload is None:
            raise bad("there is no photo in the request" if not params.text(field) else "wrong remote file identifier")
        if not upload.data:
            raise bad("file must be non-empty")
        if len(upload.data) > LARGEST_PHOTO:
            raise bad(
                f"file of size {len(upload.data)} bytes is too big for a photo; the maximum size is 10485760 bytes"
            )
        if not upload.data.startswith(PICTURES):
            raise bad("IMAGE_PROCESS_FAILED")
        if upload.data.startswith(PNG):
            width, height = (int.from_bytes(upload.data[at : at + 4]) for at in (16, 20))
            longer, shorter = max(width, height), min(width, height)
            if not shorter or width + height > MOST_SIDES or longer > MOST_RATIO * shorter:
                raise bad("PHOTO_INVALID_DIMENSIONS")
        return media("photo", self.state.store, upload.name, upload.data)

    def _user(self, user_id: int) -> Json | None:
        user = self.state.users.get(user_id)
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
            chat = next((each for each in self.state.chats.values() if each.username == wanted[1:]), None)
        else:
            chat = self.state.chats.get(params.number("chat_id"))
        if chat is None or not chat.started or chat.kind == "channel":
            raise bad("chat not found")
        if chat.migrated_to and access == "write":
            parameters: Json = {"migrate_to_chat_id": chat.migrated_to.id}
            raise Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters)
        if chat.kicked and (access != "read" or chat.kind == "supergroup"):
            raise forbidden(f"bot {'is not a member of' if chat.left else 'was kicked from'} the {chat.kind} chat")
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

    def _sent(self, message: Message) -> Json:
        """A message of the bot, which takes the place of its drafts."""
        message.chat.add(message)
        self.state.drafts.remove(message.chat, message.topic)
        return message.json()

    def _may_edit(self, message: Message) -> None:
        """Refuse to change a message that the bot may not change. Raises Refused."""
        if message.author is not self.state.bot or message.service or message.chat.migrated_to:
            raise bad("message can't be edited")
        if message.chat.blocked:
            raise forbidden("bot was blocked by the user")
        if message.chat.muted:
            raise bad("CHAT_WRITE_FORBIDDEN")

    def _flood(self, kind: str, chat: Chat) -> None:
        seconds = self.state.flood.take(kind, chat.id, group=not chat.private)
        if seconds:
            raise too_many(seconds)
